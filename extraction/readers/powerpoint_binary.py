"""PowerPoint 97–2003 presentations (PPT): a page per slide with its notes, from the records of MS-PPT."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from extraction.errors import PermanentError
from extraction.readers import ole_file, ole_properties
from extraction.readers.base import Item, ReadOptions
from extraction.readers.damage import damage_is_corrupt
from extraction.readers.flow_pages import Block, Flow, deliver

_DOCUMENT, _SLIDE, _SLIDE_ATOM, _SLIDE_LIST, _SLIDE_PERSIST = 1000, 1006, 1007, 4080, 1011
_TEXT_HEADER, _TEXT_CHARS, _TEXT_BYTES, _COMMENT, _CSTRING = 3999, 4000, 4008, 12000, 4026
_USER_EDIT, _PERSIST_DIRECTORY, _ENCRYPTED_TOKEN = 4085, 6002, 0xF3D1C4DF
_SLIDES, _NOTES = 0, 2
_TITLES = (0, 6)
MAX_DEPTH = 40
MAX_EDITS = 1000
MAX_SLIDES = 10_000


@dataclass
class _Listed:
    """A slide or its notes as the document lists it: where it lies, its id, and the texts of its outline."""

    place: int
    identity: int
    texts: list[tuple[int, str]] = field(default_factory=list)


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """A page per slide. Raises PermanentError(encrypted | corrupt)."""
    with ole_file.open_ole(file) as ole:
        user = ole_file.stream(ole, "Current User")
        if len(user) >= 16 and struct.unpack_from("<I", user, 12)[0] == _ENCRYPTED_TOKEN:
            yield from _decrypted(file, options)
            return
        data, meta = ole_file.stream(ole, "PowerPoint Document"), ole_properties.meta(ole)
    flow = Flow((), meta, printed=True)
    flow.blocks = _slides(data, user, flow)
    yield from deliver(flow, options)


def _decrypted(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    from extraction.readers.office_encrypted import decrypted

    plain = decrypted(file, options.password).read()
    with ole_file.open_ole(io.BytesIO(plain)) as ole:
        if struct.unpack_from("<I", ole_file.stream(ole, "Current User"), 12)[0] == _ENCRYPTED_TOKEN:
            raise PermanentError("encrypted")
    yield from read(io.BytesIO(plain), options)


def _slides(data: bytes, user: bytes, flow: Flow) -> Iterator[Block]:
    places, document = _directory(data, struct.unpack_from("<I", user, 16)[0] if len(user) >= 20 else 0)
    slides, notes = _lists(data, document)
    if not slides:
        raise PermanentError("corrupt", "no slides")
    noted = {n.identity: n for n in notes}
    for number, slide in enumerate(slides[:MAX_SLIDES], 1):
        # No two slides are one; a damaged list must not have the same one read ten thousand times.
        at = places.pop(slide.place, -1)
        texts = slide.texts + (list(_texts(data, at)) if at >= 0 else [])
        title = next((text for kind, text in texts if kind in _TITLES), "")
        yield Block(
            "", label=f"Slide {number}" + (f": {' '.join(title.split())[:100]}" if title else ""), new_page=True
        )
        said = dict.fromkeys(text for _, text in texts if text.strip() and text.strip() != "*")
        yield from (Block(text) for text in said)
        if (note := noted.get(_notes_id(data, at))) is not None:
            lines = note.texts + (list(_texts(data, places[note.place])) if note.place in places else [])
            if spoken := "\n".join(dict.fromkeys(t for _, t in lines if t.strip() and t.strip() != "*")):
                yield Block(f"[Speaker notes: {spoken}]", mark="note")
        for block in _comments(data, at):
            flow.warn("comments")
            yield block


def _directory(data: bytes, newest: int) -> tuple[dict[int, int], int]:
    """Where each persistent object lies, the newest save first, and where the document does."""
    places: dict[int, int] = {}
    document, at = -1, newest
    for _ in range(MAX_EDITS):
        kind, start, end = _record(data, at)
        if kind != _USER_EDIT or end - start < 28:
            break
        before, directory, document_id = struct.unpack_from("<III", data, start + 8)
        kind, start, end = _record(data, directory)
        while kind == _PERSIST_DIRECTORY and start + 4 <= end:
            (packed,) = struct.unpack_from("<I", data, start)
            first, count = packed & 0xFFFFF, packed >> 20
            start += 4
            for index in range(min(count, (end - start) // 4)):
                places.setdefault(first + index, struct.unpack_from("<I", data, start + 4 * index)[0])
            start += 4 * count
        if document < 0:
            document = places.get(document_id, -1)
        if not before or before >= at:
            break
        at = before
    return places, document


def _lists(data: bytes, document: int) -> tuple[list[_Listed], list[_Listed]]:
    found: dict[int, list[_Listed]] = {_SLIDES: [], _NOTES: []}
    if document < 0 or _record(data, document)[0] != _DOCUMENT:
        raise PermanentError("corrupt", "no document")
    _, start, end = _record(data, document)
    for instance, kind, inner, stop in _records(data, start, end):
        if kind != _SLIDE_LIST or instance not in found:
            continue
        text_kind = -1
        for _, atom, at, until in _records(data, inner, stop):
            if atom == _SLIDE_PERSIST and until - at >= 16:
                place, _, _, identity = struct.unpack_from("<IIII", data, at)
                found[instance].append(_Listed(place, identity))
            elif atom == _TEXT_HEADER and until - at >= 4:
                (text_kind,) = struct.unpack_from("<I", data, at)
            elif found[instance] and (text := _text(atom, data[at:until])) is not None:
                found[instance][-1].texts.append((text_kind, text))
    return found[_SLIDES], found[_NOTES]


def _texts(data: bytes, at: int) -> Iterator[tuple[int, str]]:
    """Texts drawn on a slide, with the kind of each."""
    kind = -1
    for _, atom, start, end in _walk(data, at):
        if atom == _TEXT_HEADER and end - start >= 4:
            (kind,) = struct.unpack_from("<I", data, start)
        elif (text := _text(atom, data[start:end])) is not None:
            yield kind, text


def _comments(data: bytes, at: int) -> Iterator[Block]:
    for _, kind, start, end in _walk(data, at):
        if kind == _COMMENT:
            texts = [
                data[a:b].decode("utf-16-le", "replace") for _, k, a, b in _records(data, start, end) if k == _CSTRING
            ]
            if len(texts) > 1 and texts[1].strip():
                yield Block(f"[Comment by {texts[0]}: {texts[1]}]", foot=True, mark="comment")


def _notes_id(data: bytes, at: int) -> int:
    """The id of a slide's notes; 0 is none's."""
    if at >= 0 and _record(data, at)[0] == _SLIDE:
        _, start, end = _record(data, at)
        for _, kind, inner, until in _records(data, start, end):
            if kind == _SLIDE_ATOM and until - inner >= 20:
                return int(struct.unpack_from("<I", data, inner + 16)[0])
    return 0


def _text(kind: int, data: bytes) -> str | None:
    if kind == _TEXT_CHARS:
        return data.decode("utf-16-le", "replace")
    return data.decode("latin-1") if kind == _TEXT_BYTES else None


def _record(data: bytes, at: int) -> tuple[int, int, int]:
    """A record's kind and where its content starts and ends; kind 0 if there is none."""
    if not 0 <= at <= len(data) - 8:
        return 0, 0, 0
    kind, size = struct.unpack_from("<HI", data, at + 2)
    return kind, at + 8, min(at + 8 + size, len(data))


def _records(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """The records between two places: instance, kind, start and end of the content."""
    while start + 8 <= end:
        instance = struct.unpack_from("<H", data, start)[0] >> 4
        kind, inner, stop = _record(data, start)
        yield instance, kind, inner, min(stop, end)
        start = max(stop, start + 8)


def _walk(data: bytes, at: int) -> Iterator[tuple[int, int, int, int]]:
    """All records in a container, those within containers too."""
    _, start, end = _record(data, at)
    waiting = [(start, end, 0)]
    while waiting:
        start, end, depth = waiting.pop()
        while start + 8 <= end:
            version = struct.unpack_from("<H", data, start)[0]
            kind, inner, stop = _record(data, start)
            stop = min(stop, end)
            yield version >> 4, kind, inner, stop
            start = max(stop, start + 8)
            if version & 0xF == 0xF and depth < MAX_DEPTH:
                # First what is inside, then what follows.
                waiting.append((start, end, depth))
                start, end, depth = inner, stop, depth + 1
