"""The pages of one document on which a question's words stand, for going from hit to hit."""

from uuid import UUID

from django.db import connection

from search.lanes.tsqueries import any_word, exactly, vector
from search.language.tree import units
from search.page_matches import Patience, page_matches
from search.query import Query
from search.scope import Scope
from search.wanted import is_common, words_of

# A chunk that lies on one page settles that page; of one that crosses a page break the pages' own text decides.
# ts_filter: words of the title or of a heading above do not make a page a hit.
SQL = """
WITH question AS MATERIALIZED (SELECT {words} AS words),
hit AS MATERIALIZED (
  SELECT c.page_from, c.page_to FROM documents_chunk c, question q
  WHERE c.document_id = %s AND c.tsv @@ q.words AND ts_filter(c.tsv, '{{d}}') @@ q.words
),
sure AS (SELECT DISTINCT page_from AS number FROM hit WHERE page_from = page_to),
unsure AS (
  SELECT generate_series(page_from, page_to) AS number FROM hit WHERE page_from < page_to
  EXCEPT SELECT number FROM sure
)
SELECT number FROM sure
UNION
SELECT p.number FROM unsure u
JOIN documents_document d ON d.id = %s
JOIN documents_page p ON p.document_id = d.id AND p.version = d.version AND p.number = u.number
CROSS JOIN question q
WHERE {read} @@ q.words
ORDER BY number
"""


def hit_pages(document_id: UUID, query: Query) -> list[int]:
    """Page numbers in their order, for a document with pages of its own: pages with every phrase in quotation
    marks or, without any, with at least one of the words; of a question with operators, with at least one unit of
    what it looks for. One SQL query, or one for each unit and two. Raises QueryError(wildcard_too_wide)."""
    if not query.text:
        return []
    if query.uses_operators:
        return _with_units(document_id, query)
    numbers = _with_words(document_id, query)
    return [n for n in numbers if any(first <= n <= last for first, last in query.pages)] if query.pages else numbers


def _with_units(document_id: UUID, query: Query) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT case_id FROM documents_document WHERE id = %s", [document_id])
        cases = tuple(case_id for (case_id,) in cursor.fetchall())
    scope = Scope(cases, document_ids=(document_id,), pages=query.pages)
    words, patience = words_of(query.tree, cases), Patience()
    wanted = [unit for unit in units(query.tree, positive=True) if not is_common(unit, words)]
    found = [page_matches(unit, words, scope, patience) for unit in dict.fromkeys(wanted)]
    return sorted({place.page for matches in found for place in matches.places})


def _with_words(document_id: UUID, query: Query) -> list[int]:
    words, params = exactly(query) if query.phrases else any_word(query)
    with connection.cursor() as cursor:
        cursor.execute(SQL.format(words=words, read=vector("p.text")), [*params, document_id, document_id])
        return [number for (number,) in cursor.fetchall()]
