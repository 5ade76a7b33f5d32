"""Libraries raise anything on damaged input; a reader raises ExtractionError alone."""

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO

from extraction.errors import ExtractionError, PermanentError
from extraction.readers.base import Item, Member, ReadOptions

# A panic of a library in Rust is no Exception, for it is not meant to be caught; here it is one more damaged file.
_PANIC = "pyo3_runtime"
Reader = Callable[[BinaryIO, ReadOptions], Iterator[Item]]


def damage_is_corrupt(read: Reader) -> Reader:
    """The reader, raising PermanentError(corrupt) or (resource_memory) for whatever its parser raises."""

    @functools.wraps(read)
    def guarded(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
        try:
            for item in read(file, options):
                yield replace(item, pieces=_guarded(item.pieces)) if isinstance(item, Member) else item
        except BaseException as error:
            if not isinstance(error, Exception) and type(error).__module__ != _PANIC:
                raise
            raise _known(error) from None

    return guarded


def _guarded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A member's bytes are made while they are read: what fails there fails the member alone."""
    try:
        yield from pieces
    except Exception as error:
        raise _known(error) from None


def _known(error: BaseException) -> ExtractionError:
    if isinstance(error, ExtractionError):
        return error
    if isinstance(error, MemoryError):
        return PermanentError("resource_memory")
    return PermanentError("corrupt", type(error).__name__)
