"""Visible text of HTML as blocks: paragraphs, list items, table rows. Nothing is fetched, nothing hidden is read.

Built on libxml2's event interface: no tree, so that neither size nor depth of nesting costs memory.
"""

import codecs
import re
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree

from extraction.errors import PermanentError
from extraction.readers.flow_pages import Block, row
from extraction.readers.text import decode

_DROPPED = {"script", "style", "template", "noscript", "svg", "math", "object", "iframe", "canvas", "audio", "video"}
_DROPPED |= {"select", "datalist", "map", "applet", "noframes"}
_BLOCKS = {"p", "div", "section", "article", "header", "footer", "main", "aside", "nav", "address", "blockquote", "pre"}
_BLOCKS |= {"ul", "ol", "dl", "dt", "dd", "li", "form", "fieldset", "figure", "figcaption", "table", "caption", "hr"}
_BLOCKS |= {"h1", "h2", "h3", "h4", "h5", "h6", "center", "body", "details", "summary", "thead", "tbody", "tfoot"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_EMPTY = {"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr"}
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])", re.I
)
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.I)
# Enough for a mail in a mail in a mail …; deeper, cells are read as lines.
MAX_TABLE_DEPTH = 50
MAX_LINK_CHARS = 300
MAX_OPEN_LINKS = 10
MAX_SPAN = 100
FEED_CHARS = 64 << 10


@dataclass(frozen=True)
class Visible:
    """What an HTML file says. `meta`: title, author, description. `hidden`: text was there that is not shown."""

    blocks: list[Block]
    meta: dict[str, str]
    hidden: bool


def read_html(data: bytes, encoding: str = "") -> Visible:
    """The visible text of HTML bytes; `encoding` as a mail header names it. Raises PermanentError(corrupt)."""
    return read_markup(_decoded(data, encoding))


def read_markup(text: str) -> Visible:
    """The visible text of HTML that has been decoded. Raises PermanentError(corrupt)."""
    target = _Target()
    parser = etree.HTMLParser(target=target, huge_tree=True, no_network=True, remove_comments=True)
    # A declared encoding would be believed over the text's own; NULs end the parser's world.
    text = re.sub(r"^\s*<\?xml[^>]{0,300}\?>", "", text).replace("\x00", "")
    if not text.strip():
        return Visible([], {}, False)
    try:
        for at in range(0, len(text), FEED_CHARS):
            parser.feed(text[at : at + FEED_CHARS])
        parser.close()
    except etree.LxmlError as error:
        if not target.found:
            raise PermanentError("corrupt", type(error).__name__) from None
    return target.visible()


def _decoded(data: bytes, encoding: str) -> str:
    declared = _CHARSET.search(data[:4096])
    named = encoding or (declared[1].decode("ascii") if declared else "")
    marked = data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if named and not marked:
        # What calls itself Latin-1 on the web is Windows-1252.
        name = "cp1252" if named.lower() in ("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii") else named
        try:
            if codecs.lookup(name).name.startswith("utf-16") and b"\x00" not in data[:200]:
                return decode(data)[0]
            return data.decode(name)
        except (LookupError, UnicodeDecodeError, ValueError):
            pass
    return decode(data)[0]


@dataclass
class _Table:
    number: int
    cells: list[str] = field(default_factory=list)
    cell: list[str] | None = None
    span: int = 1


