"""Memory that a document took and the next one does not need, given back to the machine."""

import ctypes
import functools
from collections.abc import Callable


def give_back() -> None:
    """What is free already, and only scattered; a worker that has held a large document stays as large otherwise."""
    if trim := _trim():
        trim(0)


@functools.cache
def _trim() -> Callable[[int], int] | None:
    """The C library's own function; other libraries than GNU's have none, or need none."""
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
    return found
