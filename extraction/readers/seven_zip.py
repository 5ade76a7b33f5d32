"""7z archives, unpacked in memory, a piece at a time.

The library pushes what it unpacks; a member's bytes are pulled. A thread and a short queue turn one into the other,
so that neither an archive nor a member is ever whole in memory.
"""

import contextlib
import queue
import threading
from collections.abc import Iterator
from typing import BinaryIO

import py7zr
from py7zr.exceptions import PasswordRequired, UnsupportedCompressionMethodError
from py7zr.io import MemIO, Py7zIO, WriterFactory

from extraction.errors import PermanentError
from extraction.readers import archive_listing
from extraction.readers.archive_listing import Entry, is_system_file, tidy
from extraction.readers.base import Item, Member, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Flow, deliver
from extraction.readers.zip_container import MAX_ENTRIES, MAX_RATIO, MAX_TOTAL_BYTES, RATIO_FROM_BYTES

QUEUE_PIECES, PIECE_BYTES = 8, 1 << 20
# It asks the machine how much memory there is, which a confined process may not; and so much is unpacked at a time.
py7zr.py7zr.get_memory_limit = lambda: PIECE_BYTES
_STALLED_S = 600


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """A list of the files, then the files. Raises PermanentError(encrypted | corrupt | archive_limit)."""
    size = file.seek(0, 2)
    with _open(file, options.password) as archive:
        if archive.needs_password() and not options.password:
            raise PermanentError("encrypted")
        files = [f for f in archive.files if not f.is_directory]
        if len(files) > MAX_ENTRIES:
            raise PermanentError("archive_limit", "entries")
        if sum(f.uncompressed or 0 for f in files) > min(MAX_TOTAL_BYTES, max(RATIO_FROM_BYTES, size * MAX_RATIO)):
            raise PermanentError("archive_limit", "size")
        listed = [Entry(tidy(f.filename), f.uncompressed or 0, _changed(f)) for f in files]
        links = {f.id for f in files if f.is_symlink or f.is_junction or f.is_socket}
        wanted = {f.id: tidy(f.filename) or f"file-{f.id}" for f in files if f.id not in links}
        wanted = {number: path for number, path in wanted.items() if not is_system_file(path)}
    if options.password:
        _check_password(file, options.password, wanted, size)
    flow = Flow(archive_listing.blocks("7z archive", listed))
    if len(wanted) < len(files):
        flow.warn("members_skipped")
    yield from deliver(flow, options)
    yield from _members(file, options.password, wanted, size)


def _check_password(file: BinaryIO, password: str, wanted: dict[int, str], size: int) -> None:
    """Raises PermanentError(encrypted) if the first file does not unpack with it."""
    for first in _members(file, password, wanted, size):
        next(iter(first.pieces), b"")
        return


def _open(file: BinaryIO, password: str | None) -> py7zr.SevenZipFile:
    file.seek(0)
    try:
        return py7zr.SevenZipFile(file, "r", password=password)
    except PasswordRequired:
        raise PermanentError("encrypted") from None
    except MemoryError:
        raise
    except Exception as error:
        # With a wrong password an encrypted list of files is noise.
        raise PermanentError("encrypted" if password else "corrupt", type(error).__name__) from None


def _changed(entry: object) -> str:
    moment = getattr(entry, "lastwritetime", None)
    try:
        return moment.as_datetime().strftime("%Y-%m-%d %H:%M") if moment else ""
    except (ValueError, OverflowError, AttributeError):
        return ""


def _members(file: BinaryIO, password: str | None, wanted: dict[int, str], size: int) -> Iterator[Member]:
    unpacking = _Unpacking(file, password, wanted, max(RATIO_FROM_BYTES, size * MAX_RATIO))
    try:
        while (number := unpacking.next_member()) is not None:
            yield Member(wanted[number], unpacking.pieces())
    finally:
        unpacking.stop()


class _Stopped(Exception):
    """Nobody wants the rest."""


class _Unpacking:
    """The thread that unpacks, and what it says: ("member", number), ("piece", …), ("end", …), ("failed", code)."""

    def __init__(self, file: BinaryIO, password: str | None, wanted: dict[int, str], most: int) -> None:
        self._said: queue.Queue[tuple[str, object]] = queue.Queue(QUEUE_PIECES)
        self._stopped = threading.Event()
        self._left = min(most, MAX_TOTAL_BYTES)
        self._thread = threading.Thread(target=self._run, args=(file, password, wanted), daemon=True)
        self._thread.start()

    def say(self, kind: str, value: object) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(queue.Full):
                self._said.put((kind, value), timeout=0.2)
                return
        raise _Stopped

    def count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise PermanentError("archive_limit", "size")

    def _run(self, file: BinaryIO, password: str | None, wanted: dict[int, str]) -> None:
        try:
            with _open(file, password) as archive:
                # By number: the names inside never come near a path.
                for entry in archive.files:
                    taken = MemIO(str(entry.id), _Factory(self)) if entry.id in wanted else None
                    archive.worker.register_filelike(entry.id, taken)
                archive.worker.extract(archive.fp, None, parallel=False)
            self.say("done", "")
        except _Stopped:
            pass
        except BaseException as error:
            with contextlib.suppress(_Stopped):
                self.say("failed", _code(error, password))

    def next_member(self) -> int | None:
        """The next member's number, None after the last."""
        while True:
            kind, value = self._said.get(timeout=_STALLED_S)
            if kind == "member":
                return int(str(value))
            if kind == "done":
                return None
            if kind == "failed":
                raise PermanentError(str(value))

    def pieces(self) -> Iterator[bytes]:
        """The bytes of the member that was named last."""
        while True:
            kind, value = self._said.get(timeout=_STALLED_S)
            if kind == "piece":
                yield bytes(value)  # type: ignore[call-overload]
            elif kind == "end":
                return
            else:
                # The whole archive ends with this member: say it here, and to whoever asks for the next one.
                self._said.put((kind, value))
                raise PermanentError(str(value) if kind == "failed" else "corrupt")

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(5)


def _code(error: BaseException, password: str | None) -> str:
    if isinstance(error, PermanentError):
        return error.code
    if isinstance(error, MemoryError):
        return "resource_memory"
    if isinstance(error, PasswordRequired):
        return "encrypted"
    if isinstance(error, UnsupportedCompressionMethodError):
        return "unsupported_type"
    # A wrong password gives noise, which no decompressor takes and no checksum fits.
    return "encrypted" if password else "corrupt"


class _Factory(WriterFactory):
    def __init__(self, unpacking: _Unpacking) -> None:
        self._unpacking = unpacking

    def create(self, filename: str) -> Py7zIO:
        return _Writer(self._unpacking, filename)


class _Writer(Py7zIO):
    """Takes one member's bytes from the library."""

    def __init__(self, unpacking: _Unpacking, name: str) -> None:
        self._unpacking, self._size = unpacking, 0
        unpacking.say("member", name)

    def write(self, s: bytes | bytearray) -> int:
        self._size += len(s)
        self._unpacking.count(len(s))
        self._unpacking.say("piece", s)
        return len(s)

    def read(self, size: int | None = None) -> bytes:
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def flush(self) -> None:
        """Nothing is held back."""

    def size(self) -> int:
        return self._size

    def close(self) -> None:
        self._unpacking.say("end", "")
