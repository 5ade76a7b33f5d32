"""PDF files object by object, with nothing checked: what a program that means harm would write."""

import zlib
from collections.abc import Iterable, Iterator, Mapping

from extraction.tests.killers.kind import Pieces

CATALOG, PAGES, PAGE, CONTENT = 1, 2, 3, 4
_CHUNK = 1 << 20


def document(objects: Iterable[tuple[int, bytes]], *, trailer: str = "", root: int = CATALOG) -> Pieces:
    """A whole file of these objects, by number, with a table of where they are."""
    places: dict[int, int] = {}
    at = 0

    def counted(piece: bytes) -> bytes:
        nonlocal at
        at += len(piece)
        return piece

    yield counted(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    for number, body in objects:
        places[number] = at
        yield counted(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    count, table = max(places) + 1, at
    yield b"xref\n0 %d\n0000000000 65535 f \n" % count
    lines = bytearray()
    for number in range(1, count):
        lines += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 00000 f \n"
        if len(lines) > _CHUNK:
            yield bytes(lines)
            lines.clear()
    yield bytes(lines)
    yield b"trailer\n<</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (count, root, trailer.encode(), table)


def stream(data: bytes, entries: str = "") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(data), entries.encode(), data)


def flated(data: bytes, times: int = 1, entries: str = "") -> bytes:
    """A stream deflated so many times over."""
    for _ in range(times):
        data = zlib.compress(data, 1)
    return stream(data, f"/Filter[{'/FlateDecode' * times}]{entries}")


def one_page(
    content: bytes,
    *,
    catalog: str = "",
    page: str = "/MediaBox[0 0 612 792]",
    resources: str = "",
    more: Mapping[int, bytes] | None = None,
) -> Iterator[tuple[int, bytes]]:
    """The objects of a document of one page. `content`: the object that draws it."""
    font = "/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
    yield CATALOG, f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode()
    yield PAGES, b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
    yield PAGE, f"<</Type/Page/Parent 2 0 R/Contents 4 0 R{page}/Resources<<{font}{resources}>>>>".encode()
    yield CONTENT, content
    yield from (more or {}).items()


WORDS = stream(b"BT /F 12 Tf 72 700 Td (The record speaks.) Tj ET")
