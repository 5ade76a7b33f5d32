"""The walls around a child, on top of its limits: which there are, which this machine can raise, and raising them.

namespaces   no network at all, not even loopback          where the kernel lets anybody make them
landlock     reads the Python tree and nothing else        Linux 5.13 and newer
seccomp      no network, programs, processes, writing      where libseccomp is installed
"""

import ctypes
import functools
import os
import sys
import sysconfig
from pathlib import Path

from extraction.confinement import landlock, system_calls

ROOT = Path(__file__).resolve().parent.parent.parent
# What LEXINTEL_SANDBOX=required promises on Linux.
PROMISED = ("landlock", "seccomp")
_NEWUSER, _NEWNET = 0x10000000, 0x40000000


@functools.cache
def readable() -> tuple[Path, ...]:
    """What a reader must be able to open: programs and their data, nothing of the installation's own."""
    python = {Path(p).resolve() for p in (sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib"))}
    packages = {Path(p).resolve() for p in sys.path if p.endswith(("site-packages", "dist-packages"))}
    ours = {ROOT / "extraction", ROOT / "documents"}
    system = {Path(p) for p in ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/share", "/usr/local/lib")}
    devices = {Path("/dev/null"), Path("/dev/urandom"), Path("/dev/zero"), Path("/etc/ld.so.cache")}
    # The installation's own folder may lie above its virtual environment: only that is opened, never the folder.
    return tuple(sorted(p for p in python | packages | ours | system | devices if p.exists() and p not in ROOT.parents))


def prepare() -> None:
    """Work out, before children are born, what they would each have to."""
    readable()
    system_calls.prepare()


def raise_all() -> list[str]:
    """Raise every wall that this machine can; the names of those that stand. Cannot be undone."""
    raised = []
    if _own_namespaces():
        raised.append("namespaces")
    if landlock.restrict(readable()):
        raised.append("landlock")
    if system_calls.restrict():
        raised.append("seccomp")
    return raised


def missing(raised: list[str]) -> list[str]:
    """What was promised and does not stand."""
    return [wall for wall in PROMISED if wall not in raised] if sys.platform.startswith("linux") else list(PROMISED)


def _own_namespaces() -> bool:
    if not sys.platform.startswith("linux"):
        return False
    # As root a network namespace needs no user namespace, and without one files keep their owner.
    flags = _NEWNET if os.geteuid() == 0 else _NEWUSER | _NEWNET
    return bool(ctypes.CDLL(None, use_errno=True).unshare(flags) == 0)
