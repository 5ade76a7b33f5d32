"""What goes into a reader and what comes out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

MAX_PAGES = 5000
MAX_TEXT_BYTES = 50 << 20


@dataclass(frozen=True)
class ReadOptions:
    """`pages`: only these (1-based), None for all. `deadline_s`: after so many seconds no new page is started.
    `other_engine`: the usual one has crashed on this file. `ocr_engine`: read the pages as pictures, by this choice of
    engine (see extraction/ocr), in these languages; `page_sizes` are then (number, width, height) in points.
    """

    pages: tuple[int, ...] | None = None
    password: str | None = None
    max_pages: int = MAX_PAGES
    deadline_s: float = 1500.0
    other_engine: bool = False
    ocr_engine: str = ""
    ocr_languages: str = "eng"
    page_sizes: tuple[tuple[int, float, float], ...] = ()

    def wants(self, number: int) -> bool:
        """Whether page `number` is to be read."""
        return self.pages is None or number in self.pages


@dataclass(frozen=True)
class DocumentInfo:
    """`page_count`: pages the file has. `truncated_at`: the last page that is read, if not the last there is.

    `meta`: short facts by name: title, author, created (ISO 8601), producer …; of an e-mail from, to, cc, bcc, date,
    subject, message_id, in_reply_to, references. `warnings`: codes, see extraction/warnings.py.
    """

    page_count: int
    truncated_at: int | None = None
    meta: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mark:
    """What a stretch [start, end) of a page's text is, where that matters for searching and quoting it.

    `kind`: header, footer, stamp, margin_number (kept, but no part of what the page says); line (a transcript's
    numbered line; `value` is its number); note (a footnote, an endnote, a speaker's notes); comment; hidden (a reader
    of the printed page does not see it; `value` says why: invisible, white, tiny, off_page, covered, zero_width, tag,
    deleted); launch (over a page that holds a link which would start a program). A header's or footer's `value` is
    "running" where it was found by coming again from page to page, and "repeated" where we repeat a table's title row;
    a stamp's is bates, filing or legend.
    """

    kind: str
    start: int
    end: int
    value: str = ""


@dataclass(frozen=True)
class PageRead:
    """One page. `words` as documents.wordboxes packs them; sizes in points, 0 where there is no geometry.

    `state` is text, ocr, blank or unreadable; unreadable has a `reason` (a code, never text of the page).
    `label`: what the file itself calls the page: a page label, a sheet's name, a slide's title.
    """

    number: int
    state: str
    text: str = ""
    width: float = 0.0
    height: float = 0.0
    rotation: int = 0
    words: bytes = b""
    tables: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""
    confidence: float | None = None
    label: str = ""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Member:
    """A file inside a file: an attachment, an archive's member, an embedded file. It becomes a document of its own.

    `path`: where it lies inside, with `/` between parts, untrusted. `pieces`: its bytes, made while they are read;
    raising ExtractionError in the middle ends this member alone, with that code. They are taken, or left, before the
    reader is asked for its next item.
    """

    path: str
    pieces: Iterable[bytes]
    meta: dict[str, str] = field(default_factory=dict)


Item = DocumentInfo | PageRead | Member
