"""PDF: what refers to itself, or to so many others that following them never ends."""

from collections.abc import Iterator

from extraction.tests.killers.kind import Killer, Pieces
from extraction.tests.killers.pdf import PDF
from extraction.tests.killers.pdf_parts import WORDS, document, flated, one_page, stream
from extraction.tests.killers.squeezing import MB, deflated


def page_tree_loop(count: int) -> Pieces:
    """A tree of pages whose branch is its own trunk."""
    objects = dict(one_page(WORDS))
    objects[2] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b"2 0 R 3 0 R " * 3, count)
    return document(objects.items())


def page_tree_deep(depth: int) -> Pieces:
    """A tree of pages with one branch on each branch."""

    def objects() -> Iterator[tuple[int, bytes]]:
        yield 1, b"<</Type/Catalog/Pages 10 0 R>>"
        yield 4, WORDS
        for n in range(10, 10 + depth):
            yield n, b"<</Type/Pages/Kids[%d 0 R]/Count 1/Parent %d 0 R>>" % (n + 1, max(10, n - 1))
        yield 10 + depth, b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>" % (9 + depth)

    return document(objects())


def page_tree_lie(count: int) -> Pieces:
    """One page that claims to be so many."""
    objects = dict(one_page(WORDS))
    objects[2] = b"<</Type/Pages/Kids[3 0 R]/Count %d>>" % count
    return document(objects.items())


def outline_loop(items: int) -> Pieces:
    """Bookmarks that follow one another in a circle."""
    more = {
        10 + n: b"<</Title(x)/Next %d 0 R/First %d 0 R/Parent 10 0 R>>" % (10 + (n + 1) % items, 10)
        for n in range(items)
    }
    return document(one_page(WORDS, catalog="/Outlines 10 0 R", more=more))


def table_loop(steps: int) -> Pieces:
    """Tables of objects that each name an earlier one; the first names the last."""
    body = b"".join(document(one_page(WORDS)))
    head, _, rest = body.rpartition(b"xref\n0")
    last = steps * 60 + len(body)
    yield head + b"xref\n0" + rest.replace(b"/Root", b"/Prev %d/Root" % last)
    at = len(head) + len(b"xref\n0") + len(rest) + len(b"/Prev %d" % last)
    before = len(head.rpartition(b"startxref")[0]) or len(head)
    for _ in range(steps):
        section = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 5/Root 1 0 R/Prev %d>>\n" % before
        before = at
        at += len(section)
        yield section
    yield b"startxref\n%d\n%%%%EOF" % before


def reference_loop(count: int) -> Pieces:
    """Objects that are nothing but references to one another: contents, lengths, boxes."""
    more = {10 + n: b"%d 0 R" % (10 + (n + 1) % count) for n in range(count)}
    page = "/MediaBox 10 0 R/Rotate 10 0 R/Annots 10 0 R"
    content = b"<</Length 10 0 R/Filter 10 0 R>>\nstream\nBT /F 9 Tf (words) Tj ET\nendstream"
    return document(one_page(content, page=page, more=more))


def object_stream_loop(streams: int) -> Pieces:
    """Streams of objects that extend one another and hold themselves."""
    more = {
        10 + n: flated(
            b"10 0 5 5 <</A 1>>", entries=f"/Type/ObjStm/N 9999999/First 9/Extends {10 + (n + 1) % streams} 0 R"
        )
        for n in range(streams)
    }
    return document(one_page(WORDS, catalog="/Names 10 0 R", more=more))


def labels_loop(kids: int) -> Pieces:
    """Page labels in a tree that is its own branch."""
    more = {10: b"<</Kids[%s]>>" % (b"10 0 R " * kids)}
    return document(one_page(WORDS, catalog="/PageLabels 10 0 R", more=more))


def names_loop(kids: int) -> Pieces:
    """Embedded files in a tree of names that is its own branch."""
    more = {10: b"<</Kids[%s]>>" % (b"10 0 R " * kids)}
    return document(one_page(WORDS, catalog="/Names<</EmbeddedFiles 10 0 R/JavaScript 10 0 R>>", more=more))


