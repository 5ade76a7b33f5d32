"""Landlock: a process gives up, for ever, the right to touch files and the network. Linux 5.13 and newer.

https://docs.kernel.org/userspace-api/landlock.html; the numbers are the kernel's.
"""

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_PATH_BENEATH = 1
_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
# Rights over files that each version knows: 1 has 13, 2 adds moving between folders, 3 truncating, 5 ioctl on devices.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NET_BIND, _NET_CONNECT = 1, 2
# From version 6: abstract unix sockets and signals only among those behind the same wall.
_SCOPES = 3


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scopes", ctypes.c_uint64)]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def version() -> int:
    """The kernel's version of Landlock, 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    found: int = ctypes.CDLL(None, use_errno=True).syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    return max(found, 0)


def restrict(readable: Iterable[Path]) -> bool:
    """From now on this process reads nothing but what lies below these folders, writes nothing, and opens no TCP
    connection where the kernel knows that. False, and nothing changed, without Landlock."""
    abi = version()
    if not abi:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    rights = (1 << _FILE_RIGHTS[min(abi, 5)]) - 1
    rules = _Ruleset(rights, _NET_BIND | _NET_CONNECT if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = libc.syscall(_CREATE, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    try:
        for folder in readable:
            _allow(libc, ruleset, folder)
        libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
        return bool(libc.syscall(_RESTRICT, ruleset, ctypes.c_uint32(0)) == 0)
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        # Libraries are mapped to be executed, which takes no right to execute files.
        rights = _READ_FILE | _READ_DIR if path.is_dir() else _READ_FILE
        beneath = _Beneath(rights, opened)
        libc.syscall(_ADD, ruleset, ctypes.c_int(_PATH_BENEATH), ctypes.byref(beneath), ctypes.c_uint32(0))
    finally:
        os.close(opened)
