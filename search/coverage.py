"""How much of the record an answer rests on, and which words of a question occur at all."""

from dataclasses import dataclass

from django.db import connection

from search.lanes.tsqueries import in_a_row
from search.query import Query
from search.scope import Scope

SQL = """
WITH document AS MATERIALIZED (
  SELECT id, version, status, stage, page_count FROM documents_document
  WHERE duplicate_of_id IS NULL AND id IN ({documents})
),
page AS (
  SELECT count(*) FILTER (WHERE p.state <> 'unreadable') AS searched,
         count(*) FILTER (WHERE p.state = 'unreadable') AS unreadable
  FROM documents_page p JOIN document d ON p.document_id = d.id AND p.version = d.version
),
waiting AS (
  SELECT count(*) FILTER (WHERE version = 0 AND status <> 'failed') AS documents,
         coalesce(sum(page_count) FILTER (WHERE version = 0 AND status <> 'failed'), 0) AS pages,
         count(*) FILTER (WHERE version = 0 AND status = 'failed') AS failed,
         count(*) FILTER (WHERE version > 0 AND stage = 'embed') AS without_vectors
  FROM document
)
SELECT p.searched, p.unreadable, w.pages, w.documents, w.failed, w.without_vectors FROM page p, waiting w
"""

# Word by word as the phrase lane reads them; numnode = 0 where a word is too common to be indexed.
TERMS_SQL = """
SELECT t.term, numnode(t.words) = 0,
       (SELECT count(DISTINCT c.document_id) FROM documents_chunk c WHERE {scope} AND c.tsv @@ t.words)
FROM (SELECT term, place, {read} AS words
      FROM unnest(%s::text[]) WITH ORDINALITY AS asked(term, place)) t
ORDER BY t.place
"""
# Each costs a look into the index; more would not be read either.
MAX_TERMS_EXPLAINED = 20


@dataclass(frozen=True)
class Coverage:
    """Pages and documents (originals) of a scope.

    pages_searched             read, and so found if they hold the words; blank pages included
    pages_unreadable           tried in vain
    pages_waiting              of documents that are not read to their end yet, as far as their length is known
    documents_waiting, documents_failed   of which nothing can be found yet, or at all
    documents_without_vectors  found by words, not yet by meaning
    """

    pages_searched: int = 0
    pages_unreadable: int = 0
    pages_waiting: int = 0
    documents_waiting: int = 0
    documents_failed: int = 0
    documents_without_vectors: int = 0

    @property
    def pages(self) -> int:
        return self.pages_searched + self.pages_unreadable + self.pages_waiting


@dataclass(frozen=True)
class TermCount:
    """In how many documents of the scope a word or phrase occurs; `common`: too common to be indexed."""

    term: str
    common: bool
    documents: int


def coverage_of(scope: Scope) -> Coverage:
    """What of the scope can be found; one SQL query."""
    documents, params = scope.documents()
    with connection.cursor() as cursor:
        cursor.execute(SQL.format(documents=documents), params)
        return Coverage(*cursor.fetchone())


def term_counts(query: Query, scope: Scope) -> tuple[TermCount, ...]:
    """For a question without hits: which of its words occur; one SQL query."""
    terms = list(dict.fromkeys([*query.phrases, *query.terms]))[:MAX_TERMS_EXPLAINED]
    where, params = scope.where("c")
    with connection.cursor() as cursor:
        cursor.execute(TERMS_SQL.format(scope=where, read=in_a_row("term")), [*params, terms])
        return tuple(TermCount(*row) for row in cursor.fetchall())
