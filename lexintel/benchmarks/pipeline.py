"""bench pipeline: the stages as the workers run them, beside the bare engines on the same pages, in one run.

read   the read stage with confinement, checks and database   against   a loop of PDFium calls for text and boxes
embed  the embed stage with its database writes               against   the bare onnxruntime session
One core each: everything runs in this process, one job after the other.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

from django.db.models import Sum

from cases.models import Case
from documents.models import Chunk, Document, Status
from extraction.embed_stage import embedded_text
from extraction.embedders import configured
from extraction.embedding import bench as embedding_bench
from extraction.folder_import import files_in, import_file
from extraction.readers import bench as reading_bench
from extraction.sample import write_sample_case
from lexintel.benchmarks import stages
from lexintel.benchmarks.scratch import scratch_installation

# PDFium and the zygote are warm after a few documents; a worker reads thousands.
WARM_UP = 3


def run(folder: str | None = None) -> dict[str, Any]:
    """Figures for the PDF and text files of a folder (default: the sample case)."""
    with tempfile.TemporaryDirectory(prefix="lexintel-bench-") as made:
        root = Path(folder or made)
        # What needs OCR or a password is no measure of the bare engines.
        hard = set() if folder else {root / file.path for file in write_sample_case(root) if file.hard}
        files = [f for f in files_in(root) if f.suffix.lower() in (".pdf", ".txt", ".md") and f not in hard]
        with scratch_installation():
            case = Case.objects.create(name="Benchmark", reference="bench")
            warm = Case.objects.create(name="Warm-up", reference="warm-up")
            return _measure(case, warm, files, root)


def _measure(case: Case, warm: Case, files: list[Path], root: Path) -> dict[str, Any]:
    for file in files[:WARM_UP]:
        import_file(warm, file, root)
    configured().embed(["warm"])
    for stage in ("read", "index", "embed"):
        stages.run(warm, stage)
    started = time.perf_counter()
    for file in files:
        import_file(case, file, root)
    store_s = time.perf_counter() - started
    originals = Document.objects.filter(case=case, duplicate_of=None)
    # The raw loop before and after the stage, so that a machine that changes its speed is noticed.
    before = _raw_loop(originals)
    read_s, pdf_read_s = stages.run(case, "read")
    after = _raw_loop(originals)
    index_s, _ = stages.run(case, "index")
    chunks = Chunk.objects.filter(case=case).order_by("pk")
    texts = [embedded_text(chunk) for chunk in chunks.only("heading", "body")]
    bare_before = embedding_bench.measure(texts, seconds=20)
    embed_s, _ = stages.run(case, "embed")
    bare_after = embedding_bench.measure(texts, seconds=20)
    bare_rate = (bare_before["raw_chunks_per_s"] + bare_after["raw_chunks_per_s"]) / 2
    readable = originals.exclude(status=Status.FAILED)
    pages = readable.aggregate(n=Sum("page_count"))["n"] or 0
    pdf_pages = readable.filter(media_type="application/pdf").aggregate(n=Sum("page_count"))["n"] or 0
    read_rate, raw_rate = pdf_pages / pdf_read_s, (before[0] + after[0]) / (before[1] + after[1])
    embed_rate = len(texts) / embed_s
    return {
        "files": len(files),
        "documents": originals.count(),
        "pages": pages,
        "chunks": len(texts),
        "store_files_per_s": round(len(files) / store_s, 1),
        "read_pages_per_s": round(read_rate, 1),
        "raw_pypdfium2_pages_per_s": round(raw_rate, 1),
        "raw_before_to_after": round(before[0] / before[1] / (after[0] / after[1]), 3),
        "read_to_raw": round(read_rate / raw_rate, 3),
        "index_pages_per_s": round(pages / index_s, 1),
        "embed_chunks_per_s": round(embed_rate, 1),
        "embed_pages_per_s": round(pages / embed_s, 1),
        "raw_onnxruntime_chunks_per_s": round(bare_rate, 1),
        "embed_to_raw": round(embed_rate / bare_rate, 3),
        "in_all_pages_per_s": round(pages / (store_s + read_s + index_s + embed_s), 1),
    }


def _raw_loop(documents: Any) -> tuple[int, float]:
    from documents import storage
    from documents.storage_files import FolderOfOriginals

    here = storage.place()
    assert isinstance(here, FolderOfOriginals)
    pdfs = documents.filter(media_type="application/pdf").values_list("sha256", flat=True)
    pages, seconds = reading_bench.raw_loop([here.path_of(sha256) for sha256 in pdfs])
    return max(pages, 1), max(seconds, 1e-9)
