"""A set of documents, questions and the stretches of text that answer them, loaded into a case.

Folder format: docs.jsonl with {id, title, text}, queries.jsonl with {doc, text, scoped_text, relevant: [{start, end}]};
`text` names the document, `scoped_text` is the bare question; offsets are characters of the document's text.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import transaction

from cases.models import Case
from documents.models import Chunk, Document, Page
from extraction import embed_stage, ledger, vector_models
from extraction.jobs import run


@dataclass(frozen=True)
class Question:
    """`gold`: the chunks that answer it; empty where the document does not."""

    document: UUID
    named: str
    bare: str
    gold: frozenset[int]


@dataclass(frozen=True)
class RetrievalSet:
    case: Case
    questions: list[Question]

    @property
    def answerable(self) -> list[Question]:
        return [q for q in self.questions if q.gold]


def load(folder: Path, *, embed: bool = True) -> RetrievalSet:
    """Take the set in as one case, indexed and embedded as documents are."""
    case = Case.objects.create(name="Retrieval", reference=f"retrieval-{folder.name}")
    ids: dict[str, UUID] = {}
    for line in (folder / "docs.jsonl").read_text().splitlines():
        given = json.loads(line)
        ids[given["id"]] = _document(case, given["title"], given["text"]).pk
    chunks = _spans(case)
    questions = []
    for line in (folder / "queries.jsonl").read_text().splitlines():
        given = json.loads(line)
        document = ids[given["doc"]]
        gold = frozenset(
            pk
            for span in given["relevant"]
            for pk, start, end in chunks[document]
            if start < span["end"] and span["start"] < end
        )
        questions.append(Question(document, given["text"], given["scoped_text"], gold))
    if embed:
        _embed(case)
    return RetrievalSet(case, questions)


@transaction.atomic
def _document(case: Case, title: str, text: str) -> Document:
    document = Document.objects.create(
        case=case,
        name=title[:240],
        path=title[:240],
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        size=len(text),
        media_type="text/plain",
        page_count=1,
        pages_done=1,
        stage="index",
    )
    Page.objects.create(document=document, version=1, number=1, state="text", text=text, chars=len(text))
    job = ledger.queue(document, "index", version=1)
    transaction.on_commit(lambda: run(str(job.pk)))
    return document


def _spans(case: Case) -> dict[UUID, list[tuple[int, int, int]]]:
    spans: dict[UUID, list[tuple[int, int, int]]] = {}
    for pk, document, start, end in Chunk.objects.filter(case=case).values_list(
        "pk", "document_id", "char_from", "char_to"
    ):
        spans.setdefault(document, []).append((pk, start, end))
    return spans


def _embed(case: Case) -> None:
    model = vector_models.register()
    for document in case.documents.values_list("pk", flat=True):
        while chunks := embed_stage.missing(model, document):
            embed_stage.save(embed_stage.embed_chunks(model, chunks))
