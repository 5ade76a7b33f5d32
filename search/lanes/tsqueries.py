"""SQL pieces that the word lanes share. The configuration is that of Chunk.tsv: both sides must stem alike."""

from collections.abc import Sequence

from documents.word_index import apart
from search.query import Query
from search.scope import Sql

CONFIG = "english"
# In the text of a tsquery, every quoted lexeme ends before a space, a parenthesis or the end.
_END_OF_LEXEME, _WEIGHT_D = r"$$'(?=[ )]|$)$$", "$$':D$$"
LONGEST_LEXEME_BYTES = 2046
# The text of a tsquery for a column `lexeme`.
QUOTED = r"""('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''')"""


def vector(sql: str) -> str:
    """A tsvector of a text, which is itself SQL."""
    return f"to_tsvector('{CONFIG}', {apart(sql)})"


def in_a_row(sql: str) -> str:
    """A tsquery of the words of a text, one after the other."""
    return f"phraseto_tsquery('{CONFIG}', {apart(sql)})"


def exactly(query: Query) -> Sql:
    """A tsquery of the exact words: every quoted phrase, or without quotation marks all the words in their order.

    Empty (and so matching nothing) where all words are too common to be indexed.
    """
    phrases = list(query.phrases) or [query.text]
    return " && ".join([in_a_row("%s")] * len(phrases)), list(phrases)


def any_word(query: Query) -> Sql:
    """A tsquery of any of the words."""
    # A lexeme becomes a tsquery by quoting it: parsing it again could stem it twice or cut it into pieces.
    words = f"unnest({vector('%s')})"
    return f"(SELECT string_agg({QUOTED}, ' | ')::tsquery FROM {words})", [query.text]  # noqa: S608 - our own pieces


def one_word(word: str) -> Sql:
    """A tsquery of a word as typed, of all its parts in a row where the index has several; in the text itself only,
    not in a document's name or the heading above (weight D)."""
    return f"regexp_replace({in_a_row('%s')}::text, {_END_OF_LEXEME}, {_WEIGHT_D}, 'g')::tsquery", [word]


def any_lexeme(lexemes: Sequence[str]) -> Sql:
    """A tsquery of any of these lexemes in the text itself; a trailing * for all that begins so. Matches nothing
    without any."""
    # PostgreSQL refuses longer ones in a question, and has none in an index.
    lexemes = [lexeme for lexeme in lexemes if len(lexeme.encode()) <= LONGEST_LEXEME_BYTES]
    quoted = ("'" + lexeme.rstrip("*").replace("\\", r"\\").replace("'", "''") + "'" for lexeme in lexemes)
    labels = (":*D" if lexeme.endswith("*") else ":D" for lexeme in lexemes)
    return "%s::tsquery", [" | ".join(f"{text}{label}" for text, label in zip(quoted, labels, strict=True))]


def any_of(queries: Sequence[Sql]) -> Sql:
    """A tsquery of any of these tsqueries."""
    return f"({' || '.join(sql for sql, _ in queries)})", [param for _, params in queries for param in params]
