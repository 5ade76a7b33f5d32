"""Page numbers as people write them: 3, 7–9."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Numbered = tuple[int, str]


@dataclass(frozen=True)
class PageRange:
    """Pages `first` to `last`, both included."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}–{self.last}"


def ranges_by_reason(pages: Iterable[Numbered]) -> dict[str, list[PageRange]]:
    """Runs of consecutive pages for each reason, in order of page; `pages` are (number, reason), sorted by number."""
    found: dict[str, list[PageRange]] = {}
    for number, reason in pages:
        runs = found.setdefault(reason, [])
        if runs and runs[-1].last == number - 1:
            runs[-1] = PageRange(runs[-1].first, number)
        else:
            runs.append(PageRange(number, number))
    return found