def embedded_in_itself(count: int) -> Pieces:
    """So many embedded files, each of which is the file's own catalog, page or another's description."""
    names = "".join(f"(f{n:05}){10 + n} 0 R" for n in range(count))
    more = {10 + n: b"<</Type/Filespec/F(..\\/..\\/x)/EF<</F %d 0 R>>>>" % (1 + n % 12) for n in range(count)}
    return document(one_page(WORDS, catalog=f"/Names<</EmbeddedFiles<</Names[{names}]>>>>", more=more))


def embedded_bomb(megabytes: int, count: int) -> Pieces:
    """An embedded file that inflates to so much, embedded so many times."""
    packed = deflated(MB, megabytes)
    names = "".join(f"(f{n:05})<</Type/Filespec/F(f{n})/EF<</F 10 0 R>>>>" for n in range(count))
    more = {10: stream(packed, "/Type/EmbeddedFile/Filter/FlateDecode")}
    return document(one_page(WORDS, catalog=f"/Names<</EmbeddedFiles<</Names[{names}]>>>>", more=more))


def annotations(count: int) -> Pieces:
    """So many notes on one page, and a form field that is its own child."""
    more = {10: b"[%s]" % (b"11 0 R " * count)}
    more[11] = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(x)/Rect[0 0 9 9]/Parent 11 0 R/Kids[11 0 R 11 0 R]>>"
    catalog = "/AcroForm<</Fields[11 0 R 11 0 R]>>"
    return document(one_page(WORDS, catalog=catalog, page="/MediaBox[0 0 612 792]/Annots 10 0 R", more=more))


def structure_loop(kids: int) -> Pieces:
    """A logical structure that is its own child."""
    more = {10: b"<</Type/StructTreeRoot/K[%s]>>" % (b"11 0 R " * kids)}
    more[11] = b"<</Type/StructElem/S/P/P 10 0 R/Pg 3 0 R/K[%s]>>" % (b"11 0 R " * kids)
    return document(one_page(WORDS, catalog="/StructTreeRoot 10 0 R/MarkInfo<</Marked true>>", more=more))


READY = ("ready",)
EMBEDDED = ("ready: member archive_limit", "partial: member resource_memory, resource_memory")
NO_PAGES = ("corrupt", "ready", "partial: page_damaged", "partial: page_damaged, too_many_pages")

KILLERS = [
    Killer("pdf_page_tree_loop", PDF, page_tree_loop, NO_PAGES, {"count": 100}, {"count": 1_000_000}),
    Killer("pdf_page_tree_deep", PDF, page_tree_deep, NO_PAGES, {"depth": 3_000}, {"depth": 200_000}),
    Killer("pdf_page_tree_lie", PDF, page_tree_lie, NO_PAGES, {"count": 1_000}, {"count": 2**31 - 1}),
    Killer("pdf_outline_loop", PDF, outline_loop, READY, {"items": 3}, {"items": 100_000}),
    Killer("pdf_table_loop", PDF, table_loop, READY, {"steps": 2}, {"steps": 100_000}),
    Killer("pdf_reference_loop", PDF, reference_loop, ("ready", "partial: page_damaged"), {"count": 1},
           {"count": 100_000}),
    Killer("pdf_object_stream_loop", PDF, object_stream_loop, READY, {"streams": 1}, {"streams": 1_000}),
    Killer("pdf_labels_loop", PDF, labels_loop, READY, {"kids": 2}, {"kids": 100}),
    Killer("pdf_names_loop", PDF, names_loop, READY, {"kids": 2}, {"kids": 100}),
    Killer("pdf_embedded_in_itself", PDF, embedded_in_itself, ("ready", "ready: member corrupt"), {"count": 50},
           {"count": 20_000}),
    Killer("pdf_embedded_bomb", PDF, embedded_bomb, EMBEDDED, {"megabytes": 60, "count": 3},
           {"megabytes": 3_000, "count": 400}),
    Killer("pdf_annotations", PDF, annotations, READY, {"count": 10_000}, {"count": 2_000_000}),
    Killer("pdf_structure_loop", PDF, structure_loop, READY, {"kids": 2}, {"kids": 100}),
]  # fmt: skip
