"""bench scale: search in a database of a million passages.

in_a_case      a search in cases of .2, 1, 5 and 30 % of all passages, its question's vector included
everywhere     a search over all cases of a person
recall         nearest passages over all cases by the index, beside comparing every one
size           what the database takes on disk, and its servers in memory

Words are drawn as language has them: the r-th most frequent of 100,000 as often as 1/r.
"""

import hashlib
import os
import random
import sys
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

from django.db import connection

from cases.models import Case
from documents.models import EmbeddingModel
from extraction import vector_models
from extraction.embedders import configured
from lexintel import sql
from lexintel.benchmarks import search_scale
from lexintel.benchmarks.percentiles import percentile
from lexintel.benchmarks.resident import resident_kb
from lexintel.benchmarks.scratch import scratch_installation
from search import query_vector
from search.query import parse
from search.retrieval import retrieve
from search.scope import Scope

CHUNKS = 1_000_000
VOCABULARY = 100_000
# Nobody asks for the most frequent ones alone: they are "the" and "of".
FIRST_ASKED = 40
QUESTIONS = 40
_AT_ONCE = 20_000

_FILL = """
WITH new AS (
  INSERT INTO documents_chunk (case_id, document_id, version, ordinal, page_from, page_to, char_from, char_to,
    title, heading, body, searchable)
  SELECT %(case)s, (%(documents)s::uuid[])[1 + (n - %(start)s) / 500], 1, n, 1, 1, 0, 1, '', '',
    (SELECT string_agg(pg_temp.bench_word(
       exp(ln(%(words)s) * (hashint4(n * 97 + k)::bigint + 2147483648) / 4294967296.0)::int), ' ')
     FROM generate_series(1, 60) k), ''
  FROM generate_series(%(start)s::int, %(stop)s::int - 1) n RETURNING id, ordinal, document_id
)
INSERT INTO documents_chunkembedding (chunk_id, case_id, document_id, model, embedding)
SELECT new.id, %(case)s, new.document_id, %(model)s, topic.vector + (
    SELECT array_agg((hashint4(ordinal * 389 + d) / 2147483648.0 * 0.6)::real) FROM generate_series(1, 384) d
  )::halfvec(384)
FROM new JOIN bench_topic topic ON topic.n = abs(hashint4(ordinal)::bigint) %% 1000
"""
# Those that say what may not be stay; making the others afterwards is many times faster.
_INDEXES = """
SELECT i.indexname, i.indexdef FROM pg_indexes i JOIN pg_class c ON c.relname = i.indexname
JOIN pg_index x ON x.indexrelid = c.oid
WHERE i.tablename IN ('documents_chunk', 'documents_chunkembedding') AND NOT x.indisunique AND NOT x.indisprimary
"""
# Letters only, and hardly one a typo of another: as words are, and numbers are not.
_WORD = """
CREATE OR REPLACE FUNCTION pg_temp.bench_word(number int) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT translate(substr(md5(number::text), 1, 8), '0123456789', 'ghijklmnop') $$
"""
_VOCABULARY = """
INSERT INTO documents_vocabularyword (case_id, word, stem)
SELECT DISTINCT %s::uuid, word, word FROM (SELECT pg_temp.bench_word(g) AS word FROM generate_series(1, %s) g) words
"""


def run(chunks: int = CHUNKS) -> dict[str, Any]:
    """Every figure; milliseconds, megabytes."""
    with scratch_installation():
        started = perf_counter()
        cases = _fill(chunks)
        filled = perf_counter() - started
        _say("vector index")
        recall = search_scale.across_cases(cases, questions=20)
        configured().embed(["warm"])
        shares = {str(share): case for share, case in zip(search_scale.SHARES, cases, strict=False)}
        found: dict[str, Any] = {"chunks": chunks, "filled_s": round(filled)}
        found["recall"] = recall
        found["in_a_case"] = {share: _ask(Scope((case.pk,))) for share, case in shares.items()}
        found["in_a_case_p95_ms"] = max(figures["p95_ms"] for figures in found["in_a_case"].values())
        found["everywhere"] = _ask(Scope(tuple(case.pk for case in cases)))
        found["size"] = _size()
        return found


