"""What the child says, byte by byte. The parent believes nothing: every frame is measured and checked.

frame = length (4 bytes) kind (1 byte) payload
I  document info, JSON      P  page: length of JSON (4 bytes), JSON, text (UTF-8), packed words
M  a member begins, JSON    B  some of its bytes    F  it ends; payload the code of what ended it early, or nothing
E  error code               D  done; payload "soft" if the soft limit has passed
"""

import json
import math
import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from documents.wordboxes import unpack_array
from extraction.errors import ERRORS
from extraction.readers.base import DocumentInfo, Mark, PageRead

MAX_FRAME_BYTES = 8 << 20
MAX_TOTAL_BYTES = 256 << 20
MAX_PAGE_COUNT = 10_000_000
MAX_MARKS = 100_000
MAX_MEMBERS = 2_000
MAX_MEMBER_BYTES = 2 << 30
PIECE_BYTES = 1 << 20
STATES = ("text", "ocr", "blank", "unreadable")
HEAD = struct.Struct("<IB")
_LENGTH = struct.Struct("<I")


class BadFrame(Exception):
    """The child sent what no honest reader sends."""


@dataclass(frozen=True)
class Failure:
    code: str


@dataclass(frozen=True)
class Done:
    stopped_early: bool


@dataclass(frozen=True)
class MemberBegins:
    path: str
    meta: dict[str, str]


@dataclass(frozen=True)
class MemberPiece:
    data: bytes


@dataclass(frozen=True)
class MemberEnds:
    """`code`: what ended it early, empty if it is whole."""

    code: str


MemberItem = MemberBegins | MemberPiece | MemberEnds
Item = DocumentInfo | PageRead | MemberItem | Failure | Done


def encode(item: Item) -> bytes:
    """An item as a frame; a page too large for one becomes an unreadable page."""
    if isinstance(item, DocumentInfo):
        kind, payload = b"I", _json(asdict(item))
    elif isinstance(item, PageRead):
        kind, payload = b"P", _page(item)
        if len(payload) > MAX_FRAME_BYTES:
            payload = _page(PageRead(item.number, "unreadable", reason="resource_memory"))
    elif isinstance(item, MemberPiece):
        kind, payload = b"B", item.data
    elif isinstance(item, MemberBegins):
        kind, payload = b"M", _json(asdict(item))
    elif isinstance(item, MemberEnds):
        kind, payload = b"F", item.code.encode()
    elif isinstance(item, Failure):
        kind, payload = b"E", item.code.encode()
    else:
        kind, payload = b"D", b"soft" if item.stopped_early else b""
    return HEAD.pack(len(payload), kind[0]) + payload


def _page(page: PageRead) -> bytes:
    # What the parent and the database refuse becomes one other character, so that places in the text stay right.
    text = page.text.replace("\x00", " ").encode("utf-8", "replace")
    fields = {k: v for k, v in page.__dict__.items() if k not in ("text", "words", "marks")}
    marks = [[m.kind, m.start, m.end, m.value] for m in page.marks]
    head = _json(fields | {"marks": marks, "text_bytes": len(text)})
    return _LENGTH.pack(len(head)) + head + text + page.words


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def decode(kind: int, payload: bytes) -> Item:
    """A frame's item. Raises BadFrame."""
    try:
        return _DECODERS[kind](payload)
    except BadFrame:
        raise
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, struct.error, RecursionError) as error:
        raise BadFrame(type(error).__name__) from error


def _info(payload: bytes) -> DocumentInfo:
    given = json.loads(payload)
    count, cut = _whole(given["page_count"], MAX_PAGE_COUNT), given["truncated_at"]
    meta = _meta(given["meta"])
    warnings = tuple(_short(w, 40) for w in given["warnings"][:50])
    return DocumentInfo(count, None if cut is None else _whole(cut, count), meta, warnings)


def _meta(given: dict[str, Any]) -> dict[str, str]:
    return {_short(k, 40): _short(v, 2000) for k, v in list(given.items())[:50]}


def _read_page(payload: bytes) -> PageRead:
    (size,) = _LENGTH.unpack_from(payload)
    given = json.loads(payload[4 : 4 + size])
    text_end = 4 + size + _whole(given["text_bytes"], MAX_FRAME_BYTES)
    text, words = payload[4 + size : text_end].decode(), payload[text_end:]
    if "\x00" in text:
        raise BadFrame("NUL")
    if words:
        _check_words(words, len(text))
    state, reason = given["state"], _short(given["reason"], 40)
    if state not in STATES or (state == "unreadable" and not reason):
        raise BadFrame("state")
    confidence = given["confidence"]
    return PageRead(
        number=_whole(given["number"], MAX_PAGE_COUNT),
        state=state,
        text=text,
        width=_size(given["width"]),
        height=_size(given["height"]),
        rotation=_whole(given["rotation"], 359),
        words=words,
        tables=_storable(given["tables"] if isinstance(given["tables"], list) else []),
        reason=reason,
        confidence=None if confidence is None else min(1.0, max(0.0, float(confidence))),
        label=_short(given["label"], 200),
        marks=_marks(given["marks"], len(text)),
    )


def _marks(given: list[list[Any]], chars: int) -> tuple[Mark, ...]:
    marks = []
    for kind, start, end, value in given[:MAX_MARKS]:
        if not _whole(start, chars) < _whole(end, chars):
            raise BadFrame("marks")
        marks.append(Mark(_short(kind, 40), start, end, _short(value, 200)))
    return tuple(marks)


def _check_words(words: bytes, chars: int) -> None:
    rows = unpack_array(words)
    starts, ends = rows[:, 0], rows[:, 1]
    if len(rows) and (starts.min() < 0 or ends.max() > chars or (starts >= ends).any()):
        raise BadFrame("words outside the text")


def _failure(payload: bytes) -> Failure:
    return Failure(_code(payload))


def _code(payload: bytes) -> str:
    code = payload[:40].decode()
    # Whether trying again helps is not for the child to say.
    if code not in ERRORS or not ERRORS[code].permanent:
        raise BadFrame("code")
    return code


def _member_begins(payload: bytes) -> MemberBegins:
    given = json.loads(payload)
    return MemberBegins(_short(given["path"], 4096), _meta(given["meta"]))


def _member_piece(payload: bytes) -> MemberPiece:
    if not 0 < len(payload) <= PIECE_BYTES:
        raise BadFrame("piece")
    return MemberPiece(payload)


def _member_ends(payload: bytes) -> MemberEnds:
    return MemberEnds(_code(payload) if payload else "")


def _done(payload: bytes) -> Done:
    return Done(payload == b"soft")


_DECODERS: dict[int, Callable[[bytes], Item]] = {
    ord("I"): _info,
    ord("P"): _read_page,
    ord("M"): _member_begins,
    ord("B"): _member_piece,
    ord("F"): _member_ends,
    ord("E"): _failure,
    ord("D"): _done,
}


def _whole(value: Any, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise BadFrame("number")
    return value


def _size(value: Any) -> float:
    number = float(value)
    # Not NaN, not infinite, and no page is larger than PDF's own bound with a generous user unit.
    if not 0 <= number <= 1e7:
        raise BadFrame("size")
    return number


def _short(value: Any, most: int) -> str:
    text: str = _storable(str(value))
    return text[:most]


def _storable(value: Any) -> Any:
    """JSON that PostgreSQL takes: no NUL and no lone surrogate in any string, no number that is none."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_storable(v) for v in value]
    if isinstance(value, dict):
        return {_storable(str(k)): _storable(v) for k, v in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
