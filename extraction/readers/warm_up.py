"""What a reader's libraries set up at their first document, done once and before there is a hostile one.

PDFium looks for the machine's fonts when it first meets one: 20 ms that every forked child would spend anew.
"""

import io

from extraction.readers import pdf
from extraction.readers.base import ReadOptions

_PAGE = b"""
72 640 200 60 re S 72 660 200 0.5 re f 172 640 0.5 60 re f
BT /F1 12 Tf 72 700 Td (The goods were delivered in May.) Tj ET
BT /F2 12 Tf 76 645 Td (1 Goods) Tj ET BT /F3 10 Tf 176 645 Td (2 Price) Tj ET
"""


def _pdf() -> bytes:
    """A PDF of one page with a sentence, a small table and three kinds of letters."""
    fonts = b"/F1 4 0 R /F2 5 0 R /F3 6 0 R"
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 7 0 R /Resources << /Font << %s >> >> >>"
        % fonts,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(_PAGE), _PAGE),
    ]
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, part in enumerate(parts, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(parts) + 1, table)
    return bytes(made + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(parts) + 1, start))


def warm_up() -> None:
    """Let the reader of PDF read a document of ours. Never raises."""
    try:
        list(pdf.read(io.BytesIO(_pdf()), ReadOptions()))
    except Exception:  # noqa: S110 - the child will meet the same, and say so
        pass
