"""A page's text cut into pieces that are each shown in one way: a hit, hidden text, a numbered line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Span = tuple[int, int]

# Why a reader of the printed page does not see it; see extraction.readers.base.Mark.
HIDDEN_BECAUSE = {
    "invisible": "drawn invisibly",
    "white": "in the colour of the paper",
    "tiny": "too small to be read",
    "off_page": "beyond the edge of the page",
    "covered": "covered",
    "zero_width": "of characters without width",
    "tag": "of characters that are never drawn",
    "deleted": "deleted in a tracked change",
}


@dataclass(frozen=True)
class Piece:
    """`hit`: which hit it belongs to, from 1; `opens`: its first piece; `hidden`: why it is not seen, empty if it is;
    `line`: its number if the lines are numbered, `begins_line`: the line's first piece; `margin`: a line's number as
    it stands in the margin."""

    text: str
    hit: int = 0
    opens: bool = False
    hidden: str = ""
    line: str = ""
    begins_line: bool = False
    margin: bool = False


class _Layer:
    """Stretches of one kind, asked from left to right."""

    def __init__(self, stretches: Iterable[tuple[int, int, str]], length: int) -> None:
        self.rows: list[tuple[int, int, str]] = []
        self.next = 0
        end = 0
        for first, last, value in sorted(stretches):
            # One that lies over another begins where that ends: a mark is told of once.
            first, last = max(first, end), min(last, length)
            if first < last:
                self.rows.append((first, last, value))
                end = last

    def at(self, place: int) -> tuple[int, str] | None:
        """Where the stretch over this character begins, and its value."""
        while self.next < len(self.rows) and self.rows[self.next][1] <= place:
            self.next += 1
        if self.next < len(self.rows) and self.rows[self.next][0] <= place:
            return self.rows[self.next][0], self.rows[self.next][2]
        return None


def layers(text: str, marks: Iterable[Any], highlights: Sequence[Span] = ()) -> list[Piece]:
    """The pieces, which together are the text; `marks` as documents.models.Page has them."""
    marks, length = list(marks), len(text)
    hits = _Layer(((a, b, str(n)) for n, (a, b) in enumerate(highlights, 1)), length)
    hidden, lines, margins = (_Layer(_of_kind(marks, kind), length) for kind in ("hidden", "line", "margin_number"))
    every = (hits, hidden, lines, margins)
    cuts = sorted({0, length}.union(*({a, b} for layer in every for a, b, _ in layer.rows)))
    pieces = []
    for start, end in pairwise(cuts):
        hit, unseen, line, margin = (layer.at(start) for layer in every)
        pieces.append(
            Piece(
                text=text[start:end],
                hit=int(hit[1]) if hit else 0,
                opens=hit is not None and hit[0] == start,
                hidden=(unseen[1] or "hidden") if unseen else "",
                line=line[1] if line else "",
                begins_line=line is not None and line[0] == start,
                margin=margin is not None,
            )
        )
    return pieces


def hidden_reasons(marks: Iterable[Any]) -> list[str]:
    """Why some of the page's text is not seen, in words, each reason once."""
    values = dict.fromkeys(value for _, _, value in _of_kind(marks, "hidden"))
    return list(dict.fromkeys(because(value) for value in values))


def because(value: str) -> str:
    """Why it is not seen, in words."""
    return HIDDEN_BECAUSE.get(value, "hidden")


def hidden_spans(marks: Iterable[Any]) -> list[Span]:
    """Where text that is not seen stands, sorted."""
    return sorted((a, b) for a, b, _ in _of_kind(marks, "hidden"))


def _of_kind(marks: Iterable[Any], kind: str) -> list[tuple[int, int, str]]:
    return [(mark[1], mark[2], str(mark[3])) for mark in marks if mark[0] == kind]
