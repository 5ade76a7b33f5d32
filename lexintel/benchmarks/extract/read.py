"""How fast the read stage is, beside PDFium in bare loops and beside pdfplumber's words, on the same PDF files.

Two bare loops: one asks for the box of every character, the other, which is twice as fast, for a rectangle per word.
Ratios come by the clock and by processor time, which other work on the machine disturbs less; the database's own is
in the first alone.
Without OCR, which has a part of its own: pages that would need it count as read by both sides.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from django.db.models import Sum
from django.test.utils import override_settings

from cases.models import Case
from documents.models import Document, Status
from extraction import reading
from extraction.readers import bench
from lexintel.benchmarks import cores, stages

# PDFium and the zygote are warm after a few documents; a worker reads thousands.
WARM_UP = 3


def measure(files: list[Path], *, rounds: int, **_: Any) -> dict[str, Any]:
    """Pages a second of each, and the ratios; medians over the rounds."""
    pdfs = [file for file in files if file.suffix.lower() == ".pdf"]
    if not pdfs:
        return {"read_documents": 0}
    with cores.one_core() as pinned, override_settings(LEXINTEL_OCR_ENGINE="none"):
        _stage(pdfs[:WARM_UP], "warm-up")
        taken = [_round(pdfs, number) for number in range(rounds)]
    rates = {name: median(r[name].pages_per_s for r in taken) for name in taken[0]}
    return {
        "read_documents": len(pdfs),
        "read_pages": taken[0]["read"].pages,
        "read_on_one_core": pinned,
        **{f"{name}_pages_per_s": round(rate, 1) for name, rate in rates.items()},
        "read_to_raw_char_boxes": _ratio(taken, "raw_char_boxes", "pages_per_s"),
        "read_to_raw_word_rects": _ratio(taken, "raw_word_rects", "pages_per_s"),
        "read_to_pdfplumber_words": _ratio(taken, "pdfplumber_words", "pages_per_s"),
        "read_pages_per_cpu_s": round(median(r["read"].pages_per_cpu_s for r in taken), 1),
        "read_to_raw_char_boxes_by_cpu": _ratio(taken, "raw_char_boxes", "pages_per_cpu_s"),
        "read_to_raw_word_rects_by_cpu": _ratio(taken, "raw_word_rects", "pages_per_cpu_s"),
        "read_to_pdfplumber_words_by_cpu": _ratio(taken, "pdfplumber_words", "pages_per_cpu_s"),
    }


@dataclass(frozen=True)
class Pace:
    """`cpu_s` of the processes that read; where it is far below `seconds`, the machine had other work."""

    pages: int
    seconds: float
    cpu_s: float

    @property
    def pages_per_s(self) -> float:
        return max(self.pages, 1) / max(self.seconds, 1e-9)

    @property
    def pages_per_cpu_s(self) -> float:
        return max(self.pages, 1) / max(self.cpu_s, 1e-9)


def _round(pdfs: list[Path], number: int) -> dict[str, Pace]:
    return {
        "raw_char_boxes": _loop(bench.char_box_loop, pdfs),
        "raw_word_rects": _loop(bench.raw_loop, pdfs),
        "read": _stage(pdfs, str(number)),
        "pdfplumber_words": _loop(bench.pdfplumber_loop, pdfs),
    }


def _ratio(taken: list[dict[str, Pace]], other: str, figure: str) -> float:
    """The median of the ratios within each round: what slows the machine for a while slows both sides."""
    return round(median(getattr(r["read"], figure) / getattr(r[other], figure) for r in taken), 3)


def _loop(loop: Callable[[Sequence[Path]], tuple[int, float]], pdfs: list[Path]) -> Pace:
    started = time.process_time()
    pages, seconds = loop(pdfs)
    return Pace(pages, seconds, time.process_time() - started)


def _stage(pdfs: list[Path], name: str) -> Pace:
    case = Case.objects.create(name=f"Read {name}", reference=f"read-{name}")
    stages.take_in_files(case, pdfs)
    zygote = reading.reader().zygote().process.pid
    own, children = time.process_time(), cores.cpu_s(zygote)
    seconds, _ = stages.run(case, "read")
    cpu_s = time.process_time() - own + cores.cpu_s(zygote) - children
    readable = Document.objects.filter(case=case, duplicate_of=None).exclude(status=Status.FAILED)
    return Pace(readable.aggregate(n=Sum("page_count"))["n"] or 0, seconds, cpu_s)
