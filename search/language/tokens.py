"""From characters to tokens: words, phrases, operators, parentheses. Everything is read as something or noted."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Literal

from search.language import fields
from search.language.matching import atoms, is_pattern
from search.language.tree import Wildcard

# “ ” „ ‟ « » ＂ and the straight one. ‘ and ’ are apostrophes far more often than quotation marks.
QUOTES = '"“”„‟«»＂'
MINUS = "-−"
_PIECE = re.compile(
    rf"(?P<minus>(?<![^\s(])[{MINUS}])?[{QUOTES}](?P<phrase>[^{QUOTES}]*)[{QUOTES}]"
    rf"|(?P<word>[^\s{QUOTES}]+)|(?P<stray>[{QUOTES}])"
)
# w/5, within/5, near/5, pre/5, onear/5 and /5 in any case; NEAR, NEAR5, ADJ and ADJ5 in capitals.
_WORDS_APART = re.compile(r"(?P<how>w|within|near|pre|onear|)/(?P<n>\d+)", re.IGNORECASE)
_NAMED_APART = re.compile(r"(?P<how>NEAR|ONEAR|ADJ)(?P<n>\d*)")
_SAME_PLACE = re.compile(r"w?/(?P<unit>s|sent|sentence|p|para|paragraph)", re.IGNORECASE)
_NO_PLACE = re.compile(r"w/[a-z]{1,10}", re.IGNORECASE)
NEAR_DISTANCE = 10
MAX_DISTANCE = 100_000
# So many small letters for each capital do not make a heading a sentence.
FEW_SMALL = 0.1
# Two letters or digits at least: one would stand for a tenth of the dictionary.
FEWEST_LETTERS = 2
_FIELD = re.compile(r"([A-Za-z]+):(.*)", re.DOTALL)
_FIELD_OF_GROUP = re.compile(r"([A-Za-z]+):(\(.*)", re.DOTALL)
_LIKE_A_FIELD = re.compile(r"[a-z]+:[^\W_][^/:]*")
_OTHER_LANGUAGES = re.compile(r"&&|\|\|?|<->|<\d+>|~\d*|[~^]\d+(?:\.\d+)?")


class Kind(Enum):
    WORD = auto()
    WILDCARD = auto()
    PHRASE = auto()
    FIELD = auto()
    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    NEAR = auto()


@dataclass(frozen=True)
class Distance:
    """What a NEAR token asks for: so many words, or one sentence or paragraph."""

    words: int = 0
    ordered: bool = False
    unit: Literal["", "sentence", "paragraph"] = ""


@dataclass(frozen=True)
class Token:
    """`text` without the punctuation around it, `typed` with it; `excluded`: a minus sign stood before it.

    `name`: of a FIELD; `distance`: of a NEAR.
    """

    kind: Kind
    text: str = ""
    typed: str = ""
    excluded: bool = False
    name: str = ""
    distance: Distance = Distance()


OPERANDS = (Kind.WORD, Kind.WILDCARD, Kind.PHRASE, Kind.FIELD, Kind.OPEN)


def tokens(raw: str, notes: list[str]) -> list[Token]:
    """The tokens of a cleaned question; sentences about what was read differently from how it was typed go to
    `notes`."""
    found: list[Token] = []
    minus_until = -1
    field: tuple[int, Token] | None = None
    for match in _PIECE.finditer(raw):
        minus = minus_until == match.start()
        if match["stray"]:
            notes.append("A quotation mark has no partner; the words after it were read one by one.")
        elif match["phrase"] is not None:
            text = " ".join(filter(None, map(trimmed, match["phrase"].split())))
            if field and field[0] == match.start():
                found += _quoted_value(field[1], match["phrase"].strip(), text, notes)
            elif text:
                found.append(Token(Kind.PHRASE, text, match[0], minus or bool(match["minus"])))
        else:
            made, dangling = _word(match["word"], minus, notes)
            minus_until = match.end() if dangling == "minus" else -1
            field = None
            if dangling == "field":
                field = match.end(), made.pop()
                if raw[match.end() : match.end() + 1] not in tuple(QUOTES):
                    made.append(replace(field[1], kind=Kind.WORD, text=field[1].name))
            found += made
    return [token for token in found if token.kind is not Kind.FIELD or token.text]


def _quoted_value(field: Token, value: str, text: str, notes: list[str]) -> list[Token]:
    """A field whose value stands in quotation marks, or a phrase if the field has no such values."""
    if not value or not (problem := fields.problem(field.name, value)):
        return [replace(field, text=value)]
    notes.append(f"“{field.name}:{value}” {problem}. It was searched as words.")
    return [Token(Kind.PHRASE, text, text, field.excluded)] if text else []


def trimmed(token: str) -> str:
    """Without the punctuation and symbols around it; marks that belong to letters stay."""
    inside = [i for i, character in enumerate(token) if unicodedata.category(character)[0] in "LNM"]
    return token[inside[0] : inside[-1] + 1] if inside else ""


def _word(piece: str, minus: bool, notes: list[str]) -> tuple[list[Token], str]:
    """The tokens of a run of characters without spaces, and whether a minus or a field waits for what follows."""
    made: list[Token] = []
    start = 0
    while start < len(piece) and piece[start] in "(" + MINUS:
        if piece[start] == "(":
            made.append(Token(Kind.OPEN, typed="(", excluded=minus))
            minus = False
        else:
            minus = True
        start += 1
    if (match := _FIELD_OF_GROUP.fullmatch(piece[start:])) and match[1].lower() in fields.NAMES:
        notes.append(
            f"“{match[1]}:” takes one value: write {match[1]}:this OR {match[1]}:that. Its words were searched."
        )
        inside, waits = _word(match[2], minus, notes)
        return made + inside, waits
    core, closing = _without_closing(piece[start:])
    dangling = ""
    if core:
        token = _token(core, minus, notes)
        made += [token] if token else []
        if token and token.kind is Kind.FIELD and not token.text:
            dangling = "field"
    elif minus and not closing:
        dangling = "minus"
    return made + [Token(Kind.CLOSE, typed=")")] * closing, dangling


def _without_closing(core: str) -> tuple[str, int]:
    """Closing parentheses that no opening one inside belongs to: “12(b)(1)” keeps its own."""
    closing, depth = 0, core.count("(") - core.count(")")
    end = len(core)
    kept = core.rstrip(").,;:")
    for character in reversed(core[len(kept) :]):
        end -= 1
        if character == ")":
            if depth >= 0:
                return core[: end + 1], closing
            depth += 1
            closing += 1
    return kept if closing else core, closing


def _token(core: str, minus: bool, notes: list[str]) -> Token | None:
    if core in ("AND", "OR", "NOT"):
        return Token(Kind[core], core, core)
    if (distance := _distance(core, notes)) is not None:
        return Token(Kind.NEAR, trimmed(core), core, distance=distance)
    if (match := _FIELD.fullmatch(core)) and match[1].lower() in fields.NAMES:
        name, value = match[1].lower(), match[2].strip(",;")
        problem = value and fields.problem(name, value)
        if not problem:
            return Token(Kind.FIELD, value, core, minus, name)
        notes.append(f"“{core}” {problem}. It was searched as words.")
    elif _LIKE_A_FIELD.fullmatch(core):
        notes.append(f"“{core.partition(':')[0]}:” is no field, so its words were searched. Fields: {_field_names()}.")
    wildcard = _wildcard(core, notes)
    if wildcard:
        return Token(Kind.WILDCARD, wildcard, core, minus)
    if _OTHER_LANGUAGES.fullmatch(core):
        notes.append(f"“{core}” could not be understood; the operators are AND, OR, NOT, w/5, pre/5, w/s and w/p.")
    elif core.startswith("!") and trimmed(core):
        notes.append(f"“{core}” was searched as a word. To leave a word out, write a minus sign before it.")
    text = trimmed(core)
    return Token(Kind.WORD, text, core, minus) if text else None


def _field_names() -> str:
    return ", ".join(f"{name}:" for name in fields.NAMES)


def _distance(core: str, notes: list[str]) -> Distance | None:
    if match := _WORDS_APART.fullmatch(core) or _NAMED_APART.fullmatch(core):
        how = match["how"].lower()
        ordered = how in ("pre", "onear", "adj")
        words = min(int(match["n"][:9]), MAX_DISTANCE) if match["n"] else 1 if how == "adj" else NEAR_DISTANCE
        said = f"{'pre' if ordered else 'w'}/{max(words, 1)}"
        if said != core.lower():
            notes.append(f"“{core}” was read as {said}: at most {max(words, 1)} words apart.")
        return Distance(max(words, 1), ordered)
    if match := _SAME_PLACE.fullmatch(core):
        unit: Literal["sentence", "paragraph"] = "sentence" if match["unit"].lower().startswith("s") else "paragraph"
        if core.lower() not in ("w/s", "w/p"):
            notes.append(f"“{core}” was read as w/{unit[0]}: in the same {unit}.")
        return Distance(unit=unit)
    if _NO_PLACE.fullmatch(core):
        notes.append(f"“{core}” could not be understood and was searched as words. Write w/5, w/s or w/p.")
    return None


def _wildcard(core: str, notes: list[str]) -> str:
    """The pattern of a word with a wildcard, in lower case; empty if it is an ordinary word."""
    if re.fullmatch(r"[^\W\d_]{3,}!", core):
        pattern = f"{core[:-1].lower()}*"
        notes.append(f"“{core}” was read as {pattern}: every word that begins so.")
        return pattern
    inner = core.strip("".join({c for c in core if unicodedata.category(c)[0] not in "LNM" and c != "*"}))
    inner = re.sub(r":\*$", "*", inner)
    # ** is emphasis, not a question about words.
    if "**" in inner or not ("*" in inner or re.fullmatch(r"[^\W\d_]+(?:\?[^\W\d_]+)+", inner)):
        return ""
    letters = sum(character.isalnum() for character in inner)
    if letters < FEWEST_LETTERS:
        if letters:
            notes.append(f"“{inner}” needs two letters at least; only the letter was searched.")
        return ""
    if not any(map(is_pattern, atoms(Wildcard(inner)))):
        # “cc-*”, “a_*_b”: it stands by itself, and so for nothing.
        notes.append(f"“{inner}” has no letters right beside its asterisk; it was searched without.")
        return ""
    return inner.lower()


def in_capitals(found: list[Token]) -> bool:
    """Whether a question without any other operator is written in capitals, as headings and clauses of contracts are,
    but for a slip of the finger: AND, OR and NOT are words of it."""
    plain = all(t.kind in (Kind.WORD, Kind.AND, Kind.OR, Kind.NOT) and not t.excluded for t in found)
    letters = [letter for t in found if t.kind is Kind.WORD for letter in t.text if letter.isalpha()]
    large = sum(letter.isupper() for letter in letters)
    small = sum(letter.islower() for letter in letters)
    return plain and large > 1 and small <= FEW_SMALL * large


def groups(found: list[Token]) -> Iterator[Token]:
    """The tokens without parentheses."""
    return (token for token in found if token.kind not in (Kind.OPEN, Kind.CLOSE))
