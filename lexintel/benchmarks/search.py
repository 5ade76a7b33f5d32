"""bench search: does search find it, all of it, and how fast?

quality       nDCG, recall, MRR beside BM25, nearest vectors and their rank fusion       --folder with a retrieval set
fragments     eight words copied from the record, with and without typos                 the same, or the sample case
completeness  rows and recall of small cases in a large database, against exact search   made up
across_cases  nearest vectors over all cases by the index, beside comparing every one   made up
speed         a search beside embedding its question; twenty people at once              made up
"""

import tempfile
from pathlib import Path
from typing import Any

from cases.models import Case
from extraction import jobs
from extraction.folder_import import import_file
from extraction.models import ExtractionJob
from extraction.sample import write_sample_case
from lexintel.benchmarks import retrieval_set, search_fragments, search_quality, search_scale
from lexintel.benchmarks.scratch import scratch_installation

CHUNKS = 200_000
CASE_CHUNKS = 5_000


def run(folder: str | None = None, chunks: int = CHUNKS) -> dict[str, Any]:
    """Every figure; `chunks` is the size of the made-up database."""
    with scratch_installation():
        figures: dict[str, Any] = {}
        if folder:
            data = retrieval_set.load(Path(folder))
            figures["quality"] = search_quality.measure(data)
            case = data.case
        else:
            case = _sample()
        figures["fragments"] = search_fragments.measure(case)
        shares = [max(1, int(chunks * share)) for share in search_scale.SHARES]
        rest = chunks - sum(shares) - CASE_CHUNKS
        cases = search_scale.fill([*shares, CASE_CHUNKS, max(rest, 1)])
        figures["chunks"] = chunks
        figures["completeness"] = search_scale.completeness(cases[: len(shares)])
        figures["across_cases"] = search_scale.across_cases(cases)
        figures["completeness_with_index"] = search_scale.completeness(cases[: len(shares)])
        figures["speed"] = search_scale.speed(cases[len(shares)])
        figures["crowd"] = search_scale.crowd(cases[: len(shares) + 1])
        return figures


def _sample() -> Case:
    case = Case.objects.create(name="Sample", reference="bench-sample")
    with tempfile.TemporaryDirectory(prefix="lexintel-bench-") as made:
        root = Path(made)
        write_sample_case(root)
        for file in sorted(p for p in root.rglob("*") if p.is_file()):
            import_file(case, file, root)
        for stage in ("read", "index"):
            for job in list(ExtractionJob.objects.filter(stage=stage, state="queued")):
                jobs.run(str(job.pk))
    return case
