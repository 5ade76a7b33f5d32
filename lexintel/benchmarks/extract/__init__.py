"""bench extract: reading and OCR as the workers do them, beside the bare engines on the same files, in one run.

read         the read stage with boxes, walls and database     against   PDFium in a bare loop, and pdfplumber's words
confinement  a blank page through a confined child             against   the same reader in this process
ocr          the read stage of pictures                        against   the bare OCR engine on the same pictures
memory       a worker's resident memory over many documents
scaling      two workers on two cores                          against   one on one

What measures is held to one core, as is each worker that it starts; the database server is not. Every figure is the
median of rounds in which the two sides take turns.
"""

import importlib
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from extraction.folder_import import files_in
from extraction.sample import write_sample_case
from lexintel.benchmarks.scratch import scratch_installation

PARTS = ("read", "confinement", "ocr", "memory", "scaling")


def run(
    folder: str | None = None, only: str = ",".join(PARTS), rounds: int = 3, documents: int = 1000
) -> dict[str, Any]:
    """Figures of the parts named in `only`, for the PDF and picture files of a folder (default: the sample case).

    `documents`: how many the memory of a worker is watched over; the other parts repeat no more. Raises CommandError.
    """
    chosen = [name.strip() for name in only.split(",") if name.strip()]
    unknown = sorted(set(chosen) - set(PARTS))
    if unknown or not chosen or rounds < 1 or documents < 2:
        raise CommandError(f"Nothing to measure. The parts are {', '.join(PARTS)}.", returncode=2)
    result: dict[str, Any] = {"rounds": rounds}
    with tempfile.TemporaryDirectory(prefix="lexintel-bench-") as made:
        if not folder:
            write_sample_case(Path(made))
        files = files_in(Path(folder or made))
        with scratch_installation() as scratch:
            for name in chosen:
                part = importlib.import_module(f"{__name__}.{name}")
                result |= part.measure(files, rounds=rounds, documents=documents, scratch=scratch)
    return result
