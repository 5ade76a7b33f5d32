"""bench growth: what work costs as it grows, 1, 10 and 100 times as many documents through all stages.

seconds          reading, indexing and embedding, one process, one job after the other
memory_mb        of this process afterwards
database_mb      afterwards, what each document takes
search_p50_ms    a search in the case, its question's vector included
"""

import io
import os
import random
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection
from reportlab.pdfgen.canvas import Canvas

from cases.models import Case
from documents.models import Page
from extraction.embedders import configured
from extraction.intake import Incoming, take_in
from lexintel import sql
from lexintel.benchmarks import stages
from lexintel.benchmarks.resident import resident_kb
from lexintel.benchmarks.scratch import scratch_installation
from lexintel.chaos.files import WORDS
from search import query_vector
from search.query import parse
from search.retrieval import retrieve
from search.scope import Scope

FEWEST, TIMES = 30, (1, 10, 100)
PAGES, SEARCHES = 2, 15


def run(documents: int = FEWEST) -> dict[str, Any]:
    """`runs`: the costs for each number of documents; and how they grow."""
    runs = []
    with scratch_installation():
        configured().embed(["warm"])
        for times in TIMES:
            runs.append(_measure(documents * times, times))
    first, middle, last = runs
    return {
        "runs": runs,
        "seconds_10_to_1": round(middle["seconds"] / first["seconds"], 2),
        "seconds_100_to_10": round(last["seconds"] / middle["seconds"], 2),
        "search_100_to_1": round(last["search_p50_ms"] / first["search_p50_ms"], 2),
        "memory_100_to_1": round(last["memory_mb"] / first["memory_mb"], 2),
    }


def _measure(number: int, seed: int) -> dict[str, float]:
    dice, case = random.Random(seed), Case.objects.create(name=f"Growth {number}", reference=f"growth-{number}")
    before = _database_mb()
    for n in range(number):
        take_in(case, [_letter(dice)], Incoming(name=f"{n:05}.pdf"))
    spent = sum(stages.run(case, stage)[0] for stage in ("read", "index", "embed"))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    pages = Page.objects.filter(document__case=case).count()
    return {
        "documents": number,
        "seconds": round(spent, 1),
        "pages_per_s": round(pages / spent, 1),
        "memory_mb": round(resident_kb(os.getpid()) / 1024),
        "database_mb": round(_database_mb() - before, 1),
        "search_p50_ms": _search(case, dice),
    }


def _letter(dice: random.Random) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file)
    for _ in range(PAGES):
        for line in range(40):
            canvas.drawString(72, 760 - 17 * line, " ".join(dice.choice(WORDS) for _ in range(11)) + ".")
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _search(case: Case, dice: random.Random) -> float:
    spent = []
    for _ in range(SEARCHES):
        question = " ".join(dice.choice(WORDS) for _ in range(4))
        query_vector.forget()
        started = perf_counter()
        retrieve(parse(question), Scope((case.pk,)), "hybrid")
        spent.append((perf_counter() - started) * 1000)
    return round(median(spent), 1)


def _database_mb() -> float:
    ((size,),) = sql.rows("SELECT pg_database_size(current_database())", [])
    return float(size) / (1 << 20)
