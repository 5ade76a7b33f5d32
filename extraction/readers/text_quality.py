"""How far a page's text is text: 1 for what somebody wrote, towards 0 for what a broken font map or encoding made.

A PDF shows glyphs and, apart from them, says what characters they are. When it says nothing, or lies, the page looks
right and its text is `(cid:12)(cid:7)`, private-use characters, `7KH &RXUW` (each letter moved along by 29), symbols,
or letters in an order no language has. The score is the least of what these defects leave:

letters    how usual pairs of neighbouring letters are, in 20 languages written with Latin letters
scattered  how many letters stand alone, as when each is a line of its own
ideograms  how many belong to the common half of their national standards
strays     controls, private and unassigned characters, `(cid:n)`, UTF-8 read as Latin-1
mixture    letters of two scripts, or signs, within one word; signs where letters should be
"""

import codecs
import functools
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# A text scored below this is not to be trusted.
GARBAGE = 0.6
# Shorter than this a text proves nothing about its letters.
FEW_LETTERS, FEW_VISIBLE = 40, 40
# Mean log2 probability of a letter after the one before. Measured: 480 real pages have -4.3 or more, half of them
# -3.7; the samples, each language left out of the table in turn, -4.4 or more; letters moved along or swapped, -5.2.
USUAL, UNUSUAL = -4.3, -5.3
# Of each defect: the share that is harmless, and the share that leaves nothing.
BOUNDS = {"scattered": (0.3, 0.8), "strays": (0.02, 0.15), "mixture": (0.08, 0.3), "signs": (0.4, 0.8)}
# With this share of digits a text is one of figures.
FIGURED = 0.3
SAMPLES = Path(__file__).with_name("letter_samples.txt")

_STRAY, _SPACE, _DIGIT, _SIGN, _JOINER, _MARK, _COMMON_IDEOGRAM, _RARE_IDEOGRAM = range(8)
# Letters of other scripts: one class for each block of them; then the Latin ones, a to z.
_SCRIPTS, _LATIN = 20, 200
_SCRIPT_OF = np.arange(256, dtype=np.uint8)
_SCRIPT_OF[_LATIN:] = _LATIN
_SCRIPT_OF[_RARE_IDEOGRAM] = _COMMON_IDEOGRAM
_NEUTRAL = np.isin(np.arange(256), (_JOINER, _MARK, _DIGIT))
_WORD, _WORD_ALONE = re.compile(r"[^\W\d_]+"), re.compile(r"(?<![\d_])\b[^\W\d_]+\b(?![-/]?\d)")
_CID = re.compile(r"\(cid:\d{1,5}\)")
# UTF-8's two and three bytes read as Windows-1252.
_TRAILING = "[€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\u0080-\u00bf]"
_MOJIBAKE = re.compile(f"[Â-Åà-ï]{_TRAILING}{{1,2}}")
# Inside words, these join: don't, and/or, A.M., AT&T, mother-in-law.
_JOINERS = "'’-‐‑–./&_@:·+,;()[]=?#%~\u00ad\u200b\u200c\u200d"


@dataclass(frozen=True)
class Quality:
    """`score` from 0 to 1, and the shares it comes from; `letters` and `ideograms` are 1 where there are too few."""

    score: float
    letters: float = 1.0
    scattered: float = 0.0
    ideograms: float = 1.0
    strays: float = 0.0
    mixture: float = 0.0
    signs: float = 0.0


def score(text: str) -> float:
    """The quality of a text from 0 to 1; 1 for a text too short to tell."""
    return assess(text).score


def assess(text: str) -> Quality:
    """The score and what it rests on. Takes about 0.1 ms a page."""
    codes = _codes(text)
    kinds = _kinds()[codes]
    visible = int((kinds != _SPACE).sum())
    if not visible:
        return Quality(1.0)
    strays = ((kinds == _STRAY).sum() + _spoilt(text)) / visible
    letters, scattered = _letters(kinds)
    if letters < 1:
        letters = max(letters, _letters(_kinds()[_codes(_words_once(text))])[0])
    ideograms = _ideograms(kinds)
    mixture, signs = _mixture(kinds), _signs(codes, kinds)
    shares = {"scattered": scattered, "strays": strays, "mixture": mixture, "signs": signs}
    left = min(letters, ideograms, *(_left(float(share), *BOUNDS[name]) for name, share in shares.items()))
    told = {name: float(value) for name, value in (shares | {"letters": letters, "ideograms": ideograms}).items()}
    return Quality(float(left), **told)


