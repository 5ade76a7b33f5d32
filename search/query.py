"""What a person typed, as a question with a type. Plain Python; lenient: what is not understood becomes a note.

    text ─ clean ─▶ raw ─ tokens ─▶ ─ grammar ─▶ tree       see docs/search.md for the language

A question without operators stays a list of words and phrases: it is ranked by all the lanes. Once it uses
operators, they are followed to the letter.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from search.language import fields
from search.language.errors import QueryError
from search.language.fields import PageRange
from search.language.grammar import as_words, leaf, tree, uses_operators
from search.language.tokens import Kind, Token, groups, in_capitals, tokens, trimmed
from search.language.tree import And, Field, Node, Not, Or, Phrase, Wildcard, Word, all_of, any_of, leaves, units
from search.language.tree import fields as fields_in

# Far beyond what a person types; small enough that the work for one query stays bounded.
MAX_BYTES = 10_000
MAX_TERMS = 200
MAX_NOTES = 12

__all__ = ["MAX_BYTES", "MAX_TERMS", "Query", "QueryError", "clean", "parse"]


@dataclass(frozen=True)
class Query:
    """A parsed question. Words are as typed, without the punctuation around them; stemming is the index's affair.

    terms      words to look for outside quotation marks, in their order
    phrases    runs of words that stood in quotation marks
    wildcards  words with * or ?
    excluded   words, phrases or wildcards that must not occur
    text       all that is looked for, quoted or not, in its order; of wildcards, their letters
    raw        the question as shown again: cleaned, one space between words
    tree       what documents must fulfil; None if nothing
    filters    fields that every hit's document must have
    pages      where hits must stand: ranges of page numbers, both ends included; everywhere if empty
    notes      sentences for the person who asked about what was read differently from how it was typed
    uses_operators   the tree says all: which documents, and which words to look for in them
    """

    terms: tuple[str, ...]
    phrases: tuple[str, ...]
    excluded: tuple[str, ...]
    text: str
    raw: str
    notes: tuple[str, ...] = ()
    wildcards: tuple[str, ...] = ()
    tree: Node | None = None
    filters: tuple[Field, ...] = ()
    pages: tuple[PageRange, ...] = ()
    uses_operators: bool = False


def parse(text: str, *, to_the_letter: bool = False) -> Query:
    """Read a question. `to_the_letter`: as if it used operators, so that words side by side are all wanted.

    Raises QueryError(query_empty | query_too_long | query_too_many_terms | query_too_deep | query_too_complex).
    """
    # Counted before cleaning: that is what was sent, and cleaning is work too.
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise QueryError("query_too_long", f"Please shorten the question: at most {MAX_BYTES:,} bytes are read.")
    raw = clean(text)
    if not raw:
        raise QueryError("query_empty", "Type the words to look for.")
    notes: list[str] = []
    found = _settled(tokens(raw, notes), notes)
    if sum(len(token.text.split()) for token in found if token.kind in _COUNTED) > MAX_TERMS:
        raise QueryError("query_too_many_terms", f"Please use fewer words: at most {MAX_TERMS} are read.")
    if to_the_letter or uses_operators(found):
        return _followed(found, raw, notes)
    return _plain(list(groups(found)), raw, notes)


def clean(text: str) -> str:
    """Composed (NFC), without NUL, control, bidi, zero-width and unpaired characters, one space between words."""
    kept = (
        character if (kind := unicodedata.category(character)) not in ("Cc", "Cf", "Cs") else " " * (kind == "Cc")
        for character in unicodedata.normalize("NFC", text)
    )
    return " ".join("".join(kept).split())


_COUNTED = (Kind.WORD, Kind.WILDCARD, Kind.PHRASE, Kind.FIELD)


def _settled(found: list[Token], notes: list[str]) -> list[Token]:
    """What only the whole question can tell: operators that are words here, and an exclamation mark at its end."""
    if in_capitals(found):
        if any(token.kind is not Kind.WORD for token in found):
            notes.append("All or nearly all is in capitals, so AND, OR and NOT were searched as words.")
        return as_words(found)
    last = found[-1] if found else None
    others = found[:-1]
    exclaimed = last and last.kind is Kind.WILDCARD and last.typed.endswith("!") and len(others) >= 3
    if last and exclaimed and not uses_operators(others):
        notes[:] = [note for note in notes if f"“{last.typed}”" not in note]
        return [*others, Token(Kind.WORD, trimmed(last.typed), last.typed, last.excluded)]
    return _with_both_sides(found, notes)


def _with_both_sides(found: list[Token], notes: list[str]) -> list[Token]:
    """Without operators that have nothing to their left or right."""
    kept: list[Token] = []
    for token, following in zip(found, [*found, None][1:], strict=True):
        if token.kind in (Kind.AND, Kind.OR, Kind.NEAR):
            before = kept[-2:-1] if token.kind is Kind.NEAR and kept and kept[-1].kind is Kind.NOT else kept[-1:]
            left = bool(before) and before[0].kind in (*_COUNTED, Kind.CLOSE)
            if not left or following is None or following.kind not in (*_COUNTED, Kind.OPEN, Kind.NOT):
                notes.append(f"“{token.typed}” has nothing on one side and was left out.")
                continue
        kept.append(token)
    return kept


def _plain(found: Sequence[Token], raw: str, notes: list[str]) -> Query:
    wanted: list[Token] = []
    excluded: list[Token] = []
    conditions: list[Node] = []
    pages: list[PageRange] = []
    negated = False
    for token in found:
        if token.kind is Kind.NOT:
            negated = True
            continue
        away = negated or token.excluded
        if token.kind is Kind.FIELD:
            _put(Not(leaf(token)) if away else leaf(token), conditions, pages, notes)
        else:
            (excluded if away else wanted).append(token)
        negated = False
    if not wanted and not conditions and not pages:
        notes.append("There is no word to look for in this question.")
    conditions += [Not(leaf(token)) for token in excluded]
    return Query(
        terms=tuple(token.text for token in wanted if token.kind is not Kind.PHRASE),
        phrases=tuple(token.text for token in wanted if token.kind is Kind.PHRASE),
        excluded=tuple(token.text for token in excluded),
        text=" ".join(token.text for token in wanted),
        raw=raw,
        notes=_said(notes),
        tree=all_of(conditions),
        filters=tuple(node for node in conditions if isinstance(node, Field)),
        pages=tuple(pages),
    )


def _followed(found: Sequence[Token], raw: str, notes: list[str]) -> Query:
    made = tree(found, notes)
    conditions: list[Node] = []
    pages: list[PageRange] = []
    for part in made.children if isinstance(made, And) else [made] if made else []:
        _put(part, conditions, pages, notes)
    made = all_of(conditions)
    wanted = [leaf for unit in units(made, positive=True) for leaf in leaves(unit)]
    if not wanted and not pages and not any(fields_in(made)):
        notes.append("There is no word to look for in this question.")
    return Query(
        terms=tuple(node.text for node in wanted if isinstance(node, Word)),
        phrases=tuple(node.text for node in wanted if isinstance(node, Phrase)),
        wildcards=tuple(node.pattern for node in wanted if isinstance(node, Wildcard)),
        excluded=tuple(_text(leaf) for unit in units(made, positive=False) for leaf in leaves(unit)),
        text=" ".join(filter(None, map(_text, wanted))),
        raw=raw,
        notes=_said(notes),
        tree=made,
        filters=tuple(node for node in conditions if isinstance(node, Field)),
        pages=tuple(pages),
        uses_operators=True,
    )


def _text(node: Word | Wildcard | Phrase) -> str:
    if not isinstance(node, Wildcard):
        return node.text
    parts = re.split(r"[*?]", node.pattern)
    return " ".join(part for part in parts if any(c.isalnum() for c in part))


def _put(node: Node, conditions: list[Node], pages: list[PageRange], notes: list[str]) -> None:
    """A condition on documents, or where page: stands by itself, one on where the hits are."""
    if isinstance(node, Field) and node.name == "page":
        read = fields.pages(node.value)
        assert read is not None
        pages.append(read)
        return
    kept = _without_pages(node, notes)
    if kept is not None:
        conditions.append(kept)


def _without_pages(node: Node, notes: list[str]) -> Node | None:
    if isinstance(node, Field) and node.name == "page":
        notes.append("page: can only narrow the whole question; inside OR and NOT it was left out.")
        return None
    if isinstance(node, Not):
        child = _without_pages(node.child, notes)
        return Not(child) if child is not None else None
    if isinstance(node, And):
        return all_of([kept for child in node.children if (kept := _without_pages(child, notes)) is not None])
    if isinstance(node, Or):
        return any_of([kept for child in node.children if (kept := _without_pages(child, notes)) is not None])
    return node


def _said(notes: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(notes))[:MAX_NOTES]
