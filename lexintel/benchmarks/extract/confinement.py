"""What confinement costs a document: a PDF of one blank page through a child, beside the same reader in this process.

The child is forked, limited and walled in, reads, sends its frames, and is reaped; the difference of the two is what
all of that costs.
"""

import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import pypdfium2 as pdfium

from extraction import reading
from extraction.readers import load
from extraction.readers.base import ReadOptions
from lexintel.benchmarks import cores
from lexintel.benchmarks.percentiles import percentile

PDF = "application/pdf"
DOCUMENTS = 100
WARM_UP = 10


def measure(files: list[Path], *, rounds: int, documents: int, **_: Any) -> dict[str, Any]:
    """Milliseconds a document, in the middle and where one in twenty is slower."""
    times = WARM_UP + min(DOCUMENTS, documents) * rounds
    with tempfile.TemporaryDirectory(prefix="lexintel-bench-") as folder, cores.one_core():
        blank = Path(folder) / "blank.pdf"
        with pdfium.PdfDocument.new() as document:
            document.new_page(612, 792)
            document.save(blank)
        both = [(_confined(blank), _here(blank)) for _ in range(times)][WARM_UP:]
    confined, here = zip(*both, strict=True)
    costs = [with_walls - without for with_walls, without in both]
    return {
        "confinement_documents": len(both),
        "confined_blank_p50_ms": _ms(median(confined)),
        "in_process_blank_p50_ms": _ms(median(here)),
        "confinement_p50_ms": _ms(median(costs)),
        "confinement_p95_ms": percentile([cost * 1000 for cost in costs], 0.95),
    }


def _confined(path: Path) -> float:
    fd = os.open(path, os.O_RDONLY)
    try:
        started = time.perf_counter()
        items = list(reading.reader().read(fd, PDF, ReadOptions(), reading.limits(), tick=lambda: None))
        spent = time.perf_counter() - started
    finally:
        os.close(fd)
    assert len(items) == 3, "info, page and outcome"
    return spent


def _here(path: Path) -> float:
    started = time.perf_counter()
    with open(path, "rb") as file:
        items = list(load(PDF)(file, ReadOptions()))
    spent = time.perf_counter() - started
    assert len(items) == 2, "info and page"
    return spent


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