def _codes(text: str) -> np.ndarray:
    """The characters as numbers; all beyond the basic plane as its end."""
    return np.minimum(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4"), 0x10000)


def _words_once(text: str) -> str:
    """Each word once: a ledger says `Inv.` and `Ck` on every row, and that is all it says in letters.

    Where there are many figures, letters that are joined to them belong to a number, as in a hash.
    """
    written = sum(char.isalnum() for char in text)
    figured = sum(char.isdigit() for char in text) >= FIGURED * written
    return " ".join(dict.fromkeys((_WORD_ALONE if figured else _WORD).findall(text.lower())))


def _left(share: float, harmless: float, ruinous: float) -> float:
    """1 up to the harmless share of a defect, 0 from the ruinous one on."""
    return float(np.clip((ruinous - share) / (ruinous - harmless), 0.0, 1.0))


def _spoilt(text: str) -> int:
    """Characters that belong to `(cid:n)` or to UTF-8 read as Latin-1."""
    found = sum(len(match[0]) for match in _CID.finditer(text)) if "(cid:" in text else 0
    return found if text.isascii() else found + sum(len(match[0]) for match in _MOJIBAKE.finditer(text))


def _letters(kinds: np.ndarray) -> tuple[float, float]:
    """How usual the order of the Latin letters is, from 0 to 1, and the share of them that stand alone."""
    places = np.where(kinds >= _LATIN, kinds - (_LATIN - 1), 0)
    count = int((places > 0).sum())
    if count < FEW_LETTERS:
        return 1.0, 0.0
    edged = np.concatenate([[0], places, [0]])
    # A letter between digits is part of a number.
    digits = np.concatenate([[False], kinds == _DIGIT, [False]])
    free = (edged == 0) & ~digits
    alone = int(((edged[1:-1] > 0) & free[:-2] & free[2:]).sum())
    before, after = edged[:-1], edged[1:]
    within = (before > 0) & (after > 0) if alone > count / 4 else (before > 0) | (after > 0)
    if within.sum() < FEW_LETTERS:
        return 1.0, alone / count
    usual = float(_pairs()[before[within], after[within]].mean())
    return float(np.clip((usual - UNUSUAL) / (USUAL - UNUSUAL), 0.0, 1.0)), alone / count


def _ideograms(kinds: np.ndarray) -> float:
    common, rare = int((kinds == _COMMON_IDEOGRAM).sum()), int((kinds == _RARE_IDEOGRAM).sum())
    return 1.0 if common + rare < FEW_LETTERS / 2 else _left(rare / (common + rare), 0.15, 0.5)


def _mixture(kinds: np.ndarray) -> float:
    """Of neighbours of which one is a letter and neither is space: how many belong to different kinds of writing."""
    script, neutral = _SCRIPT_OF[kinds], _NEUTRAL[kinds]
    before, after = script[:-1], script[1:]
    inside = (before != _SPACE) & (after != _SPACE) & ((before >= _SCRIPTS) | (after >= _SCRIPTS))
    count = int(inside.sum())
    if count < FEW_LETTERS:
        return 0.0
    return float((inside & (before != after) & ~(neutral[:-1] | neutral[1:])).sum() / count)


def _signs(codes: np.ndarray, kinds: np.ndarray) -> float:
    """The share of signs among all that is visible; a row of one sign (leaders, rules) counts once."""
    visible = kinds != _SPACE
    fresh = visible & (np.diff(codes, prepend=np.uint32(0)) != 0)
    count = int(fresh.sum())
    if count < FEW_VISIBLE:
        return 0.0
    sign = (kinds == _SIGN) | (kinds == _JOINER)
    return float((fresh & sign).sum() / count)


@functools.cache
def _pairs() -> np.ndarray:
    """log2 of the probability of each letter (0 is a word's edge) after each other, from the samples."""
    counts = np.full((27, 27), 0.1)
    for line in SAMPLES.read_text(encoding="utf-8").splitlines():
        codes = np.frombuffer(line[4:].encode("utf-32-le"), dtype="<u4")
        kinds = _kinds()[np.minimum(codes, 0x10000)]
        places = np.where(kinds >= _LATIN, kinds - (_LATIN - 1), 0)
        np.add.at(counts, (places[:-1], places[1:]), 1)
    # That a sign follows a sign says nothing of letters.
    counts[0, 0] = 0.1
    return np.log2(counts / counts.sum(axis=1, keepdims=True))


@functools.cache
def _kinds() -> np.ndarray:
    """The class of every character of the basic plane, and of all beyond it in the last place."""
    kinds = np.full(0x10001, _SIGN, dtype=np.uint8)
    for code in range(0x10000):
        kinds[code] = _kind(chr(code))
    for standard, leads, trails in (
        ("gb2312", range(0xB0, 0xD8), range(0xA1, 0xFF)),
        ("big5", range(0xA4, 0xC7), [*range(0x40, 0x7F), *range(0xA1, 0xFF)]),
        ("shift_jis", range(0x88, 0x99), [*range(0x40, 0x7F), *range(0x80, 0xFD)]),
    ):
        for lead in leads:
            for trail in trails:
                char = codecs.decode(bytes((lead, trail)), standard, "ignore")
                if len(char) == 1 and kinds[ord(char)] == _RARE_IDEOGRAM:
                    kinds[ord(char)] = _COMMON_IDEOGRAM
    return kinds


def _kind(char: str) -> int:
    code, category = ord(char), unicodedata.category(char)
    if char in " \t\n\r\f\v\u00a0\u3000" or category in ("Zs", "Zl", "Zp"):
        return _SPACE
    if char in _JOINERS:
        return _JOINER
    if category in ("Cc", "Cn", "Co", "Cs") or char == "\ufffd":
        return _STRAY
    if 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF:
        return _RARE_IDEOGRAM
    if category == "Nd":
        return _DIGIT
    if category[0] == "L":
        return _letter(char, code)
    # Accents and vowel signs go with any letter.
    return _MARK if category[0] == "M" else _SIGN


def _letter(char: str, code: int) -> int:
    base = {"ß": "s", "ø": "o", "Ø": "o", "æ": "a", "Æ": "a", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ı": "i"}.get(
        char, unicodedata.normalize("NFKD", char)[0]
    ).lower()
    if "a" <= base <= "z":
        return _LATIN + ord(base) - ord("a")
    if 0x3040 <= code <= 0x31FF or 0xFF66 <= code <= 0xFF9F:
        # Kana stand among ideograms.
        return _COMMON_IDEOGRAM
    return min(_SCRIPTS + code // 0x100, _LATIN - 1)
