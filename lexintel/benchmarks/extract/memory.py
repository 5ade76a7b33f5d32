"""A worker's resident memory while it reads many documents: it must not grow with their number."""

from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandError

from cases.models import Case
from lexintel.benchmarks import cores, stages
from lexintel.benchmarks.extract.workers import read, workers
from lexintel.benchmarks.scratch import Scratch

# Until then caches fill and libraries load.
SETTLED = 100


def measure(files: list[Path], *, documents: int, scratch: Scratch, **_: Any) -> dict[str, Any]:
    """Megabytes after a hundred documents and after all, and what a document adds in between. Raises CommandError."""
    pdfs = [file for file in files if file.suffix.lower() == ".pdf"]
    if not pdfs:
        return {"memory_documents": 0}
    case = Case.objects.create(name="Memory", reference="memory")
    stages.take_in_copies(case, pdfs, documents)
    with workers([next(iter(cores.allowed()), None)], scratch) as team:
        said = read(case, 1, team)[1][0]
    samples = np.array([s for s in said["samples"] if s[0] >= min(SETTLED, documents)] or said["samples"], dtype=float)
    if not samples.size or not samples[:, 1].all():
        raise CommandError("Memory is measured over at least 50 documents, where the kernel tells of it in /proc.")
    slope = float(np.polyfit(samples[:, 0], samples[:, 1], 1)[0]) if len(samples) > 1 else 0.0
    return {
        "memory_documents": said["documents"],
        "memory_mb_settled": round(samples[0, 1] / 1024, 1),
        "memory_mb_at_end": round(samples[-1, 1] / 1024, 1),
        "memory_growth_kb_per_document": round(slope, 3),
        "zygote_mb_settled": round(samples[0, 2] / 1024, 1),
        "zygote_mb_at_end": round(samples[-1, 2] / 1024, 1),
    }
