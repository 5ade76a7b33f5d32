"""Text that flows, cut into pages: at the file's own breaks, else before a heading or a line once a page is full.

A page of such a file is ours: where it ends is no fact of the file, but it is the same at every reading.
"""

import itertools
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from extraction.readers.base import MAX_TEXT_BYTES, DocumentInfo, Mark, PageRead, ReadOptions
from extraction.readers.text import PAGE_CHARS, PAGE_LINES, clean, split_pages

# Where a file says where its printed pages end, a page may be this much longer than ours before it is cut.
PRINTED_FACTOR = 4
# A heading this far down a page starts the next one.
HEADING_FROM = 0.75
MAX_TABLE_CELLS = 200_000
MAX_ROW_CELLS = 16_384
# A row is not cut in two, and notes stay on their page; still a page must be small enough to be handed over.
MAX_ROW_CHARS = 300_000
MAX_PAGE_CHARS = 300_000
MAX_MARKS = 2000
_UNSEEN = re.compile("[\u200b\u2060\ufeff\U000e0000-\U000e007f]+")
_FIRST_TAG = 0xE0000


@dataclass(frozen=True)
class Block:
    """A paragraph or a row of a table.

    `cells`: the row's cells; `text` is then theirs. `table`: rows with one number are one table. `foot`: belongs at
    the end of its page, like a footnote. `mark` and `value`: what it is, see base.Mark. `label`: names the pages from
    here on. `title_row`: repeated, marked as a header, on each page on which its table goes on.
    """

    text: str
    cells: tuple[str, ...] | None = None
    table: int = 0
    new_page: bool = False
    heading: bool = False
    foot: bool = False
    mark: str = ""
    value: str = ""
    label: str | None = None
    title_row: bool = False


@dataclass(frozen=True)
class FlowPage:
    text: str
    tables: list[dict[str, Any]]
    marks: tuple[Mark, ...]
    label: str


@dataclass
class Flow:
    """A file's flowing text while it is read. `warnings` and `meta` may grow until its last block is taken.

    `printed`: the breaks in it are those of the printed pages.
    """

    blocks: Iterable[Block]
    meta: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    printed: bool = False

    def warn(self, code: str) -> None:
        """Add a warning once."""
        if code not in self.warnings:
            self.warnings.append(code)


def row(cells: Iterable[str], **more: Any) -> Block:
    """A table's row as a block: cells parted by tabs, on one line."""
    kept: list[str] = []
    size = 0
    for cell in itertools.islice(cells, MAX_ROW_CELLS):
        text = clean(cell[:MAX_ROW_CHARS]).replace("\f", " ").strip()
        size += len(text)
        if size > MAX_ROW_CHARS:
            kept.append("…")
            break
        kept.append(text)
    while kept and not kept[-1]:
        kept.pop()
    return Block("\t".join(" ".join(cell.split()) for cell in kept), cells=tuple(kept), **more)


def deliver(flow: Flow, options: ReadOptions) -> Iterator[DocumentInfo | PageRead]:
    """The flow's info, then its pages."""
    started = time.monotonic()
    pages: list[FlowPage] = []
    size, cut = 0, False
    for page in paginate(flow.blocks, printed=flow.printed):
        size += len(page.text.encode())
        if size > MAX_TEXT_BYTES or len(pages) >= options.max_pages or time.monotonic() - started > options.deadline_s:
            over = "text_truncated" if size > MAX_TEXT_BYTES else "too_many_pages"
            flow.warn("resource_time" if time.monotonic() - started > options.deadline_s else over)
            cut = True
            break
        pages.append(page)
    # What a reader has cut off itself is missing like what was cut here.
    cut = cut or "text_truncated" in flow.warnings
    flow.meta.setdefault("pagination", "as_saved" if flow.printed else "estimated")
    # How many pages a cut file would have had is not known: at least one more.
    count = max(len(pages), 1) + cut
    meta = {name: clean(value)[:2000] for name, value in flow.meta.items() if value}
    yield DocumentInfo(count, len(pages) if cut else None, meta, tuple(flow.warnings))
    for number, page in enumerate(pages, 1):
        if options.wants(number):
            yield page_read(number, page)
    if not pages:
        yield PageRead(1, "blank")


def page_read(number: int, page: FlowPage) -> PageRead:
    """A page as readers give it."""
    if not page.text.strip():
        return PageRead(number, "blank", label=page.label)
    return PageRead(number, "text", page.text, tables=page.tables, label=page.label, marks=page.marks)


