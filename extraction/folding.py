"""Text as it is compared, with the way back: what typesetting did to words is undone, and every character of the
folded text knows its place in the original.

    The par-        The parties of ﬁrst resort      “parties” ◀ “par-⏎ties”,  “first” ◀ “ﬁrst”
    ties of ﬁrst    ▲ folded
    resort
"""

import re
import unicodedata
from dataclasses import dataclass

# A hyphen at a line's end between letters, the second part in lower case; a soft hyphen anywhere.
_BROKEN = re.compile(r"(?<=[^\W\d_])[-\u2010\u00ad][ \t]*\n[ \t]*(?=[a-z\u00df-\u00ff])")
_NOTHING = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
# Ligatures, full-width forms and mathematical letters; not superscripts or fractions, whose digits mean something else.
_COMPATIBLE = re.compile("[\ufb00-\ufb06\uff01-\uff5e\U0001d400-\U0001d7ff]")
_HYPHEN_AT_END = re.compile(r"-[ \t]*\n")
_SPECIAL = re.compile(f"{_BROKEN.pattern}|{_NOTHING.pattern}|{_COMPATIBLE.pattern}")


# A word: letters and digits, with combining accents. 24-cv-01234 or a@b.org are several.
WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")


@dataclass(frozen=True)
class Folded:
    """`cuts`: (place in `text`, place in the original) where the distance between the two changes, in order."""

    text: str
    cuts: tuple[tuple[int, int], ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that the folded characters [start, end) come from."""
        return self.place(start), self.place(end - 1, last=True) + 1 if end > start else self.place(start)

    def place(self, at: int, *, last: bool = False) -> int:
        """Where a folded character stands in the original; the `last` of what it stands for, if several."""
        distance = 0
        for folded, original in self.cuts:
            if folded > at:
                break
            distance = original - folded
        return at + distance


def needs_folding(text: str) -> bool:
    """Whether folding would change anything."""
    # Most pages are plain, and that is seen ten times as fast.
    if text.isascii() and not _HYPHEN_AT_END.search(text):
        return False
    return _SPECIAL.search(text) is not None


def fold(text: str) -> Folded:
    """The text with words put together again."""
    if not needs_folding(text):
        return Folded(text, ())
    parts: list[str] = []
    cuts: list[tuple[int, int]] = []
    at = length = 0
    for match in _SPECIAL.finditer(text):
        kept = text[at : match.start()]
        expanded = unicodedata.normalize("NFKC", match[0]) if _COMPATIBLE.fullmatch(match[0]) else ""
        parts += [kept, expanded]
        length += len(kept)
        if expanded:
            # Every letter of a ligature leads to the ligature.
            cuts += [(length + i, match.start()) for i in range(len(expanded))]
        length += len(expanded)
        at = match.end()
        cuts.append((length, at))
    parts.append(text[at:])
    return Folded("".join(parts), tuple(cuts))


def broken_words(text: str) -> list[str]:
    """Words cut at a line's end, with their hyphen: “long-⏎term” may mean “longterm” or “long-term”."""
    return [
        f"{before[0]}-{after[0]}"
        for match in _BROKEN.finditer(text)
        if (before := re.search(r"\w+$", text[max(0, match.start() - 40) : match.start()]))
        and (after := re.match(r"\w+", text[match.end() : match.end() + 40]))
    ]


def searchable(text: str) -> str:
    """What the word index reads instead of the text; empty where it can read the text itself."""
    if not needs_folding(text):
        return ""
    return "\n".join([fold(text).text, *broken_words(text)])
