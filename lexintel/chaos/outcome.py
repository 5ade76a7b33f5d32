"""What came of the documents of a case, in a form that can be compared between two runs: byte for byte."""

from dataclasses import dataclass

from lexintel.chaos.stack import Stack

FINISHED = ("ready", "partial", "failed")


@dataclass(frozen=True)
class Outcome:
    """`remarks`: error code, warnings and page count; digests are of everything a page, a chunk or a vector holds."""

    status: str
    remarks: str
    pages: int
    page_digest: str
    chunks: int
    chunk_digest: str
    vectors: int
    vector_digest: str


_ORIGINALS = """
WITH RECURSIVE placed AS (
  SELECT id, name::text AS place FROM documents_document
  WHERE case_id = %s AND parent_id IS NULL AND duplicate_of_id IS NULL
  UNION ALL
  SELECT d.id, p.place || '/' || d.path::text FROM documents_document d JOIN placed p ON d.parent_id = p.id
  WHERE d.duplicate_of_id IS NULL
)
SELECT p.place, d.status, d.error_code || ':' || d.warnings::text || coalesce(d.page_count, -1),
  (SELECT count(*) FROM documents_page g WHERE g.document_id = d.id),
  (SELECT coalesce(md5(string_agg(concat_ws(chr(31), g.number, g.state, g.text, g.chars, g.width, g.height,
      g.rotation, g.confidence, g.reason, encode(g.words, 'hex'), g.tables, g.label, g.marks), chr(30)
      ORDER BY g.number)), '')
    FROM documents_page g WHERE g.document_id = d.id AND g.version = d.version),
  (SELECT count(*) FROM documents_chunk c WHERE c.document_id = d.id),
  (SELECT coalesce(md5(string_agg(concat_ws(chr(31), c.ordinal, c.page_from, c.page_to, c.char_from, c.char_to,
      c.title, c.heading, c.body, c.searchable), chr(30) ORDER BY c.ordinal)), '')
    FROM documents_chunk c WHERE c.document_id = d.id AND c.version = d.version),
  (SELECT count(*) FROM documents_chunkembedding e WHERE e.document_id = d.id),
  (SELECT coalesce(md5(string_agg(e.embedding::text, chr(30) ORDER BY c.ordinal)), '')
    FROM documents_chunkembedding e JOIN documents_chunk c ON c.id = e.chunk_id WHERE e.document_id = d.id)
FROM placed p JOIN documents_document d ON d.id = p.id ORDER BY p.place
"""


def outcomes(stack: Stack, case: str) -> dict[str, list[Outcome]]:
    """Of every original, by its place in what was imported; a list longer than one is a document that is twice."""
    found: dict[str, list[Outcome]] = {}
    for place, *values in stack.sql(_ORIGINALS, case):
        found.setdefault(place, []).append(Outcome(*values))
    return found


def unfinished(stack: Stack, case: str) -> int:
    """Documents that have not come to an end."""
    query = "SELECT count(*) FROM documents_document WHERE case_id = %s AND status <> ALL(%s)"
    return int(stack.sql(query, case, list(FINISHED))[0][0])


def live_jobs(stack: Stack, case: str) -> int:
    """Jobs that wait or run: of finished documents, those that embed."""
    query = (
        "SELECT count(*) FROM extraction_extractionjob j JOIN documents_document d ON d.id = j.document_id"
        " WHERE d.case_id = %s AND j.state IN ('queued', 'running')"
    )
    return int(stack.sql(query, case)[0][0])


def names(stack: Stack, case: str) -> set[str]:
    """What has arrived, by name; duplicates too."""
    query = "SELECT name FROM documents_document WHERE case_id = %s AND parent_id IS NULL"
    return {name for (name,) in stack.sql(query, case)}


def repeated(stack: Stack, case: str) -> int:
    """Uploads that were sent again because their answer was lost, and became references to the first."""
    query = "SELECT count(*) - count(DISTINCT name) FROM documents_document WHERE case_id = %s AND parent_id IS NULL"
    return int(stack.sql(query, case)[0][0])
