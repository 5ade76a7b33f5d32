"""Pages for measuring OCR: pictures of born-digital pages, and what those pages say.

Half are pages of the sample case, as the PDF reader reads them; half are set here in serif, sans and monospaced faces
of 9 to 14 points, as prose, tables of figures and numbered transcripts.
"""

import io
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
from PIL import Image
from reportlab.lib.pagesizes import letter
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from documents.wordboxes import unpack_array
from extraction.errors import PermanentError
from extraction.readers import load
from extraction.readers.base import DocumentInfo, PageRead, ReadOptions
from extraction.sample import write_sample_case

FACES = ("Times-Roman", "Helvetica", "Courier", "Times-Bold")
SIZES = (9, 10, 11, 12, 14)
INCH = 72.0
# Pages that say less are covers and signatures.
LEAST_CHARACTERS = 600


@dataclass(frozen=True)
class TruePage:
    """A page of a PDF, and its text; `by_rows`: the same words row by row from the top.

    A header that is painted last, or the columns of a table, may be read in either order.
    """

    name: str
    pdf: bytes
    number: int
    text: str
    by_rows: str

    def picture(self, dpi: float) -> Image.Image:
        """The page in grey at this resolution."""
        with pdfium.PdfDocument(self.pdf) as document:
            return document[self.number - 1].render(scale=dpi / INCH, grayscale=True).to_pil().convert("L")


def pages(count: int, seed: int) -> list[TruePage]:
    """So many pages, from the sample case and set here in turn; the same ones for the same seed."""
    chosen = random.Random(seed)
    sample = _sample(chosen)
    prose = [p.text for p in sample if "Depositions" not in p.name and "Finance" not in p.name]
    kinds = (_prose, _table, _prose, _transcript)
    made = [
        _set(f"{kind.__name__.strip('_')} {n}", kind(chosen, prose), FACES[n % len(FACES)], SIZES[n % len(SIZES)])
        for n, kind in ((n, kinds[n % len(kinds)]) for n in range(count // 2))
    ]
    found = sample[: count - len(made)]
    return [page for pair in zip(found, made, strict=False) for page in pair] + found[len(made) :]


def _sample(chosen: random.Random) -> list[TruePage]:
    """Pages of the sample case, one of each document before the second of any."""
    with tempfile.TemporaryDirectory(prefix="lexintel-bench-") as folder:
        files = [Path(folder) / file.path for file in write_sample_case(Path(folder))]
        documents = [_read(file) for file in files if file.suffix == ".pdf"]
    for found in documents:
        chosen.shuffle(found)
    longest = max(len(found) for found in documents)
    rounds = [[found[n] for found in documents if n < len(found)] for n in range(longest)]
    for found in rounds:
        chosen.shuffle(found)
    return [page for found in rounds for page in found]


def _read(file: Path) -> list[TruePage]:
    """Its pages with text; none of a file that is protected or broken."""
    data, pages = file.read_bytes(), []
    try:
        for item in load("application/pdf")(io.BytesIO(data), ReadOptions()):
            if isinstance(item, DocumentInfo) and "damaged_end" in item.warnings:
                return []
            if isinstance(item, PageRead) and len(item.text) >= LEAST_CHARACTERS:
                name = f"{file.parent.name}/{file.stem} {item.number}"
                pages.append(TruePage(name, data, item.number, item.text, _by_rows(item)))
    except PermanentError:
        return []
    return pages


def _by_rows(page: PageRead) -> str:
    words = unpack_array(page.words)
    middles = (words[:, 3] + words[:, 5]) / 2
    order = np.argsort(middles, kind="stable")
    heights = float(np.median(words[:, 5] - words[:, 3]))
    rows = np.empty(len(words), dtype=int)
    rows[order] = np.concatenate([[0], np.cumsum(np.diff(middles[order]) > heights / 2)])
    return " ".join(page.text[int(words[n, 0]) : int(words[n, 1])] for n in np.lexsort((words[:, 2], rows)))


Line = list[tuple[float, str]]


def _prose(chosen: random.Random, prose: list[str]) -> list[Line]:
    return [[(0.0, line)] for line in _words(chosen, prose, 420)]


def _transcript(chosen: random.Random, prose: list[str]) -> list[Line]:
    said = simpleSplit(" ".join(_words(chosen, prose, 240)), "Courier", 12, 54 * 7.2)[:25]
    marked = [f"{'QA'[n // 3 % 2]}.  {line}" if n % 3 == 0 else f"    {line}" for n, line in enumerate(said)]
    return [[(0.0, str(n)), (30.0, line.strip() if n % 3 != 1 else line)] for n, line in enumerate(marked, 1)]


def _table(chosen: random.Random, prose: list[str]) -> list[Line]:
    words = [word for word in _words(chosen, prose, 300)[0].split() if word.isalpha() and len(word) > 3]
    rows: list[Line] = [[(0.0, "Date"), (90.0, "Description"), (270.0, "Quantity"), (360.0, "Amount")]]
    for _ in range(34):
        day = f"{chosen.randint(1, 12):02}/{chosen.randint(1, 28):02}/20{chosen.randint(10, 26)}"
        what = " ".join(chosen.sample(words, min(2, len(words)))) if words else "Services"
        amount = (
            f"{chosen.choice('$€£')}{chosen.randint(1, 999)},{chosen.randint(0, 999):03}.{chosen.randint(0, 99):02}"
        )
        rows.append([(0.0, day), (90.0, what[:28]), (270.0, str(chosen.randint(1, 9999))), (360.0, amount)])
    return rows


def _words(chosen: random.Random, prose: list[str], count: int) -> list[str]:
    """A stretch of the sample's prose: one long line, to be set in lines."""
    words = " ".join(chosen.sample(prose, min(4, len(prose)))).encode("cp1252", "ignore").decode("cp1252").split()
    start = chosen.randrange(max(1, len(words) - count))
    return [" ".join(words[start : start + count])]


def _set(name: str, lines: list[Line], face: str, size: int) -> TruePage:
    """One page of these lines, each of which is pieces at distances from the left margin."""
    buffer, width, leading = io.BytesIO(), letter[0] - 2 * INCH, 1.25 * size
    canvas = Canvas(buffer, pagesize=letter, invariant=1)
    canvas.setFont(face, size)
    y, said = letter[1] - INCH, list[str]()
    for line in lines:
        pieces = [[(0.0, part)] for part in simpleSplit(line[0][1], face, size, width)] if len(line) == 1 else [line]
        for row in pieces:
            if y < INCH:
                break
            for x, text in row:
                canvas.drawString(INCH + x, y, text)
            said.append(" ".join(text for _, text in row))
            y -= leading
    canvas.showPage()
    canvas.save()
    return TruePage(f"{name} {face} {size} pt", buffer.getvalue(), 1, "\n".join(said), "\n".join(said))