def paginate(blocks: Iterable[Block], *, printed: bool = False) -> Iterator[FlowPage]:
    """Blocks in pages. `printed`: whether the blocks' own breaks are those of the printed pages."""
    page = _Page()
    cells_left, factor = MAX_TABLE_CELLS, PRINTED_FACTOR if printed else 1
    for block in blocks:
        for part in _in_page_sizes(block, factor):
            if page.ends_before(part, factor):
                yield page.finish(cells_left > 0)
                cells_left -= page.cell_count
                page = page.next(part)
            page.add(part)
    if page.opened:
        yield page.finish(cells_left > 0)


def _in_page_sizes(block: Block, factor: int) -> Iterator[Block]:
    """The block, or several: form feeds in it end pages, and none is longer than a page."""
    if block.cells is not None:
        yield block
        return
    text = clean(block.text)
    if len(text) <= PAGE_CHARS and "\f" not in text and text.count("\n") <= PAGE_LINES:
        yield block if text == block.text else replace(block, text=text)
        return
    stretches = text.split("\f")
    if len(stretches) > 1 and not stretches[0] and not block.new_page and block.label is None:
        # The page before ends here: no empty line is left on it.
        stretches = stretches[1:]
        block = replace(block, new_page=True)
    for index, stretch in enumerate(stretches):
        fits = len(stretch) <= factor * PAGE_CHARS and stretch.count("\n") <= factor * PAGE_LINES
        for number, part in enumerate([stretch] if fits else split_pages(stretch)):
            first = not index and not number
            new_page = block.new_page if first else not number
            yield replace(block, text=part.rstrip("\n"), new_page=new_page, label=block.label if first else None)


class _Page:
    def __init__(self, label: str = "", title: Block | None = None) -> None:
        self.label, self.title = label, title
        self.body: list[Block] = []
        self.feet: list[Block] = []
        self.chars = self.lines = self.cell_count = 0
        self.opened = False

    def ends_before(self, block: Block, factor: int) -> bool:
        if not self.opened:
            return False
        if block.new_page or (block.label is not None and block.label != self.label):
            return True
        if self.chars + len(block.text) > MAX_PAGE_CHARS:
            return True
        if block.foot or not self.body:
            return False
        chars, lines = factor * PAGE_CHARS, factor * PAGE_LINES
        if self.chars + len(block.text) > chars or self.lines + block.text.count("\n") + 1 > lines:
            return True
        far_down = self.chars > HEADING_FROM * chars or self.lines > HEADING_FROM * lines
        return block.heading and far_down and factor == 1

    def next(self, block: Block) -> "_Page":
        """The page after this one, beginning with `block`; a table that goes on has its title row repeated."""
        page = _Page(block.label if block.label is not None else self.label, self.title)
        title = self.title
        if title and block.cells is not None and block.table == title.table and not block.title_row:
            page.add(replace(title, mark="header", value="repeated", title_row=False))
        elif title and block.table != title.table:
            page.title = None
        return page

    def add(self, block: Block) -> None:
        self.opened = True
        if block.label is not None and not self.body:
            self.label = block.label
        if not block.text and not block.cells and not self.body:
            # What opens a page and says nothing is no empty line on it.
            return
        if block.title_row:
            self.title = block
        (self.feet if block.foot else self.body).append(block)
        self.chars += len(block.text) + 1
        self.lines += block.text.count("\n") + 1

    def finish(self, with_tables: bool) -> FlowPage:
        texts, marks, at = [], [], 0
        tables: dict[int, list[list[dict[str, str]]]] = {}
        for block in self.body + self.feet:
            if block.mark and block.text:
                marks.append(Mark(block.mark, at, at + len(block.text), block.value))
            if block.cells is not None and with_tables:
                tables.setdefault(block.table, []).append([{"text": cell} for cell in block.cells])
                self.cell_count += len(block.cells)
            texts.append(block.text)
            at += len(block.text) + 1
        text = "\n".join(texts)
        marks += unseen(text)
        found = [{"rows": rows} for rows in tables.values() if any(rows)]
        return FlowPage(text, found, tuple(marks[:MAX_MARKS]), clean(self.label)[:200])


def unseen(text: str) -> list[Mark]:
    """Characters that no reader of a page sees and that can carry text: zero-width ones and Unicode's tags."""
    if text.isascii():
        return []
    return [
        Mark("hidden", m.start(), m.end(), "tag" if ord(m[0][0]) >= _FIRST_TAG else "zero_width")
        for m in _UNSEEN.finditer(text)
    ]
