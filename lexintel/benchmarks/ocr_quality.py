"""bench ocr: how well pages that are pictures are read, beside tesseract's command on the same pictures.

A page may be read in the order of its text layer or row by row: the nearer one counts, for both.

page with its text ─▶ picture ─▶ damage ─┬▶ a PDF of it ─▶ as the workers read it ─┬▶ CER, word F1
                                         └▶ tesseract, where installed ────────────┘
"""

import io
import resource
import shutil
import subprocess
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np
from django.conf import settings
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from extraction.ocr import Engine, make_engine
from extraction.ocr.page import recognise_page
from extraction.readers.rendering import render
from lexintel.benchmarks import ocr_pages
from lexintel.benchmarks.edit_distance import character_error_rate, word_f1
from lexintel.benchmarks.ocr_damage import CONDITIONS, Condition

PAGES, SEED, SECONDS = 12, 7, 1200.0
TESSERACT_S = 120.0
ABSENT = "not installed here: only LexIntel was measured"


@dataclass(frozen=True)
class Score:
    """One page, read once; `cer` as a share, `seconds` of processor time."""

    page: str
    cer: float
    f1: float
    seconds: float
    confidence: float | None = None


def run(seconds: float = SECONDS, pages: int = PAGES, seed: int = SEED, only: str = "") -> dict[str, Any]:
    """Every condition on page after page, for so many seconds; then each has seen the same pages.

    `only`: conditions whose names begin so.
    """
    engine = make_engine(settings.LEXINTEL_OCR_ENGINE, settings.LEXINTEL_OCR_LANGUAGES)
    tesseract = shutil.which("tesseract")
    conditions = [c for c in CONDITIONS if c.name.startswith(only)]
    ours: dict[str, list[Score]] = defaultdict(list)
    theirs: dict[str, list[Score]] = defaultdict(list)
    started, done = time.monotonic(), 0
    for place, page in enumerate(ocr_pages.pages(pages, seed)):
        if done and (time.monotonic() - started) * (done + 1) / done > seconds:
            break
        for condition in conditions:
            picture = condition.make(page, np.random.default_rng([seed, place]))
            ours[condition.name].append(_by_us(page, picture, condition, engine))
            if tesseract:
                theirs[condition.name].append(_by_tesseract(page, picture, condition, tesseract))
        done += 1
    return {
        "engine": engine.name,
        "tesseract": _version(tesseract) if tesseract else ABSENT,
        "pages": done,
        "seconds": round(time.monotonic() - started, 1),
    } | {c.name: _figures(ours[c.name], theirs[c.name]) for c in conditions}


def _figures(ours: list[Score], theirs: list[Score]) -> dict[str, Any]:
    """Medians and means; `cer_to_tesseract` of the medians. The worst page is named, so that it can be looked at."""
    worst = max(ours, key=lambda score: score.cer)
    told: dict[str, Any] = _told(ours, "") | {
        "confidence": round(fmean(score.confidence or 0.0 for score in ours), 3),
        "worst_page": worst.page,
        "worst_cer": round(worst.cer, 4),
    }
    if theirs:
        told |= _told(theirs, "tesseract_")
        there = median(score.cer for score in theirs)
        told["cer_to_tesseract"] = round(median(s.cer for s in ours) / there, 3) if there else None
    return told


def _told(scores: list[Score], prefix: str) -> dict[str, float]:
    return {
        f"{prefix}cer": round(median(score.cer for score in scores), 4),
        f"{prefix}mean_cer": round(fmean(score.cer for score in scores), 4),
        f"{prefix}word_f1": round(median(score.f1 for score in scores), 4),
        f"{prefix}page_s": round(fmean(score.seconds for score in scores), 2),
    }


def _by_us(page: ocr_pages.TruePage, picture: Image.Image, condition: Condition, engine: Engine) -> Score:
    """As the workers do it: a PDF of the scan, drawn at the scale asked for, made upright, read, put in order."""
    size = tuple(side / condition.dpi * ocr_pages.INCH for side in picture.size)
    scan = io.BytesIO(_scan(picture, size[0], size[1]))
    started = time.process_time()
    found = recognise_page(lambda dpi: np.asarray(render(scan, "application/pdf", 1, dpi)), size[0], size[1], engine)
    spent = time.process_time() - started
    return _scored(page, found.text, spent, found.confidence)


def _scan(picture: Image.Image, width: float, height: float) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(width, height), invariant=1)
    canvas.drawImage(ImageReader(picture), 0, 0, width, height)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _by_tesseract(page: ocr_pages.TruePage, picture: Image.Image, condition: Condition, command: str) -> Score:
    """Its own layout analysis (--psm 3), with its search for the orientation (--psm 1) where pages are turned."""
    with tempfile.TemporaryDirectory(prefix="lexintel-bench-") as folder:
        scan = Path(folder) / "page.png"
        picture.save(scan, dpi=(condition.dpi, condition.dpi))
        before = _children_s()
        arguments = [command, str(scan), "stdout", "-l", "eng", "--psm", "1" if condition.turned else "3"]
        done = subprocess.run(arguments, capture_output=True, timeout=TESSERACT_S, env={"OMP_THREAD_LIMIT": "1"})
        return _scored(page, done.stdout.decode(errors="replace"), _children_s() - before)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _scored(page: ocr_pages.TruePage, read: str, seconds: float, confidence: float | None = None) -> Score:
    cer = min(character_error_rate(read, text) for text in (page.text, page.by_rows))
    return Score(page.name, cer, word_f1(read, page.text), seconds, confidence)


def _version(command: str) -> str:
    done = subprocess.run([command, "--version"], capture_output=True, text=True, timeout=TESSERACT_S)
    return (done.stdout or done.stderr).split("\n", 1)[0]
