"""bench search: does search find it, all of it, and how fast?

quality       nDCG, recall, MRR beside BM25, nearest vectors and their rank fusion       --folder with a retrieval set
fragments     eight words copied from the record, with and without typos                 the same, or the sample case
completeness  rows and recall of small cases in a large database, against exact search   made up
across_cases  nearest vectors over all cases by the index, beside comparing every one   made up
speed         a search beside embedding its question; twenty people at once              made up
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lexintel.benchmarks import retrieval_set, search_fragments, search_quality, search_scale
from lexintel.benchmarks.made_up_passages import fill, say_on_stderr
from lexintel.benchmarks.sample_record import sample_record
from lexintel.benchmarks.scratch import scratch_installation

CHUNKS = 200_000
CASE_CHUNKS = 5_000


def run(folder: str | None = None, chunks: int = CHUNKS) -> dict[str, Any]:
    """Every figure; `chunks` is the size of the made-up database."""
    with scratch_installation():
        figures: dict[str, Any] = {}
        if folder:
            data = retrieval_set.load(Path(folder))
            # The baseline is a development requirement; all else is measured without it too.
            if find_spec("bm25s"):
                figures["quality"] = search_quality.measure(data)
            case = data.case
        else:
            case = sample_record()
        figures["fragments"] = search_fragments.measure(case)
        shares = [max(1, int(chunks * share)) for share in search_scale.SHARES]
        rest = chunks - sum(shares) - CASE_CHUNKS
        cases = fill([*shares, CASE_CHUNKS, max(rest, 1)], say=say_on_stderr)
        figures["chunks"] = chunks
        figures["completeness"] = search_scale.completeness(cases[: len(shares)])
        figures["across_cases"] = search_scale.across_cases(cases)
        figures["completeness_with_index"] = search_scale.completeness(cases[: len(shares)])
        figures["speed"] = search_scale.speed(cases[len(shares)])
        figures["crowd"] = search_scale.crowd(cases[: len(shares) + 1])
        return figures
