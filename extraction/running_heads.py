"""Headers, footers and stamps: found across a document's pages, kept in their text, and marked.

Case 3:23-cv-00418  Document 12  Filed 03/04/21  Page 2 of 9     stamp “filing”
HALDEN v. CORVANE                                                header “running”: at this place on three pages
   what the page says
        CONFIDENTIAL        7                  HCS-0000417       stamp “legend”, footer “running”, stamp “bates”

A line that comes again counts as running only if its numbers stay or count with the pages: the rows of a ledger do
neither.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from extraction.margin_lines import MarginLine, of_page
from extraction.readers.base import Mark, PageRead

# On so many pages at one place; of two pages, both.
PAGES = 3
# In points: within so many a place is the same from page to page, and a line is the same on one page.
SAME_PLACE_PT, SAME_LINE_PT = 8.0, 4.0
# OCR reads a line that is the same a little differently from page to page.
ALIKE, ALIKE_CHARS = 0.8, 8
# Comparing is slow, and no document has more heads.
MAX_HEADS, MAX_COMPARED = 20, 5_000
RUNNING = "running"
# Kinds of marks over what is no part of what a page says.
KINDS = frozenset({"header", "footer", "stamp"})
VALUES = frozenset({RUNNING, "bates", "filing", "legend"})

_NUMBER = re.compile(r"\d+")
_ROMAN = re.compile(r"[ivxlc]{1,6}", re.I)
_FILING = re.compile(
    r"(?:USCA\w* )?(?:Case|Appeal)\b[ :.#]{0,3}(?:No\. ?)?[\w:.-]*\d[\w:.-]*"
    r".{0,20}?\b(?:Doc(?:ument)?|ECF|Dkt(?:Entry)?|Filed|Entry)\b.{0,60}?\b(?:Filed|Entered|Page|Pg|of)\b"
    r"|(?:RECEIVED )?NYSCEF\b|INDEX NO\. \d|FILED: .{3,60}CLERK",
    re.I,
)
_LEGEND = re.compile(
    r"(?:(?:HIGHLY|STRICTLY) )?CONFIDENTIAL(?: INFORMATION)?(?: ?[-–—:;,/|(].*| (?:SUBJECT|PURSUANT) TO .*)?"
    r"|(?:OUTSIDE )?(?:COUNSEL|ATTORNEY).{0,4} EYES ONLY.*|FILED UNDER SEAL.*|PRIVILEGED (?:AND|&) CONFIDENTIAL.*"
    r"|(?:SUBJECT TO|PROTECTED BY) .{0,30}PROTECTIVE ORDER.*"
)
_BATES = re.compile(r"([A-Z][A-Z0-9&.]{0,15}(?:[-_ ][A-Z]{1,12}){0,2}[-_ .]{0,2})(\d{4,10})")
_NO_PREFIX = frozenset(
    {"EXHIBIT", "EX", "EX.", "PAGE", "TAB", "FORM", "CASE", "NO", "NO.", "DOC", "BOX", "ROOM", "SUITE"}
)


@dataclass(frozen=True)
class Found:
    """What of a page is no part of what it says; `bates`: its production number, if one could be made out."""

    marks: tuple[Mark, ...] = ()
    bates: str = ""


def mark(pages: Sequence[PageRead]) -> list[PageRead]:
    """The pages of one document, in order, with their heads marked; marks of an earlier search give way.

    A page that the file gives no label is labelled by its production number.
    """
    bare = [replace(p, marks=tuple(m for m in p.marks if not (m.kind in KINDS and m.value in VALUES))) for p in pages]
    return [
        replace(page, marks=(*page.marks, *found.marks), label=page.label or found.bates)
        for page, found in zip(bare, find(bare), strict=True)
    ]


def find(pages: Sequence[PageRead]) -> list[Found]:
    """What of each page is a running head or a stamp."""
    lines = [line for index, page in enumerate(pages) for line in of_page(index, page)]
    numbers = [page.number for page in pages]
    values = {line: value for line in lines if (value := _stamp(line.text))}
    bates = _bates([line for line in lines if line not in values], numbers)
    values |= dict.fromkeys(bates, "bates")
    values |= dict.fromkeys(_running([line for line in lines if line not in values], numbers), RUNNING)
    on_page: dict[int, list[MarginLine]] = defaultdict(list)
    for line in lines:
        on_page[line.index].append(line)
    marks: dict[int, list[Mark]] = defaultdict(list)
    for line, value in values.items():
        if value == RUNNING and _in_a_table(line, on_page[line.index], values):
            continue
        kind = ("header" if line.at_head else "footer") if value == RUNNING else "stamp"
        marks[line.index].append(Mark(kind, line.start, line.end, value))
    named = {line.index: line.text for line in bates}
    return [
        Found(tuple(sorted(marks[index], key=lambda m: m.start)), named.get(index, "")) for index in range(len(pages))
    ]


def _stamp(text: str) -> str:
    if _FILING.match(text):
        return "filing"
    return "legend" if _LEGEND.fullmatch(text) else ""


def _bates(lines: Iterable[MarginLine], numbers: Sequence[int]) -> set[MarginLine]:
    """Production numbers: a prefix and a number that counts with the pages, one a page.

    On a single page nothing counts; there it has to look like one: long, or filled up with zeros.
    """
    runs: dict[tuple[str, int], list[MarginLine]] = defaultdict(list)
    for line in lines:
        match = _BATES.fullmatch(line.text)
        if match and match[1].strip(" -_").upper() not in _NO_PREFIX:
            runs[match[1], int(match[2]) - numbers[line.index]].append(line)
    found: dict[int, MarginLine] = {}
    for run in sorted(runs.values(), key=len, reverse=True):
        digits = _NUMBER.findall(run[0].text)[-1]
        sure = len({line.index for line in run}) > 1 or len(digits) >= 6 or (len(digits) > 4 and digits[0] == "0")
        for line in run if sure else ():
            found.setdefault(line.index, line)
    return set(found.values())


def _running(lines: Sequence[MarginLine], numbers: Sequence[int]) -> set[MarginLine]:
    wanted = PAGES if len(numbers) > 2 else 2
    by_text: dict[str, list[MarginLine]] = defaultdict(list)
    for line in lines:
        if any(char.isalnum() for char in line.text):
            by_text[_key(line.text)].append(line)
    found: set[MarginLine] = set()
    heads: list[tuple[str, float]] = []
    for key, same in by_text.items():
        for cluster in _at_one_place(same):
            kept = _counting(cluster, numbers, wanted)
            found |= kept
            if kept and len(key) >= ALIKE_CHARS:
                heads.append((key, cluster[0].y))
    doubtful = [line for line in lines if line.by_ocr and line not in found and len(line.text) >= ALIKE_CHARS]
    return found | {line for line in doubtful[:MAX_COMPARED] if any(_alike(line, *head) for head in heads[:MAX_HEADS])}


def _in_a_table(line: MarginLine, page: Sequence[MarginLine], values: Mapping[MarginLine, str]) -> bool:
    """Whether most of what stands beside it does not come again: it is a cell of a row."""
    row = [other for other in page if abs(other.y - line.y) < SAME_LINE_PT]
    return 2 * sum(other in values for other in row) < len(row)


def _key(text: str) -> str:
    """The text with every number, arabic or alone and roman, as one sign."""
    return "#" if _ROMAN.fullmatch(text) else _NUMBER.sub("#", text.casefold())


def _at_one_place(lines: list[MarginLine]) -> Iterable[list[MarginLine]]:
    cluster: list[MarginLine] = []
    for line in sorted(lines, key=lambda line: line.y):
        if cluster and line.y - cluster[-1].y > SAME_PLACE_PT:
            yield cluster
            cluster = []
        cluster.append(line)
    if cluster:
        yield cluster


def _counting(cluster: list[MarginLine], numbers: Sequence[int], wanted: int) -> set[MarginLine]:
    """The lines whose every number stays the same, or counts with the pages, on enough of them."""
    if len({line.index for line in cluster}) < wanted:
        return set()
    kept = list(cluster)
    for place in range(len(_numbers(cluster[0].text))):
        stays = Counter(_numbers(line.text)[place] for line in kept)
        counts = Counter(_numbers(line.text)[place] - numbers[line.index] for line in kept)
        kept = [
            line
            for line in kept
            if stays[value := _numbers(line.text)[place]] >= wanted or counts[value - numbers[line.index]] >= wanted
        ]
    return set(kept) if len({line.index for line in kept}) >= wanted else set()


def _numbers(text: str) -> list[int]:
    return [_roman(text)] if _ROMAN.fullmatch(text) else [int(number[:12]) for number in _NUMBER.findall(text)]


def _roman(text: str) -> int:
    worth = [{"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}[char] for char in text.lower()]
    return sum(-a if a < b else a for a, b in zip(worth, [*worth[1:], 0], strict=True))


def _alike(line: MarginLine, key: str, y: float) -> bool:
    if abs(line.y - y) > SAME_PLACE_PT:
        return False
    matcher = SequenceMatcher(None, _key(line.text), key, autojunk=False)
    return matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE
