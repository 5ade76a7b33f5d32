"""seccomp: system calls that no reader needs fail from now on, for this process and whatever it might become.

Through libseccomp, which knows the calls' numbers on every processor.
"""

import errno
import functools
import os
from typing import Any

try:
    import pyseccomp as seccomp
except (ImportError, OSError, RuntimeError):  # no libseccomp on this machine
    seccomp = None

# Network, programs, other processes, kernel interfaces with a history of holes.
REFUSED = """
socket socketpair connect bind listen accept accept4 sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg
execve execveat fork vfork
kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_send_signal pidfd_getfd
ptrace process_vm_readv process_vm_writev process_madvise kcmp
io_uring_setup io_uring_enter io_uring_register bpf perf_event_open userfaultfd
mount umount2 pivot_root chroot move_mount open_tree fsopen fsmount fsconfig mount_setattr
unshare setns keyctl add_key request_key
init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff
open_by_handle_at name_to_handle_at memfd_secret quotactl acct settimeofday clock_settime adjtimex
sethostname setdomainname personality iopl ioperm setuid setgid setreuid setregid setresuid setresgid setgroups
truncate ftruncate fallocate unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat mkdir mkdirat
rmdir mknod mknodat chmod fchmod fchmodat chown fchown fchownat lchown utimensat setxattr lsetxattr fsetxattr
creat openat2 inotify_init inotify_init1 fanotify_init
""".split()
_THREAD = 0x00010000


def available() -> bool:
    """Whether this machine has libseccomp."""
    return seccomp is not None


def restrict() -> bool:
    """Refuse the calls above, new processes (not threads), opening for writing, and signals."""
    rules = _rules()
    if rules is None:
        return False
    try:
        rules.load()
    except (OSError, RuntimeError):
        return False
    return True


@functools.cache
def _rules() -> Any:
    """The filter; None without libseccomp. Made once, before children are born: making it takes longer than loading."""
    if seccomp is None:
        return None
    no = seccomp.ERRNO(errno.EPERM)
    rules = seccomp.SyscallFilter(defaction=seccomp.ALLOW)
    for name in REFUSED:
        _refuse(rules, no, name)
    _refuse(rules, no, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, _THREAD, 0))
    # Its flags lie in memory, where a filter cannot look; the C library falls back to clone.
    _refuse(rules, seccomp.ERRNO(errno.ENOSYS), "clone3")
    for flag in (os.O_WRONLY, os.O_RDWR):
        _refuse(rules, no, "open", seccomp.Arg(1, seccomp.MASKED_EQ, os.O_ACCMODE, flag))
        _refuse(rules, no, "openat", seccomp.Arg(2, seccomp.MASKED_EQ, os.O_ACCMODE, flag))
    _refuse(rules, no, "prlimit64", seccomp.Arg(0, seccomp.NE, 0))
    return rules


def prepare() -> None:
    """Make the filter now, for the children to come."""
    _rules()


def _refuse(rules, action, name, *arguments) -> None:  # type: ignore[no-untyped-def]
    try:
        rules.add_rule(action, name, *arguments)
    except (OSError, RuntimeError, ValueError):
        # A call that this processor does not have cannot be made either.
        pass
