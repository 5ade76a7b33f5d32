"""PDF: what is drawn without end, and what a small file grows into."""

import io
import zlib
from collections.abc import Iterator

from extraction.tests.killers.kind import Killer, Pieces
from extraction.tests.killers.pdf_parts import WORDS, document, flated, one_page, stream
from extraction.tests.killers.squeezing import deflated

PDF = "application/pdf"


def _form(content: str, forms: str) -> bytes:
    return stream(content.encode(), f"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<<{forms}>>>>")


def form_recursion(forms: int) -> Pieces:
    """Forms that draw one another in a circle."""
    more = {10 + n: _form("/X Do", f"/X {10 + (n + 1) % forms} 0 R") for n in range(forms)}
    return document(one_page(stream(b"/X Do"), resources="/XObject<</X 10 0 R>>", more=more))


def form_exponential(levels: int, fan: int) -> Pieces:
    """Forms that each draw the next many times: fan ** levels in all."""
    more = {10 + n: _form("/X Do " * fan, f"/X {11 + n} 0 R") for n in range(levels)}
    more[10 + levels] = _form("0 0 m 9 9 l S", "")
    return document(one_page(stream(b"/X Do"), resources="/XObject<</X 10 0 R>>", more=more))


def content_bomb(megabytes: int, nested: int) -> Pieces:
    """A page's content that inflates to so much."""
    data = deflated(b"0 0 m " * 174_763, megabytes)
    for _ in range(nested - 1):
        data = zlib.compress(data, 9)
    return document(one_page(stream(data, f"/Filter[{'/FlateDecode' * nested}]")))


def filters_without_end(count: int) -> Pieces:
    """A stream that claims to be packed so many times."""
    return document(one_page(stream(b"78>" * 10, f"/Filter[{'/ASCIIHexDecode' * count}]")))


def predictor(columns: int) -> Pieces:
    """A stream whose rows are claimed to be enormous."""
    parms = f"/DecodeParms<</Predictor 12/Columns {columns}/Colors 32/BitsPerComponent 16>>"
    return document(one_page(flated(b"\x02" + bytes(1000), entries=parms)))