class _Target:
    """Takes the parser's events."""

    def __init__(self) -> None:
        self.found: list[Block] = []
        self.meta: dict[str, str] = {}
        self.saw_hidden = False
        self._line: list[str] = []
        self._tables: list[_Table] = []
        self._table_count = 0
        self._dropping = 0
        self._hiding: list[bool] = []
        self._pre = 0
        self._heading = False
        self._in_title = False
        self._lists: list[int] = []
        self._links: list[tuple[str, int]] = []

    # What the parser calls

    def start(self, tag: str, attributes: Any) -> None:
        name = tag.lower()
        if self._dropping or name in _DROPPED:
            if name not in _EMPTY:
                self._dropping += 1
            return
        hides = "hidden" in attributes or bool(_HIDING.search(attributes.get("style") or ""))
        if name not in _EMPTY:
            self._hiding.append(hides or (bool(self._hiding) and self._hiding[-1]))
        if name == "title":
            self._in_title = True
        elif name == "meta":
            self._note(attributes)
        elif name == "br":
            self._line.append("\n")
        elif name == "img" and (alt := (attributes.get("alt") or "").strip()):
            self.data(f"[{alt[:MAX_LINK_CHARS]}]")
        elif name == "a":
            self._links = [*self._links[-MAX_OPEN_LINKS:], ((attributes.get("href") or "").strip(), len(self._line))]
        elif name in ("td", "th"):
            self._begin_cell(attributes)
        elif name == "tr":
            self._end_row()
        elif name in _BLOCKS:
            self._begin(name)

    def end(self, tag: str) -> None:
        name = tag.lower()
        if self._dropping:
            self._dropping -= 1
            return
        if name not in _EMPTY and self._hiding:
            self._hiding.pop()
        if name == "title":
            self._in_title = False
        elif name == "a" and self._links:
            self._link(*self._links.pop())
        elif name in ("td", "th"):
            self._end_cell()
        elif name == "tr":
            self._end_row()
        elif name == "table":
            self._end_row()
            if self._tables:
                self._tables.pop()
        elif name in _BLOCKS:
            self._flush()
            self._pre -= name == "pre" and self._pre > 0
            self._heading = self._heading and name not in _HEADINGS
            if name in ("ul", "ol") and self._lists:
                self._lists.pop()

    def data(self, text: str) -> None:
        if self._dropping:
            return
        if self._in_title:
            self.meta["title"] = (self.meta.get("title", "") + text)[:2000]
        elif self._hiding and self._hiding[-1]:
            self.saw_hidden = self.saw_hidden or bool(text.strip())
        else:
            self._line.append(text if self._pre else re.sub(r"[ \t\r\n\f]+", " ", text))

    def comment(self, text: str) -> None:
        """Nobody sees them."""

    def pi(self, *_: str) -> None:
        """Nobody sees them."""

    def close(self) -> None:
        self._end_row()

    # What comes of it

    def visible(self) -> Visible:
        self._end_row()
        self._flush()
        meta = {name: " ".join(value.split()) for name, value in self.meta.items()}
        return Visible(self.found, {n: v for n, v in meta.items() if v}, self.saw_hidden)

    def _note(self, attributes: Any) -> None:
        name, content = (attributes.get("name") or "").lower(), attributes.get("content") or ""
        if name in ("author", "description", "keywords", "generator"):
            self.meta.setdefault("producer" if name == "generator" else name, content[:2000])

    def _begin(self, name: str) -> None:
        self._flush()
        self._pre += name == "pre"
        self._heading = self._heading or name in _HEADINGS
        if name == "table" and len(self._tables) < MAX_TABLE_DEPTH:
            self._end_row_before_nested()
            self._table_count += 1
            self._tables.append(_Table(self._table_count))
        elif name in ("ul", "ol"):
            self._lists.append(0 if name == "ul" else 1)
        elif name == "li":
            self._line.append(self._bullet())
        elif name == "hr":
            self._line.append("\n")

    def _bullet(self) -> str:
        indent = "  " * min(max(len(self._lists) - 1, 0), 10)
        if not self._lists or not self._lists[-1]:
            return f"{indent}• "
        self._lists[-1] += 1
        return f"{indent}{self._lists[-1] - 1}. "

    def _link(self, address: str, start: int) -> None:
        """The address after the words it lies under, if they do not say it themselves."""
        if not address.lower().startswith(("http://", "https://", "mailto:", "ftp://")):
            return
        words = "".join(self._line[start:]).strip()
        bare = address.removeprefix("mailto:")
        if words and bare.rstrip("/").lower() not in words.lower() and words.lower() not in bare.lower():
            self.data(f" <{bare[:MAX_LINK_CHARS]}>")

    def _text(self) -> str:
        text = "".join(self._line)
        self._line = []
        self._links = [(address, 0) for address, _ in self._links]
        if self._pre:
            return text.strip("\n")
        return "\n".join(line.strip() for line in text.split("\n")).strip("\n")

    def _flush(self) -> None:
        """End the paragraph at hand: it becomes a block, or a line of the cell it is in."""
        bullet_only = "".join(self._line).strip() in ("", "•")
        text = self._text()
        if bullet_only:
            return
        cell = next((t.cell for t in reversed(self._tables) if t.cell is not None), None)
        if cell is not None:
            cell.append(text)
        elif text:
            self.found.append(Block(text, heading=self._heading))

    def _begin_cell(self, attributes: Any) -> None:
        self._end_cell()
        if self._tables:
            span = attributes.get("colspan") or "1"
            self._tables[-1].cell = []
            self._tables[-1].span = min(int(span), MAX_SPAN) if span.isascii() and span.isdigit() else 1

    def _end_cell(self) -> None:
        self._flush()
        table = self._tables[-1] if self._tables else None
        if table and table.cell is not None:
            table.cells += ["\n".join(table.cell)] + [""] * (table.span - 1)
            table.cell = None

    def _end_row_before_nested(self) -> None:
        """A table that holds tables lays out the page: what its cell has said so far are paragraphs."""
        for table in self._tables:
            said = [c for c in table.cells if c.strip()] + [t for t in table.cell or [] if t.strip()]
            self.found += [Block(text) for text in said]
            table.cells, table.cell = [], None

    def _end_row(self) -> None:
        self._end_cell()
        if not self._tables:
            return
        table = self._tables[-1]
        cells = [cell for cell in table.cells if cell.strip()]
        if len(cells) == 1:
            # One cell is a frame around text.
            self.found.append(Block(cells[0]))
        elif cells:
            self.found.append(replace(row(table.cells), table=table.number))
        table.cells = []
