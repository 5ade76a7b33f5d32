"""bench growth: what the same work costs for 1, 10 and 100 times as many documents, with the workers as shipped.

files taken in ─▶ read ─▶ indexed ─▶ embedded ─▶ searched      each size in an installation of its own

seconds    from the first file taken in until the last document is ready; a worker is warm before
workers    resident memory of all processes that read and embed, at most
database   what the documents added to an empty one
search     the whole answer to thirty questions in that case
"""

import random
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import connection
from django.db.models import Sum

from cases.models import Case
from documents.models import Chunk, Document, Status
from extraction.folder_import import files_in
from extraction.sample import write_sample_case
from lexintel.benchmarks import stages
from lexintel.benchmarks.child import child
from lexintel.benchmarks.percentiles import percentile
from lexintel.benchmarks.resident import resident_kb
from lexintel.benchmarks.scratch import Scratch, scratch_installation
from lexintel.chaos.processes import eventually, pids
from search.engine import search
from search.scope import Scope

DOCUMENTS = 1000
QUESTIONS = 30
_STARTS_S, _EACH_S = 120.0, 10.0


def run(documents: int = DOCUMENTS, folder: str | None = None) -> dict[str, Any]:
    """Costs by the number of documents: a hundredth, a tenth and all of `documents`, which repeat the PDF files of a
    folder (default: the sample case). Raises CommandError if there is nothing to measure."""
    if documents < 100:
        raise CommandError("Nothing to measure: give at least 100 documents.", returncode=2)
    with tempfile.TemporaryDirectory(prefix="lexintel-bench-") as made:
        root = Path(folder or made)
        hard = set() if folder else {root / file.path for file in write_sample_case(root) if file.hard}
        pdfs = [file for file in files_in(root) if file.suffix.lower() == ".pdf" and file not in hard]
        if not pdfs:
            raise CommandError("Nothing to measure: there is no PDF file.", returncode=2)
        sizes = {str(size): _measure(pdfs, size) for size in (documents // 100, documents // 10, documents)}
    middle, largest = list(sizes.values())[1:]
    return {
        "files": len(pdfs),
        "sizes": sizes,
        "pages_per_s_largest_to_middle": round(largest["pages_per_s"] / middle["pages_per_s"], 3),
        "memory_largest_to_middle": round(largest["workers_mb"] / max(middle["workers_mb"], 0.1), 3),
    }


def _measure(pdfs: list[Path], size: int) -> dict[str, Any]:
    with scratch_installation() as scratch, child(["manage.py", "worker"], scratch.environment):
        _all_ready(_taken_in("warm-up", pdfs, len(pdfs)), _STARTS_S)
        empty = _database_bytes()
        with _watched(scratch) as highest:
            started = time.perf_counter()
            case = _taken_in("growth", pdfs, size)
            _all_ready(case, _STARTS_S + _EACH_S * size)
            seconds = time.perf_counter() - started
        pages = Document.objects.filter(case=case).aggregate(n=Sum("page_count"))["n"] or 0
        taken = _searches(case)
        return {
            "seconds": round(seconds, 1),
            "pages": pages,
            "passages": Chunk.objects.filter(case=case).count(),
            "pages_per_s": round(pages / seconds, 2),
            "workers_mb": round(max(highest) / 1024, 1),
            "database_mb": round((_database_bytes() - empty) / 2**20, 1),
            "search_p50_ms": percentile(taken, 0.5, 1),
            "search_p95_ms": percentile(taken, 0.95, 1),
        }


def _taken_in(reference: str, pdfs: list[Path], size: int) -> Case:
    case = Case.objects.create(name="Growth", reference=reference)
    stages.take_in_copies(case, pdfs, size)
    return case


def _all_ready(case: Case, patience_s: float) -> None:
    unfinished = Document.objects.filter(case=case).exclude(status__in=[Status.READY, Status.PARTIAL])

    def done() -> bool:
        if unfinished.filter(status=Status.FAILED).exists():
            raise RuntimeError("a document could not be read")
        return not unfinished.exists()

    eventually(done, patience_s, "all documents are ready")


def _database_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


@contextmanager
def _watched(scratch: Scratch) -> Iterator[list[int]]:
    """The resident memory of all workers, in kB, every half second while the block runs."""
    seen, over = [0], threading.Event()
    folder = Path(scratch.environment["LEXINTEL_DATA_DIR"])

    def watch() -> None:
        while not over.wait(0.5):
            seen.append(sum(map(resident_kb, pids(folder, "-m dramatiq"))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def _searches(case: Case) -> list[float]:
    """Milliseconds of each search, for words that stand in the documents."""
    dice, bodies = random.Random(3), list(Chunk.objects.filter(case=case)[:200].values_list("body", flat=True))
    words = sorted({word for body in bodies for word in re.findall(r"[A-Za-z]{5,}", body)})
    search(" ".join(words[:4]), Scope((case.pk,)))
    taken = []
    for _ in range(QUESTIONS):
        question = " ".join(dice.sample(words, min(4, len(words))))
        started = time.perf_counter()
        search(question, Scope((case.pk,)))
        taken.append(1000 * (time.perf_counter() - started))
    return taken
