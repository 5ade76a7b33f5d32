"""A record of so many passages, made of words and vectors drawn at random: loaded fast, the same on every machine.

Words are drawn as a language has them: a few stand nearly everywhere, most hardly anywhere. Passages of a topic have
vectors near each other, as real ones do: among vectors without any order no graph finds its way.

indexes away ─▶ rows by COPY, on as many connections as there are cores ─▶ indexes again ─▶ VACUUM ANALYZE
"""

import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db import connection

from cases.models import Case
from documents.models import Document, EmbeddingModel
from extraction import vector_models

DIMENSIONS = 384
WORDS_OF_ALL, WORDS_EACH = 4000, 60
PASSAGES_A_DOCUMENT, PASSAGES_A_PAGE = 100, 3
_TOPICS, _NOISE = 1000, 0.6
# Passages that are made and sent at a time: 20 MB of vectors.
_BATCH = 20_000
_CHUNKS = "id, case_id, document_id, version, ordinal, page_from, page_to, char_from, char_to, title, heading, body"
_PAGES = (
    "document_id, version, number, state, text, chars, width, height, rotation, reason, words, tables, label, marks"
)
_COPY_CHUNKS = f"COPY documents_chunk ({_CHUNKS}, searchable) FROM STDIN"
_COPY_PAGES = f"COPY documents_page ({_PAGES}) FROM STDIN"
_COPY_VECTORS = (
    "COPY documents_chunkembedding (chunk_id, case_id, document_id, model, embedding) FROM STDIN (FORMAT binary)"
)
_TABLES = ("documents_chunk", "documents_chunkembedding")
_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
WHERE i.indrelid = ANY(%s::regclass[]) AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""
_VOCABULARY = """
INSERT INTO documents_vocabularyword (case_id, word, stem)
SELECT c, 'w' || g, 'w' || g FROM unnest(%s::uuid[]) c, generate_series(1, %s) g
"""
Say = Callable[[str], None]


@dataclass(frozen=True)
class _Batch:
    """`first`: the id of its first passage; `documents`: of each passage; `ordinals`: its place in its document."""

    case: UUID
    first: int
    documents: Sequence[UUID]
    ordinals: np.ndarray


def fill(sizes: Sequence[int], model: EmbeddingModel | None = None, say: Say = lambda line: None) -> list[Case]:
    """One case of each size, in passages, with vectors under the name of a model, by default the configured one."""
    model = model or vector_models.register()
    cases = [Case.objects.create(name=f"Scale {n}", reference=f"scale-{n}-{size}") for n, size in enumerate(sizes)]
    total, done, started = sum(sizes), 0, time.monotonic()
    with _without_indexes(say), ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        batches = list(_batches(cases, sizes))
        for count in pool.map(lambda batch: _load(batch, model.name), batches):
            done += count
            say(f"{done:,} of {total:,} passages, {time.monotonic() - started:.0f} s")
    with connection.cursor() as cursor:
        cursor.execute(_VOCABULARY, [[case.pk for case in cases], WORDS_OF_ALL])
        for table in (*_TABLES, "documents_document", "documents_page", "documents_vocabularyword"):
            cursor.execute(f"VACUUM ANALYZE {table}")
    say(f"loaded in {time.monotonic() - started:.0f} s")
    return cases


def say_on_stderr(line: str) -> None:
    """For those who wait at a terminal; standard output is the result's."""
    print(line, file=sys.stderr, flush=True)


def word(number: int) -> str:
    """1 is the most frequent one."""
    return f"w{number}"


