"""The parent's hold on a zygote: asks it for a child, and learns how the child ended."""

import array
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

# What libraries leak, a new zygote forgets.
DOCUMENTS_PER_ZYGOTE = 500
MODULE = "extraction.confinement.zygote"
ROOT = Path(__file__).resolve().parent.parent.parent
# Loading the libraries takes a second on an idle machine, a fork milliseconds.
ANSWER_S = 30.0
# What libraries go by. The rest of the environment holds the installation's keys, which no child may be born with.
KEPT_ENVIRONMENT = """
PATH HOME TMPDIR TZ LANG LANGUAGE LC_ALL LC_CTYPE LD_LIBRARY_PATH DYLD_LIBRARY_PATH DYLD_FALLBACK_LIBRARY_PATH
TESSDATA_PREFIX PYTHONHOME PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX VIRTUAL_ENV MALLOC_ARENA_MAX SSL_CERT_FILE
""".split()
_LINUX = sys.platform.startswith("linux")


class ZygoteGone(Exception):
    """The zygote died, does not answer, or says what it should not."""


class WarmZygote:
    """One zygote process. It serves one child at a time: `fork`, then `ended`, in turn."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET if _LINUX else socket.SOCK_DGRAM)
        fd = theirs.fileno()
        # Threads of numerical libraries would make forking unsafe, and their stacks count as memory.
        env = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        env |= {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-m", MODULE, str(fd)],
            pass_fds=[fd],
            env=env,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        self._control = ours
        self._control.settimeout(ANSWER_S)
        self._served = 0

    def is_fresh(self) -> bool:
        """Whether it lives and has not served so many that it should be replaced."""
        return self.process.poll() is None and self._served < DOCUMENTS_PER_ZYGOTE

    def fork(self, request: dict[str, object], descriptors: list[int]) -> int:
        """Start a child; its pid. Raises ZygoteGone."""
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors).tobytes())]
        try:
            self._control.sendmsg([json.dumps(request).encode()], rights)
        except OSError as error:
            raise ZygoteGone from error
        self._served += 1
        return int(self._answer()["pid"])

    def ended(self, patience_s: float, tick: Callable[[], None], every_s: float) -> dict[str, float]:
        """How the child ended (status, cpu_s, max_rss_mb), calling `tick` while it takes its time.

        Raises ZygoteGone if it goes on for longer than `patience_s`, or what `tick` raises.
        """
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        deadline = time.monotonic() + patience_s
        while not poller.poll(every_s * 1000):
            tick()
            if time.monotonic() > deadline:
                raise ZygoteGone
        return self._answer()

    def _answer(self) -> dict[str, float]:
        try:
            answer: dict[str, float] = json.loads(self._control.recv(4096))
        except (OSError, ValueError) as error:  # nothing at all is no JSON either
            raise ZygoteGone from error
        return answer

    def end(self) -> None:
        """Kill it, and with it the child it may have."""
        self._control.close()
        self.process.kill()
        self.process.wait()


def kill_child(pid: int) -> None:
    """Kill a child and what it may have started."""
    for end in (os.killpg, os.kill):  # the group exists once the child has called setsid
        try:
            end(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
