"""Stages as the workers run them, one job after the other in this process, and documents for them to run on."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from cases.models import Case
from extraction import jobs
from extraction.folder_import import import_file
from extraction.intake import Incoming, take_in
from extraction.models import ExtractionJob


def run(case: Case, stage: str) -> tuple[float, float]:
    """Run every queued job of a stage; seconds in all, and those of PDF documents."""
    queued = ExtractionJob.objects.filter(document__case=case, stage=stage, state="queued")
    all_s = pdf_s = 0.0
    for job_id, media_type in list(queued.values_list("pk", "document__media_type")):
        started = time.perf_counter()
        jobs.run(str(job_id))
        spent = time.perf_counter() - started
        all_s += spent
        pdf_s += spent if media_type == "application/pdf" else 0
    return max(all_s, 1e-9), max(pdf_s, 1e-9)


def take_in_files(case: Case, files: Iterable[Path]) -> None:
    """Each file as a document of the case."""
    for file in files:
        import_file(case, file, file.parent)


def take_in_copies(case: Case, pdfs: list[Path], count: int) -> None:
    """So many documents of different content from these PDF files, in turn: a comment at the end tells them apart."""
    for number, data in zip(range(count), _in_turn(pdfs), strict=False):
        copy = data + b"\n%% copy %d\n" % number
        take_in(case, [copy], Incoming(name=f"{number}.pdf", size=len(copy)))


def _in_turn(files: list[Path]) -> Iterator[bytes]:
    contents = [file.read_bytes() for file in files]
    while contents:
        yield from contents
