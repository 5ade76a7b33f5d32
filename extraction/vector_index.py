"""The approximate index (HNSW) over one model's vectors: only for questions to very many chunks.

An exact scan of 100,000 vectors takes less than 100 ms, so smaller databases need none. It is partial and over an
expression, as each model has its own width, and it is made beside running work (CONCURRENTLY). No search depends on
it: which one uses it decides search/lanes/semantic.py.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from django.db import connection

from documents.models import ChunkEmbedding, EmbeddingModel
from extraction.vector_models import State

WORTH_IT_FROM = 100_000
# A build whose graph does not fit into this takes hours instead of minutes.
MOST_MEMORY_MB, LEAST_MEMORY_MB = 2_048, 64

# With PostgreSQL's 64 for ef_construction, passages among a thousand of one topic lay where no search comes by, however
# long it looks: recall of the ten nearest in a million was .96, and is 1.0 with 160, in two and a half times the time.
BUILD_SQL = """
CREATE INDEX CONCURRENTLY {name} ON documents_chunkembedding
USING hnsw ((embedding::halfvec({dimensions})) halfvec_cosine_ops) WITH (m = 16, ef_construction = 160) WHERE model = %s
"""
READY_SQL = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"

READY_KEPT_S = 30.0
_ready: dict[str, tuple[float, bool]] = {}


def name_of(model_name: str) -> str:
    """The index's name; models' names are not made for that."""
    return f"embedding_hnsw_{hashlib.sha256(model_name.encode()).hexdigest()[:12]}"


def ready(model_name: str) -> bool:
    """Whether there is a whole index over the model's vectors."""
    with connection.cursor() as cursor:
        cursor.execute(READY_SQL, [name_of(model_name)])
        row = cursor.fetchone()
    return bool(row and row[0])


def probably_ready(model_name: str) -> bool:
    """The same, up to READY_KEPT_S old: a search is right either way, only slower or faster."""
    since, was = _ready.get(model_name, (-READY_KEPT_S, False))
    if monotonic() - since >= READY_KEPT_S:
        was = ready(model_name)
        _ready[model_name] = (monotonic(), was)
    return was


def worth_it(model: EmbeddingModel) -> bool:
    """Whether there are so many vectors that an index makes search over all cases faster."""
    return ChunkEmbedding.objects.filter(model=model.name)[:WORTH_IT_FROM].count() >= WORTH_IT_FROM


def build_if_large(model: EmbeddingModel) -> bool:
    """Build the index where it is worth it and not there; whether it was built."""
    return worth_it(model) and build(model)


def build(model: EmbeddingModel) -> bool:
    """Build the index, outside a transaction, while others read and write; whether it was built here and now."""
    name, count = name_of(model.name), ChunkEmbedding.objects.filter(model=model.name).count()
    megabytes = count * (2 * model.dimensions + 400) * 3 // 2 >> 20
    memory = min(max(megabytes, LEAST_MEMORY_MB), MOST_MEMORY_MB)
    with _alone(name) as mine:
        if not mine or ready(model.name):
            return False
        with connection.cursor() as cursor:
            # What a build left that did not come to its end.
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            cursor.execute("SELECT set_config('maintenance_work_mem', %s, false)", [f"{memory}MB"])
            try:
                cursor.execute(BUILD_SQL.format(name=name, dimensions=model.dimensions), [model.name])
            finally:
                cursor.execute("RESET maintenance_work_mem")
    return True


def drop(model_name: str) -> None:
    """Remove the index, outside a transaction; searches over all cases become exact again."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name_of(model_name)}")


def drop_former() -> None:
    """Remove the indexes of models that are searched no more."""
    for model in EmbeddingModel.objects.filter(state=State.FORMER):
        drop(model.name)


@contextmanager
def _alone(name: str) -> Iterator[bool]:
    """Whether nobody else is at it: an unfinished index is not left over, then, but being made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name])
        mine = bool(cursor.fetchone()[0])
        try:
            yield mine
        finally:
            if mine:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])
