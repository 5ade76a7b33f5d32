"""Find similar: which documents of a case, or passages of it, lie nearest to one of them.

document  the middle (mean) of its passages' vectors against the middles of all others
passage   its vector against those of all others

Both are exact scans of the case. Being near in meaning is a matter of degree; having the same words is not, so the
texts of the nearest are compared as well: near-duplicates share most of their runs of three words.
"""

import re
from dataclasses import dataclass, field
from uuid import UUID

from documents.models import Document
from lexintel import sql
from search.found import documents_found
from search.retrieval import LANE_SECONDS

SECONDS = LANE_SECONDS
MAX_LIMIT = 50
# Of the runs of three words that either text has, both have this share.
NEAR_DUPLICATE = 0.8
RUN = 3
# More text than this does not change which documents are copies of each other.
COMPARED_CHARS = 50_000
SNIPPET_CHARS = 300

NOT_YET = "Its meaning is not indexed yet, so nothing similar can be found."
NO_PASSAGE = "There is no passage at this place."

MODEL = """
SELECT model FROM documents_chunkembedding WHERE document_id = %s GROUP BY model
ORDER BY count(*) DESC, max(id) DESC LIMIT 1
"""
DOCUMENTS = """
WITH middles AS MATERIALIZED (
  SELECT e.document_id, avg(e.embedding::vector) AS middle FROM documents_chunkembedding e
  WHERE e.case_id = %s AND e.model = %s GROUP BY e.document_id
)
SELECT o.document_id, 1 - (o.middle <=> m.middle) FROM middles o, middles m
WHERE m.document_id = %s AND o.document_id <> m.document_id AND (o.middle <=> m.middle) <> 'NaN'
ORDER BY o.middle <=> m.middle, o.document_id LIMIT %s
"""
# What is added to the distance, nothing, keeps an approximate index from being used for the order.
PASSAGES = """
WITH best AS MATERIALIZED (
  SELECT e.chunk_id, (e.embedding <=> m.embedding) + 0 AS distance
  FROM documents_chunkembedding e, documents_chunkembedding m
  WHERE m.chunk_id = %s AND m.model = %s AND e.case_id = %s AND e.model = m.model AND e.chunk_id <> m.chunk_id
  ORDER BY distance, e.chunk_id LIMIT %s
)
SELECT c.document_id, 1 - b.distance, c.page_from, c.char_from, c.body
FROM best b JOIN documents_chunk c ON c.id = b.chunk_id
WHERE b.distance <> 'NaN' ORDER BY b.distance, c.document_id, c.ordinal
"""
# The passage at a place, or the next one that begins on its page.
AT = """
SELECT c.id, c.page_from, c.char_from, c.body FROM documents_chunk c
WHERE c.document_id = %s AND c.page_from <= %s AND (c.page_to, c.char_to) > (%s, %s)
ORDER BY c.ordinal LIMIT 1
"""
TEXTS = """
SELECT c.document_id, min(c.page_from), left(string_agg(c.body, ' ' ORDER BY c.ordinal), %s)
FROM documents_chunk c WHERE c.document_id = ANY(%s) GROUP BY c.document_id
"""
WITHOUT = """
SELECT count(*) FROM documents_document d WHERE d.case_id = %s AND d.duplicate_of_id IS NULL AND d.status <> 'failed'
AND NOT EXISTS (SELECT 1 FROM documents_chunkembedding e WHERE e.document_id = d.id AND e.model = %s)
"""


@dataclass(frozen=True)
class Passage:
    """A stretch of a document's text and where it begins."""

    page: int
    char: int
    text: str


@dataclass(frozen=True)
class Neighbour:
    """A document, or a passage of one, that is near.

    similarity  cosine, −1 to 1
    shared      the share of the runs of three words of both that are the same, 0 to 1
    """

    document_id: UUID
    document_name: str
    at: Passage
    similarity: float
    shared: float

    @property
    def near_duplicate(self) -> bool:
        return self.shared >= NEAR_DUPLICATE


@dataclass(frozen=True)
class Neighbours:
    """`of`: the passage that was compared, None for a whole document. `without_vectors`: documents of the case that
    cannot be found so (yet). `problem`: why there is nothing, if that has a reason."""

    nearest: list[Neighbour] = field(default_factory=list)
    of: Passage | None = None
    without_vectors: int = 0
    problem: str = ""


def similar_documents(document: Document, limit: int) -> Neighbours:
    """The documents of the same case that are nearest to this one; six SQL queries.

    Run it inside `deadline.at_most`.
    """
    pk, case_id = document.content_id, document.case_id
    model = _model(pk)
    if not model:
        return Neighbours(problem=NOT_YET)
    near = sql.rows(DOCUMENTS, [case_id, model, pk, limit])
    texts = {row[0]: row[1:] for row in sql.rows(TEXTS, [COMPARED_CHARS, [pk, *(row[0] for row in near)]])}
    names = documents_found(row[0] for row in near)
    own = runs(texts[pk][1]) if pk in texts else frozenset()
    nearest = [
        Neighbour(
            other,
            names[other].name,
            Passage(texts[other][0], 0, texts[other][1][:SNIPPET_CHARS]),
            round(similarity, 4),
            alike(own, runs(texts[other][1])),
        )
        for other, similarity in near
        # Deleted while we looked.
        if other in names and other in texts
    ]
    return Neighbours(nearest, without_vectors=_without(case_id, model))


def similar_passages(document: Document, page: int, char: int, limit: int) -> Neighbours:
    """The passages of the same case that are nearest to the one at a place; see `similar_documents`."""
    pk, case_id = document.content_id, document.case_id
    at = sql.rows(AT, [pk, page, page, char])
    if not at:
        return Neighbours(problem=NO_PASSAGE)
    chunk_id, of = at[0][0], Passage(*at[0][1:])
    model = _model(pk)
    if not model:
        return Neighbours(of=of, problem=NOT_YET)
    near = sql.rows(PASSAGES, [chunk_id, model, case_id, limit])
    names = documents_found({row[0] for row in near})
    own = runs(of.text)
    nearest = [
        Neighbour(other, names[other].name, Passage(*place), round(similarity, 4), alike(own, runs(place[2])))
        for other, similarity, *place in near
        if other in names
    ]
    return Neighbours(nearest, of, _without(case_id, model))


def runs(text: str) -> frozenset[str]:
    """The runs of RUN words of a text; of a shorter one, its words in one run."""
    words = re.findall(r"\w+", text.lower())
    return frozenset(" ".join(words[n : n + RUN]) for n in range(max(len(words) - RUN + 1, bool(words))))


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of all their runs that both have, rounded to hundredths."""
    return round(len(one & other) / len(one | other), 2) if one and other else 0.0


def _model(document_id: UUID) -> str:
    """The model that has embedded most of the document; while a new one takes over, that is the old one."""
    found = sql.rows(MODEL, [document_id])
    return str(found[0][0]) if found else ""


def _without(case_id: UUID, model: str) -> int:
    return int(sql.rows(WITHOUT, [case_id, model])[0][0])
