"""Where the kernel cannot tie a child to its parent (macOS), this process does:
it starts the command, watches for its own parent's end, and then ends the command.

Run by its path, in whatever folder the command wants, so it imports nothing of ours.
"""

import os
import signal
import subprocess
import sys
import time

POLL_S = 0.25
PATIENCE_S = 8


def guarded(command: list[str], death_signal: int = signal.SIGTERM) -> list[str]:
    """The command as it must be started so that it gets `death_signal` when we die."""
    if sys.platform.startswith("linux"):
        return command
    return watched(command, death_signal)


def watched(command: list[str], death_signal: int) -> list[str]:
    """The command under a guard of its own."""
    return [sys.executable, "-I", os.path.abspath(__file__), str(os.getpid()), str(int(death_signal)), *command]


def main(parent: int, death_signal: int, command: list[str]) -> int:
    """Run `command` until it ends or `parent` does; its exit code, or 128 + the signal that killed it."""
    child = subprocess.Popen(command)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, lambda n, _: child.send_signal(n))
    while child.poll() is None:
        if os.getppid() != parent:
            child.send_signal(death_signal)
            try:
                child.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        else:
            time.sleep(POLL_S)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