def _ask(scope: Scope) -> dict[str, Any]:
    dice = random.Random(7)
    spent, fewest = [], 10**9
    for number in range(QUESTIONS + 3):
        question = " ".join(_word(_drawn(dice)) for _ in range(dice.randint(2, 6)))
        query_vector.forget()
        started = perf_counter()
        found = retrieve(parse(question), scope, "hybrid")
        # The first ones find nothing in memory.
        if number >= 3:
            spent.append((perf_counter() - started) * 1000)
            fewest = min(fewest, len(found.ranked))
    return {"p50_ms": round(median(spent), 1), "p95_ms": percentile(spent, 0.95, 1), "fewest_hits": fewest}


def _word(number: int) -> str:
    digits = hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()[:8]
    return digits.translate(str.maketrans("0123456789", "ghijklmnop"))


def _drawn(dice: random.Random) -> int:
    return int(FIRST_ASKED * (VOCABULARY / FIRST_ASKED) ** dice.random())


def _fill(chunks: int) -> list[Case]:
    model = vector_models.register()
    shares = [max(1, int(chunks * share)) for share in search_scale.SHARES]
    sizes = [*shares, *_split(chunks - sum(shares))]
    indexes = sql.rows(_INDEXES, [])
    with connection.cursor() as cursor:
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
    cases, start = [], 0
    for number, size in enumerate(sizes):
        case = Case.objects.create(name=f"Scale {number}", reference=f"scale-{number}-{size}")
        _fill_case(case, size, start, model)
        start += size
        cases.append(case)
        _say(f"{start:,} of {chunks:,} passages")
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for name, made in indexes:
            _say(f"index {name}")
            cursor.execute(made)
        cursor.execute("RESET maintenance_work_mem")
        for table in ("documents_chunk", "documents_chunkembedding", "documents_document", "documents_vocabularyword"):
            cursor.execute(f"VACUUM ANALYZE {table}")
    return cases


def _split(rest: int) -> list[int]:
    """The remaining passages, in ten cases."""
    each = max(1, rest // 10)
    return [each] * 9 + [max(1, rest - 9 * each)]


def _fill_case(case: Case, size: int, start: int, model: EmbeddingModel) -> None:
    with connection.cursor() as cursor:
        cursor.execute(search_scale.TOPICS)
        cursor.execute(_WORD)
        documents = search_scale.documents_of(case, size)
        for at in range(0, size, _AT_ONCE):
            values: dict[str, Any] = {
                "case": case.pk,
                "documents": [_id(documents, n) for n in range(at // 500, min(size, at + _AT_ONCE) // 500 + 1)],
                "start": start + at,
                "stop": start + min(size, at + _AT_ONCE),
                "model": model.name,
                "words": VOCABULARY,
            }
            cursor.execute(_FILL, values)
        cursor.execute(_VOCABULARY, [case.pk, min(VOCABULARY, size * 10)])


def _id(documents: list[tuple[UUID, int]], number: int) -> UUID:
    return documents[min(number, len(documents) - 1)][0]


def _size() -> dict[str, Any]:
    tables = "SELECT pg_database_size(current_database()), pg_total_relation_size('documents_chunk'), "
    tables += "pg_total_relation_size('documents_chunkembedding')"
    ((database, chunk, embedding),) = sql.rows(tables, [])
    ((pid,),) = sql.rows("SELECT pg_backend_pid()", [])
    return {
        "database_mb": database >> 20,
        "words_and_texts_mb": chunk >> 20,
        "vectors_mb": embedding >> 20,
        "session_mb": round(resident_kb(pid) / 1024),
        "this_process_mb": round(resident_kb(os.getpid()) / 1024),
    }


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
