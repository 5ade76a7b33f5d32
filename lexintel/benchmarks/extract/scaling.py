"""Two workers on two cores beside one worker on one of them, on the same documents.

The database has no core of its own where there are only two: with two workers it takes its time from theirs, and
the figure says so.
"""

from pathlib import Path
from statistics import median
from typing import Any

from django.db.models import Sum

from cases.models import Case
from documents.models import Document
from lexintel.benchmarks import cores, stages
from lexintel.benchmarks.child import Child
from lexintel.benchmarks.extract.workers import read, workers
from lexintel.benchmarks.scratch import Scratch

DOCUMENTS = 100
WARM_UP = 10


def measure(files: list[Path], *, rounds: int, documents: int, scratch: Scratch, **_: Any) -> dict[str, Any]:
    """Pages a second of one and of two, and the median of their ratios."""
    pdfs = [file for file in files if file.suffix.lower() == ".pdf"]
    count = min(DOCUMENTS, documents)
    pair = cores.allowed()[:2]
    if not pdfs or len(pair) < 2:
        return {"scaling": "not measured: needs two cores that a process can be held to, and PDF files"}
    with workers([*pair], scratch) as team:
        _turn(pdfs, 1, team, WARM_UP)
        _turn(pdfs, 2, team[:1], WARM_UP)
        taken = [(_turn(pdfs, 3 + 2 * n, team[:1], count), _turn(pdfs, 4 + 2 * n, team, count)) for n in range(rounds)]
    return {
        "scaling_documents": count,
        "scaling_cores_of_the_machine": len(cores.allowed()),
        "one_worker_pages_per_s": round(median(one for one, _ in taken), 1),
        "two_workers_pages_per_s": round(median(two for _, two in taken), 1),
        "scaling_two_to_one": round(median(two / one for one, two in taken), 3),
    }


def _turn(pdfs: list[Path], turn: int, team: list[Child], count: int) -> float:
    case = Case.objects.create(name=f"Scaling {turn}", reference=f"scaling-{turn}")
    stages.take_in_copies(case, pdfs, count)
    seconds, _ = read(case, turn, team)
    pages = Document.objects.filter(case=case).aggregate(n=Sum("page_count"))["n"] or 0
    return float(pages / seconds)
