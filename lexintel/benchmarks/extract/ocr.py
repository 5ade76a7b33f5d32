"""How fast pages that are pictures are read, with confinement and database, beside the bare engine on the same ones.

The engine is asked once per picture; the stage also judges, straightens and, where it is unsure, reads again.
"""

import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pypdfium2 as pdfium
from django.conf import settings
from PIL import Image

from cases.models import Case
from documents.models import Document, Page
from extraction.ocr import Engine, EngineUnavailable, make_engine
from extraction.ocr.page import DPI, POINTS_PER_INCH
from lexintel.benchmarks import cores, stages

PICTURES = 6
_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")


def measure(files: list[Path], *, rounds: int, **_: Any) -> dict[str, Any]:
    """Pictures a second of each, and their ratio. The folder's own pictures, or pages of its PDF files drawn."""
    try:
        engine = make_engine(settings.LEXINTEL_OCR_ENGINE, settings.LEXINTEL_OCR_LANGUAGES)
    except EngineUnavailable as error:
        return {"ocr": f"not measured: {error}"}
    with tempfile.TemporaryDirectory(prefix="lexintel-bench-") as folder, cores.one_core():
        pictures = [f for f in files if f.suffix.lower() in _SUFFIXES][:PICTURES] or _drawn(files, Path(folder))
        if not pictures:
            return {"ocr_pictures": 0}
        _stage(pictures[:1], "warm-up")
        _bare(pictures[:1], engine)
        taken = [(_stage(pictures, str(number)), _bare(pictures, engine)) for number in range(rounds)]
    pages = Page.objects.filter(document__case__reference="ocr-0")
    return {
        "ocr_engine": engine.name,
        "ocr_pictures": len(pictures),
        "ocr_pictures_with_text": pages.filter(state="ocr").count(),
        "ocr_pages_per_s": round(len(pictures) / median(stage for stage, _ in taken), 3),
        "raw_ocr_pages_per_s": round(len(pictures) / median(bare for _, bare in taken), 3),
        "ocr_to_raw": round(median(bare / stage for stage, bare in taken), 3),
    }


def _drawn(files: list[Path], folder: Path) -> list[Path]:
    """The first page of each of the first PDF files, as a scanner would give it: grey, with its resolution."""
    drawn: list[Path] = []
    for pdf in [f for f in files if f.suffix.lower() == ".pdf"][:PICTURES]:
        with pdfium.PdfDocument(pdf) as document:
            picture = document[0].render(scale=DPI / POINTS_PER_INCH, grayscale=True).to_pil()
        drawn.append(folder / f"{len(drawn)}.png")
        picture.save(drawn[-1], dpi=(DPI, DPI))
    return drawn


def _stage(pictures: list[Path], name: str) -> float:
    case = Case.objects.create(name=f"OCR {name}", reference=f"ocr-{name}")
    stages.take_in_files(case, pictures)
    seconds, _ = stages.run(case, "read")
    assert Document.objects.filter(case=case).count() == len(pictures)
    return seconds


def _bare(pictures: list[Path], engine: Engine) -> float:
    started = time.perf_counter()
    for path in pictures:
        with Image.open(path) as picture:
            engine.recognise(np.asarray(picture.convert("L")), DPI)
    return time.perf_counter() - started
