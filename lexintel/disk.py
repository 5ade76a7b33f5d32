"""A disk that is full, as everybody tells it who meets one."""

import errno

# ENOSPC and EDQUOT by the file system, EFBIG by a limit of the process.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FULL_DETAIL = "The file storage is full. Nothing was added; ask the administrator to free space."
