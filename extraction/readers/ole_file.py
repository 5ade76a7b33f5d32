"""OLE compound files (DOC, XLS, PPT, MSG) from strangers."""

from typing import BinaryIO

import olefile

from extraction.errors import PermanentError

MAX_STREAM_BYTES = 512 << 20


def open_ole(file: BinaryIO) -> olefile.OleFileIO:
    """Raises PermanentError(corrupt)."""
    file.seek(0)
    try:
        return olefile.OleFileIO(file, raise_defects=olefile.DEFECT_FATAL)
    except MemoryError:
        raise
    except Exception as error:
        raise PermanentError("corrupt", type(error).__name__) from None


def stream(ole: olefile.OleFileIO, name: str | list[str]) -> bytes:
    """A stream in full. Raises PermanentError(corrupt), also if there is none."""
    try:
        if ole.get_size(name) > MAX_STREAM_BYTES:
            raise PermanentError("too_large", "stream")
        with ole.openstream(name) as opened:
            return bytes(opened.read())
    except (PermanentError, MemoryError):
        raise
    except Exception as error:
        raise PermanentError("corrupt", type(error).__name__) from None