def _batches(cases: Sequence[Case], sizes: Sequence[int]) -> Iterator[_Batch]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM documents_chunk")
        (first,) = cursor.fetchone()
        cursor.execute("SELECT setval(pg_get_serial_sequence('documents_chunk', 'id'), %s)", [first + sum(sizes)])
    for case, size in zip(cases, sizes, strict=True):
        documents = _documents(case, size)
        for start in range(0, size, _BATCH):
            places = np.arange(start, min(start + _BATCH, size))
            mine = [documents[place // PASSAGES_A_DOCUMENT] for place in places.tolist()]
            yield _Batch(case.pk, first + start, mine, places % PASSAGES_A_DOCUMENT)
        first += size


def _documents(case: Case, size: int) -> list[UUID]:
    """Enough documents of PASSAGES_A_DOCUMENT passages, with their pages."""
    numbers = range(-(-size // PASSAGES_A_DOCUMENT))
    pages = -(-PASSAGES_A_DOCUMENT // PASSAGES_A_PAGE)
    made = [
        Document(
            pk=uuid.uuid4(),
            case=case,
            name=f"document {number}",
            sha256=f"{case.pk}-{number}"[:64],
            size=1,
            media_type="text/plain",
            version=1,
            status="ready",
            stage="done",
            page_count=pages,
        )
        for number in numbers
    ]
    Document.objects.bulk_create(made, batch_size=1000)
    row = "%s\t1\t%d\ttext\tx\t1\t0\t0\t0\t\t\\\\x\t[]\t\t[]\n"
    with connection.cursor() as cursor, cursor.copy(_COPY_PAGES) as copy:
        for document in made:
            copy.write("".join(row % (document.pk, number) for number in range(1, pages + 1)))
    return [document.pk for document in made]


def _load(batch: _Batch, model: str) -> int:
    """Its passages and their vectors; how many."""
    dice = np.random.default_rng(batch.first)
    try:
        with connection.cursor() as cursor:
            with cursor.copy(_COPY_CHUNKS) as copy:
                copy.write(_rows(batch, dice))
            with cursor.copy(_COPY_VECTORS) as copy:
                copy.write(_packed(batch, model, vectors(dice, len(batch.ordinals))))
    finally:
        # This thread's own.
        connection.close()
    return len(batch.ordinals)


def _rows(batch: _Batch, dice: np.random.Generator) -> str:
    # The k-th word is one of the first 10 to 4,000, so that the first ten are most of all.
    most = 10 + (WORDS_OF_ALL - 10) * np.arange(1, WORDS_EACH + 1) // WORDS_EACH
    drawn = dice.integers(1, most + 1, size=(len(batch.ordinals), WORDS_EACH)).tolist()
    words = [word(number) for number in range(WORDS_OF_ALL + 1)]
    pages = (batch.ordinals // PASSAGES_A_PAGE + 1).tolist()
    rows = zip(batch.documents, batch.ordinals.tolist(), pages, drawn, strict=True)
    return "".join(
        f"{batch.first + n}\t{batch.case}\t{document}\t1\t{ordinal}\t{page}\t{page}\t0\t1\t\t\t"
        f"{' '.join([words[number] for number in numbers])}\t\n"
        for n, (document, ordinal, page, numbers) in enumerate(rows)
    )


def vectors(dice: np.random.Generator, count: int) -> np.ndarray:
    """float32 (count, DIMENSIONS), each something about one of the topics."""
    topics = np.random.default_rng(0).uniform(-1, 1, (_TOPICS, DIMENSIONS)).astype(np.float32)
    about = dice.integers(0, _TOPICS, count)
    return topics[about] + dice.uniform(-_NOISE, _NOISE, (count, DIMENSIONS)).astype(np.float32)


def _packed(batch: _Batch, model: str, made: np.ndarray) -> bytes:
    """The rows as COPY reads them in binary: fields with their lengths, a halfvec as its width and its halves."""
    name, width = model.encode(), made.shape[1]
    layout = np.dtype(
        [
            ("fields", ">i2"),
            ("chunk_length", ">i4"),
            ("chunk", ">i8"),
            ("case_length", ">i4"),
            ("case", "S16"),
            ("document_length", ">i4"),
            ("document", "V16"),
            ("model_length", ">i4"),
            ("model", f"S{len(name)}"),
            ("vector_length", ">i4"),
            ("width", ">i2"),
            ("unused", ">i2"),
            ("vector", ">f2", (width,)),
        ]
    )
    rows = np.zeros(len(made), layout)
    rows["fields"] = 5
    rows["chunk_length"], rows["chunk"] = 8, batch.first + np.arange(len(made))
    rows["case_length"], rows["case"] = 16, batch.case.bytes
    rows["document_length"] = 16
    rows["document"] = np.frombuffer(b"".join(document.bytes for document in batch.documents), "V16")
    rows["model_length"], rows["model"] = len(name), name
    rows["vector_length"], rows["width"], rows["vector"] = 4 + 2 * width, width, made
    return b"PGCOPY\n\xff\r\n\x00" + bytes(8) + rows.tobytes() + b"\xff\xff"


@contextmanager
def _without_indexes(say: Say) -> Iterator[None]:
    """The tables' indexes, but those of their constraints, are taken away and made again at the end."""
    with connection.cursor() as cursor:
        cursor.execute(_INDEXES, [list(_TABLES)])
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('maintenance_work_mem', '512MB', false)")
            for name, definition in indexes:
                say(f"index {name}")
                cursor.execute(definition)
            cursor.execute("RESET maintenance_work_mem")
