"""What the words of a question can stand for in some cases: other endings, wildcards, what was probably meant.

Only words of those cases are ever looked at (documents.VocabularyWord, written by the index stage).
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from search.lanes.trigrams import available
from search.lanes.tsqueries import CONFIG, in_a_row
from search.language.errors import QueryError
from search.scope import Scope

# More words than this, and the wildcard says nothing in particular. How a word begins costs less than how it ends.
MOST_WORDS, MOST_BEGINNINGS = 1_000, 10_000
# Suggestions: likeness of three-letter pieces from which a word is looked at, and letters that may differ.
LIKE = 0.35

ENDINGS = f"""
SELECT a.atom, array_agg(DISTINCT v.word) FROM unnest(%s::text[]) AS a(atom)
JOIN documents_vocabularyword v
  ON v.case_id = ANY(%s) AND v.stem = ANY(tsvector_to_array(to_tsvector('{CONFIG}', a.atom)))
GROUP BY a.atom
"""  # noqa: S608
FITTING = """
SELECT DISTINCT word, stem FROM documents_vocabularyword WHERE case_id = ANY(%s) AND word LIKE %s LIMIT %s
"""
STEMS_OF_OTHERS = """
SELECT EXISTS (SELECT 1 FROM documents_vocabularyword
               WHERE case_id = ANY(%s) AND stem = ANY(%s) AND stem <> '' AND word NOT LIKE %s)
"""
UNKNOWN = f"""
SELECT a.word FROM unnest(%s::text[]) AS a(word)
WHERE numnode({in_a_row("a.word")}) > 0 AND NOT EXISTS (
  SELECT 1 FROM documents_vocabularyword v
  WHERE v.case_id = ANY(%s) AND v.stem = ANY(tsvector_to_array(to_tsvector('{CONFIG}', a.word))))
"""  # noqa: S608
OCCURRING = """
SELECT a.word FROM unnest(%s::text[]) AS a(word)
WHERE EXISTS (SELECT 1 FROM documents_chunk c WHERE {scope} AND c.tsv @@ {read})
"""
ALIKE = """
SELECT word FROM documents_vocabularyword
WHERE case_id = ANY(%s) AND word %% %s AND similarity(word, %s) >= %s
GROUP BY word ORDER BY similarity(word, %s) DESC, word LIMIT 10
"""


@dataclass(frozen=True)
class Expansion:
    """The words a wildcard stands for.

    lexemes  what the index has for them; a trailing * for all that begins so
    exact    nothing else in these cases has those lexemes
    """

    words: tuple[str, ...]
    lexemes: tuple[str, ...]
    exact: bool


def endings(words: Collection[str], case_ids: Sequence[UUID]) -> dict[str, set[str]]:
    """For each word (lower case) the words of the cases that the index takes for the same, itself included."""
    found = {word: {word} for word in words}
    with connection.cursor() as cursor:
        cursor.execute(ENDINGS, [sorted(words), list(case_ids)])
        for word, same in cursor.fetchall():
            found[word].update(same)
    return found


def expand(pattern: str, case_ids: Sequence[UUID]) -> Expansion:
    """What a pattern with * and ? (lower case, without other punctuation) stands for.

    Raises QueryError(wildcard_too_wide).
    """
    start = re.match(r"[^*?]*", pattern)
    assert start is not None
    beginning = start[0] if pattern == f"{start[0]}*" else ""
    most = MOST_BEGINNINGS if beginning else MOST_WORDS
    like = _like(pattern)
    with connection.cursor() as cursor:
        cursor.execute(FITTING, [list(case_ids), like, most + 1])
        rows = cursor.fetchall()
        if len(rows) > most:
            raise QueryError("wildcard_too_wide", f"“{pattern}” fits more than {most:,} words. Please add letters.")
        stems = {stem for _, stem in rows if stem}
        cursor.execute(STEMS_OF_OTHERS, [list(case_ids), sorted(stems), like])
        exact = not cursor.fetchone()[0]
    if beginning:
        # The index knows stems: “indemnif*” must also find indemnify, which it knows as indemnifi, and “contracting*”
        # contracting, which it knows as contract.
        lexemes = [f"{beginning}*", *sorted(stem for stem in stems if not stem.startswith(beginning))]
    else:
        lexemes = sorted(stems)
    return Expansion(tuple(sorted(word for word, _ in rows)), tuple(lexemes), exact)


def unknown(words: Iterable[str], scope: Scope) -> list[str]:
    """Those of the words that surely do not occur in the scope, in their order."""
    words = list(dict.fromkeys(words))
    with connection.cursor() as cursor:
        cursor.execute(UNKNOWN, [words, list(scope.case_ids)])
        missing = [word for (word,) in cursor.fetchall()]
    # Names of documents are indexed as well, and what is one word to the index alone, such as U.S.C.
    there = set(occurring(missing, scope)) if missing else set()
    return [word for word in words if word in missing and word not in there]


def occurring(words: Sequence[str], scope: Scope) -> list[str]:
    """Those of the words that the index finds in the scope now."""
    where, params = scope.where("c")
    with connection.cursor() as cursor:
        cursor.execute(OCCURRING.format(scope=where, read=in_a_row("a.word")), [list(words), *params])
        return [word for (word,) in cursor.fetchall()]


def suggestion(word: str, scope: Scope) -> str:
    """The word of the scope that was most probably meant, empty if none is near."""
    said = word.lower()
    if not 4 <= len(said) <= 40 or not available():
        return ""
    with connection.cursor() as cursor:
        cursor.execute(ALIKE, [list(scope.case_ids), said, said, LIKE, said])
        alike = [found for (found,) in cursor.fetchall()]
    near = [found for found in alike if 0 < differences(said, found) <= 1 + len(said) // 5]
    if not near:
        return ""
    # Nothing is suggested that could not be found, or that only a document which is gone ever said.
    there = set(occurring(near, scope))
    return min(
        (found for found in near if found in there), key=lambda w: (differences(said, w), near.index(w)), default=""
    )


def differences(a: str, b: str) -> int:
    """Letters to insert, delete, replace, or swap with their neighbour, to make one word of the other."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, last, row = row, before, [i]
        for j, y in enumerate(b, 1):
            best = min(row[j - 1] + 1, before[j] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return row[-1]


def _like(pattern: str) -> str:
    escaped = re.sub(r"([\\%_])", r"\\\1", pattern)
    return escaped.replace("*", "%").replace("?", "_")