def glyphs(count: int) -> Pieces:
    """So many letters on one page, each placed by itself."""
    line = b"".join(b"1 0 0 1 %d %d Tm (a) Tj " % (n % 600, n // 600 % 780) for n in range(10_000))
    return document(one_page(flated(b"BT /F 1 Tf " + line * (count // 10_000) + b"ET")))


def lines(count: int) -> Pieces:
    """So many ruled lines on one page."""
    some = b"".join(b"%d %d m %d %d l S " % (n % 600, n % 790, n % 590, n % 780) for n in range(10_000))
    return document(one_page(flated(some * (count // 10_000))))


def long_string(megabytes: int) -> Pieces:
    """One string of text, all of it painted by one operator."""
    return document(one_page(flated(b"BT /F 1 Tf (" + b"word " * (megabytes * 200_000) + b") Tj ET")))


def deep_arrays(depth: int) -> Pieces:
    """Arrays in arrays, in an object and in a page's content."""
    return document(
        one_page(stream(b"[" * depth + b"]" * depth), more={5: b"[" * depth}, catalog="/Names 5 0 R/AcroForm 5 0 R")
    )


def deep_saves(depth: int) -> Pieces:
    """Graphics states saved and never restored."""
    return document(one_page(flated(b"q " * depth + b"BT /F 9 Tf (words) Tj ET")))


def pages(count: int) -> Pieces:
    """So many pages that share one content."""

    def objects() -> Iterator[tuple[int, bytes]]:
        yield 1, b"<</Type/Catalog/Pages 2 0 R>>"
        yield 2, b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, b" ".join(b"%d 0 R" % (n + 10) for n in range(count)))
        yield 4, WORDS
        for n in range(count):
            yield (
                n + 10,
                b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 612 792]"
                b"/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
            )

    return document(objects())


def objects(count: int) -> Pieces:
    """So many objects that nothing needs."""

    def made() -> Iterator[tuple[int, bytes]]:
        yield from one_page(WORDS)
        for number in range(10, count):
            yield number, b"null"

    return document(made())


def unindexed_objects(count: int) -> Pieces:
    """So many objects and no table of them: whoever reads it must find them."""
    yield b"%PDF-1.4\n"
    for number, body in one_page(WORDS):
        yield b"%d 0 obj\n%s\nendobj\n" % (number, body)
    for start in range(10, count, 10_000):
        yield b"".join(b"%d 0 obj\n<</A[1 2 3]>>\nendobj\n" % n for n in range(start, start + 10_000))
    yield b"trailer\n<</Root 1 0 R>>\n"


def page_box(box: str) -> Pieces:
    """A page of this size."""
    return document(one_page(WORDS, page=f"/MediaBox[{box}]/Rotate 90"))


def picture_flood(side: int) -> Pieces:
    """A page that shows a picture of side × side pixels, a few KB deflated."""
    packed = deflated(bytes(side // 8), side)
    image = f"/Type/XObject/Subtype/Image/Width {side}/Height {side}/BitsPerComponent 1/ColorSpace/DeviceGray"
    content = stream(b"612 0 0 792 0 0 cm /X Do")
    return document(
        one_page(content, resources="/XObject<</X 10 0 R>>", more={10: stream(packed, f"{image}/Filter/FlateDecode")})
    )


def map_bomb(ranges: int) -> Pieces:
    """A font whose map to Unicode names every code, again and again."""
    out = io.BytesIO()
    out.write(b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange\n")
    for _ in range(ranges):
        out.write(b"1 beginbfrange <0000> <FFFF> <0041> endbfrange\n")
    out.write(b"endcmap end")
    font = (
        b"<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H/ToUnicode 11 0 R/DescendantFonts[<</Type/Font"
        b"/Subtype/CIDFontType2/BaseFont/A/CIDSystemInfo<</Registry(A)/Ordering(I)/Supplement 0>>>>]>>"
    )
    content = stream(b"BT /G 12 Tf 72 700 Td <00410042> Tj ET")
    return document(
        one_page(
            content,
            page="/MediaBox[0 0 612 792]/Resources<</Font<</G 10 0 R>>>>",
            more={10: font, 11: flated(out.getvalue())},
        )
    )


def pattern_recursion(depth: int) -> Pieces:
    """Patterns that are painted with one another."""
    kind = "/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep .001/YStep .001"
    more = {
        10 + n: stream(
            b"/Pattern cs /P scn 0 0 1 1 re f", f"{kind}/Resources<</Pattern<</P {10 + (n + 1) % depth} 0 R>>>>"
        )
        for n in range(depth)
    }
    content = stream(b"/Pattern cs /P scn 0 0 612 792 re f")
    return document(one_page(content, resources="/Pattern<</P 10 0 R>>", more=more))


SLOW = ("resource_time", "partial: resource_time", "parser_crash", "partial: parser_crash", "partial: page_damaged")
MEMORY = ("resource_memory", "partial: resource_memory")
BLANK = ("ready", "partial: no_text_layer")

KILLERS = [
    Killer("pdf_form_recursion", PDF, form_recursion, BLANK, {"forms": 1}, {"forms": 50}),
    Killer("pdf_form_exponential", PDF, form_exponential, (*SLOW, *MEMORY), {"levels": 12, "fan": 10}),
    Killer("pdf_content_bomb", PDF, content_bomb, (*SLOW, *MEMORY, *BLANK), {"megabytes": 20, "nested": 1},
           {"megabytes": 2000, "nested": 1}),
    Killer("pdf_content_bomb_nested", PDF, content_bomb, (*SLOW, *MEMORY, *BLANK), {"megabytes": 20, "nested": 3},
           {"megabytes": 2000, "nested": 4}),
    Killer("pdf_filters_without_end", PDF, filters_without_end, BLANK, {"count": 1000}, {"count": 1_000_000}),
    Killer("pdf_predictor", PDF, predictor, BLANK, {"columns": 2**31 - 1}),
    Killer("pdf_glyphs", PDF, glyphs, ("ready", *SLOW, *MEMORY), {"count": 300_000}, {"count": 5_000_000}),
    Killer("pdf_lines", PDF, lines, (*SLOW, *MEMORY, *BLANK), {"count": 30_000}, {"count": 3_000_000}),
    Killer("pdf_long_string", PDF, long_string, ("ready", *SLOW, *MEMORY), {"megabytes": 5}, {"megabytes": 64}),
    Killer("pdf_deep_arrays", PDF, deep_arrays, BLANK, {"depth": 10_000}, {"depth": 2_000_000}),
    Killer("pdf_deep_saves", PDF, deep_saves, ("ready", *MEMORY), {"depth": 100_000}, {"depth": 5_000_000}),
    Killer("pdf_pages", PDF, pages, ("partial: too_many_pages", "partial: resource_time, too_many_pages"),
           {"count": 5_100}, {"count": 100_000}),
    Killer("pdf_objects", PDF, objects, ("ready",), {"count": 100_000}, {"count": 1_000_000}),
    Killer("pdf_unindexed_objects", PDF, unindexed_objects, ("ready", "ready: damaged_end"),
            {"count": 50_000}, {"count": 1_000_000}),
    Killer("pdf_page_box_huge", PDF, page_box, ("ready", "partial: page_damaged"), {"box": "0 0 1e9 1e9"}),
    Killer("pdf_page_box_infinite", PDF, page_box, ("ready", "partial: page_damaged"),
           {"box": "-" + "9" * 60 + " 0 " + "9" * 60 + " 1"}),
    Killer("pdf_page_box_empty", PDF, page_box, ("ready", "partial: page_damaged"), {"box": "5 5 5 5"}),
    Killer("pdf_picture_flood", PDF, picture_flood, ("partial: no_text_layer",), {"side": 20_000}, {"side": 60_000}),
    Killer("pdf_map_bomb", PDF, map_bomb, ("ready", *SLOW, *MEMORY), {"ranges": 20}, {"ranges": 20_000}),
    Killer("pdf_pattern_recursion", PDF, pattern_recursion, (*BLANK, *SLOW), {"depth": 1}, {"depth": 50}),
]  # fmt: skip
