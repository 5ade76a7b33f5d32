"""Stopping processes, so that a test can look at something that otherwise moves on, or at what happens without them."""

import os
import signal
import subprocess


def family(root: int, name: str) -> list[int]:
    """The child `manage.py <name>` of the process `root`, and all that it has started."""
    rows = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    children: dict[int, list[int]] = {}
    commands: dict[int, str] = {}
    for row in rows.splitlines():
        pid, parent, command = row.split(None, 2)
        children.setdefault(int(parent), []).append(int(pid))
        commands[int(pid)] = command
    tops = [pid for pid in _below(root, children) if f"manage.py {name}" in commands[pid]]
    assert tops, f"no {name} is running"
    return sorted({pid for top in tops for pid in [top, *_below(top, children)]})


def kill(root: int, name: str) -> None:
    """End a family at once, as an empty memory or a pulled plug would."""
    for pid in family(root, name):
        _signal(pid, signal.SIGKILL)


class Frozen:
    """While it is entered, a family stands still."""

    def __init__(self, root: int, name: str) -> None:
        self.root, self.name = root, name
        self.pids: list[int] = []

    def __enter__(self) -> None:
        self.pids = family(self.root, self.name)
        for pid in self.pids:
            _signal(pid, signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        for pid in reversed(self.pids):
            _signal(pid, signal.SIGCONT)


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _below(pid: int, children: dict[int, list[int]]) -> list[int]:
    found = list(children.get(pid, []))
    for child in children.get(pid, []):
        found += _below(child, children)
    return found
