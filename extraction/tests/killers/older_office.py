"""OLE files, and what lies in them, whose chains and records lead in circles or nowhere."""

import struct
from collections.abc import Callable

from extraction.readers import msg_properties as p
from extraction.tests.killers.kind import TOO_MUCH, Killer, Pieces
from extraction.tests.made_files import ole
from extraction.tests.test_readers_mail import outlook, properties, short, within
from extraction.tests.test_readers_older_word import doc, group, wpd
from extraction.tests.test_readers_sheets import biff, label, xls
from extraction.tests.test_readers_slides import record

DOC, XLS, PPT, MSG = "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", (
    "application/vnd.ms-outlook"
)  # fmt: skip
WPD = "application/vnd.wordperfect"
_SECTOR = 512


def _sample(kind: str) -> bytes:
    """A sound file with streams of many sectors."""
    if kind == DOC:
        return doc("word " * 5_000)
    if kind == XLS:
        return xls(b"".join(label(n, 0, "words") for n in range(500)))
    if kind == PPT:
        return ole({"Current User": bytes(64), "PowerPoint Document": record(1000, bytes(20_000))})
    return ole(outlook() | properties((p.BODY, "words " * 5_000)))


def _table_at(data: bytes) -> int:
    (first,) = struct.unpack_from("<I", data, 76)
    return (int(first) + 1) * _SECTOR


def chain_loop(kind: str) -> Pieces:
    """Every chain of sectors goes in a circle."""
    made = bytearray(_sample(kind))
    table = _table_at(made)
    count = sum(1 for s in struct.unpack_from("<128I", made, table) if s < 0xFFFFFFFA)
    for n in range(count):
        struct.pack_into("<I", made, table + 4 * n, max(0, n - 1))
    yield bytes(made)


def small_chain_loop(kind: str) -> Pieces:
    """Every chain of small sectors goes in a circle."""
    made = bytearray(_sample(kind))
    (first,) = struct.unpack_from("<I", made, 60)
    if first < 0xFFFFFFFA:
        for n in range(128):
            struct.pack_into("<I", made, (first + 1) * _SECTOR + 4 * n, max(0, n - 1))
    yield bytes(made)


def tree_loop(kind: str) -> Pieces:
    """Every entry of the directory is its own neighbour, and the root its own child."""
    made = bytearray(_sample(kind))
    (first,) = struct.unpack_from("<I", made, 48)
    for n in range(4):
        at = (first + 1) * _SECTOR + 128 * n
        struct.pack_into("<III", made, at + 68, n, (n + 1) % 4, n)
    yield bytes(made)


def table_chain_loop(kind: str, claimed: int) -> Pieces:
    """The table of tables goes on in itself, for so many sectors."""
    made = bytearray(_sample(kind))
    struct.pack_into("<III", made, 64, 4096, 0, 0)
    struct.pack_into("<II", made, 68, 1, claimed)
    struct.pack_into("<I", made, 2 * _SECTOR + 508, 1)
    yield bytes(made)


def tables(kind: str, count: int) -> Pieces:
    """Claims so many tables, all of which are one."""
    made = bytearray(_sample(kind))
    (first,) = struct.unpack_from("<I", made, 76)
    struct.pack_into("<I", made, 44, count)
    struct.pack_into("<109I", made, 76, *[first] * 109)
    yield bytes(made)


def sizes(kind: str) -> Pieces:
    """Every stream claims to be as large as can be."""
    made = bytearray(_sample(kind))
    (first,) = struct.unpack_from("<I", made, 48)
    for n in range(12):
        at = (first + 1) * _SECTOR + 128 * n
        if at + 128 <= len(made):
            struct.pack_into("<Q", made, at + 120, 2**63 - 1)
    yield bytes(made)


def entries(kind: str, count: int) -> Pieces:
    """So many streams."""
    more = {DOC: {}, XLS: {}, PPT: {}, MSG: outlook()}[kind]
    yield ole({f"s{n:06}": b"" for n in range(count)} | more)


def doc_pieces(count: int) -> Pieces:
    """A text put together from so many pieces, all of them the same megabyte."""
    content = b"word " * 200_000
    header = bytearray(0x400)
    struct.pack_into("<HH", header, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", header, 10, 0x0200)
    struct.pack_into("<i", header, 0x4C, 2**31 - 1)
    ends = [n * 1_000_000 & 0x7FFFFFFF for n in range(count + 1)]
    table = struct.pack(f"<{count + 1}I", *ends) + struct.pack("<HIH", 0, 0x400 * 2 | 0x40000000, 0) * count
    pieces = b"\x02" + struct.pack("<I", len(table)) + table
    struct.pack_into("<II", header, 0x1A2, 0, len(pieces))
    yield ole({"WordDocument": bytes(header) + content, "1Table": pieces})


def doc_fields(depth: int) -> Pieces:
    """Fields in fields, none of which ends."""
    yield doc("\x13 A " * depth + "words\r" + "\x07" * depth)


def xls_sparse(row: int, column: int) -> Pieces:
    """Two cells in opposite corners."""
    yield xls(label(0, 0, "a") + label(row, column, "b"))


def xls_dimensions(rows: int) -> Pieces:
    """No cell, and room for so many rows."""
    yield xls(biff((0x200, struct.pack("<IIHHH", 0, rows, 0, 256, 0))))


def xls_strings(claimed: int, sheets: int) -> Pieces:
    """Claims so many shared strings; and sheets that begin where the workbook does."""
    start = biff((0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)))
    shared = biff((0xFC, struct.pack("<II", claimed, claimed) + b"\x01\x00\x00a"))
    bound = biff((0x85, struct.pack("<IBBBB", 0, 0, 0, 4, 0) + b"Main")) * sheets
    yield ole({"Workbook": (start + shared + bound + biff((0x0A, b""))).ljust(4096, b"\0")})


def xls_rows(count: int) -> Pieces:
    """So many rows of one number, packed into one record each."""
    cells = b"".join(biff((0x203, struct.pack("<HHHd", n & 0xFFFF, n % 250, 0, 1.5))) for n in range(count))
    yield xls(cells)


def ppt_containers(depth: int) -> Pieces:
    """Records in records."""
    inner = record(4008, b"words")
    for _ in range(depth):
        inner = struct.pack("<HHI", 0x0F, 1036, len(inner)) + inner
    slide = struct.pack("<HHI", 0x0F, 1006, len(inner)) + inner
    yield _ppt(slide, edits_back=0)


def ppt_edits(count: int) -> Pieces:
    """Saves that each name an earlier one, the first of them itself; and a slide listed so many times."""
    yield _ppt(record(1006, record(4008, b"words"), container=True), edits_back=count, listed=count)


def _ppt(slide: bytes, *, edits_back: int, listed: int = 1) -> bytes:
    list_of = record(4080, record(1011, struct.pack("<IIIII", 2, 0, 0, 256, 0)) * listed, container=True)
    document = record(1000, list_of, container=True)
    body = document + slide
    directory_at = len(body)
    body += record(6002, struct.pack("<III", 1 | 2 << 20, 0, len(document)))
    edit_at = len(body)
    edit = record(4085, struct.pack("<IIIIIII", 0, 0, edit_at, directory_at, 1, 0, 0))
    earlier = (edit[:16] + struct.pack("<I", edit_at + n * len(edit)) + edit[20:] for n in range(edits_back))
    body += b"".join(earlier) + edit
    user = struct.pack("<HHIIII", 0, 4086, 20, 20, 0xE391C05F, len(body) - len(edit))
    return ole({"Current User": user, "PowerPoint Document": body})


def msg_nested(depth: int) -> Pieces:
    """Messages attached to messages."""
    inner = properties((p.SUBJECT, "Inner"), (p.BODY, "inner body"), head=24)
    for _ in range(depth):
        kept = short(p.ATTACH_METHOD, 3, struct.pack("<i", 5))
        attached = properties((p.NAME, "Inner"), short=kept, head=8)
        attached |= within(f"__substg1.0_{p.ATTACHED_DATA:04X}000D", inner)
        inner = properties((p.SUBJECT, "Outer"), head=24) | within("__attach_version1.0_#00000000", attached)
    yield ole(outlook() | within("__attach_version1.0_#00000000", attached))


def msg_recipients(count: int) -> Pieces:
    """So many recipients and attachments."""
    made = outlook()
    person = properties((p.NAME, "x"), head=8)
    file = properties((p.ATTACH_LONG_NAME, "x"), data=((p.ATTACHED_DATA, b"x"),), head=8)
    for n in range(count):
        made |= within(f"__recip_version1.0_#{n:08X}", person) | within(f"__attach_version1.0_#{n:08X}", file)
    yield ole(made)


def msg_shared(count: int, megabytes: int) -> Pieces:
    """So many attachments, all of which are one stretch of the file."""
    made = outlook()
    for n in range(count):
        content = bytes(megabytes << 20) if n == 0 else b"x"
        file = properties((p.ATTACH_LONG_NAME, "x"), data=((p.ATTACHED_DATA, content),), head=8)
        made |= within(f"__attach_version1.0_#{n:08X}", file)
    data, name = bytearray(ole(made)), f"__substg1.0_{p.ATTACHED_DATA:04X}0102".encode("utf-16-le")
    places = []
    at = data.find(name)
    while at >= 0:
        places.append(at)
        at = data.find(name, at + 1)
    largest = max(places, key=lambda place: struct.unpack_from("<Q", data, place + 120)[0])
    for place in places:
        data[place + 116 : place + 128] = data[largest + 116 : largest + 128]
    yield bytes(data)


def msg_rtf(megabytes: int, claimed: int) -> Pieces:
    """A body in compressed RTF that unpacks ninefold, and claims to be larger still."""
    packed = b"\x00{\\rtf1 a" + b"\xff" * 1
    packed += (b"\xff" + struct.pack(">H", 0x0D0F) * 8) * (megabytes * 8_000)
    head = struct.pack("<II4sI", len(packed) + 12, claimed, b"LZFu", 0)
    yield ole(properties((p.SUBJECT, "x"), data=((p.RTF, head + packed),)))


def wpd_groups(count: int) -> Pieces:
    """Groups that claim to be longer than the file, and notes that contain themselves."""
    note = b"\xf0\x06\x04\xf0" + group(0xD7, 0, packet=1)
    yield wpd(note * count + b"\xd0\x00\xff\xff" * count + b"words" * count)


def wpd_packets(count: int) -> Pieces:
    """An index of packets that refers to itself so many times over."""
    index = struct.pack("<HHIII", 0x0FFF, count & 0xFFFF, 16, 0xFFFFFFFF, 16)
    yield wpd(b"words" * 100, packets=index * count)


CORRUPT = ("corrupt", "ready", "ready: damaged_end", "ready: parts_damaged", "unsupported_type", "encrypted")
TEXT = (*CORRUPT, *TOO_MUCH)
SHARED = ("ready: member archive_limit",)
_SHORT = {DOC: "doc", XLS: "xls", PPT: "ppt", MSG: "msg"}


def _each(name: str, make: Callable[..., Pieces], small: dict, full: dict, ends: tuple[str, ...] = CORRUPT) -> list:
    return [
        Killer(f"{short_name}_{name}", kind, make, ends, {"kind": kind} | small, {"kind": kind} | full)
        for kind, short_name in _SHORT.items()
    ]


KILLERS: list[Killer] = [
    *_each("chain_loop", chain_loop, {}, {}),
    *_each("small_chain_loop", small_chain_loop, {}, {}),
    *_each("tree_loop", tree_loop, {}, {}),
    *_each("table_chain_loop", table_chain_loop, {"claimed": 1_000}, {"claimed": 2**32 - 1}),
    *_each("tables", tables, {"count": 109}, {"count": 2**32 - 1}),
    *_each("sizes", sizes, {}, {}, (*CORRUPT, "too_large", "resource_memory")),
    *_each("entries", entries, {"count": 5_000}, {"count": 50_000}),
    Killer("doc_pieces", DOC, doc_pieces, TEXT, {"count": 200}, {"count": 20_000}),
    Killer("doc_fields", DOC, doc_fields, TEXT, {"depth": 50_000}, {"depth": 500_000}),
    Killer("xls_sparse", XLS, xls_sparse, ("resource_memory",), {"row": 65_535, "column": 255}),
    Killer("xls_dimensions", XLS, xls_dimensions, (*CORRUPT, "resource_memory"), {"rows": 65_535}, {"rows": 2**32 - 1}),
    Killer("xls_strings", XLS, xls_strings, CORRUPT, {"claimed": 2**31 - 1, "sheets": 20},
           {"claimed": 2**32 - 1, "sheets": 5_000}),
    Killer("xls_rows", XLS, xls_rows, TEXT, {"count": 60_000}, {"count": 350_000}),
    Killer("ppt_containers", PPT, ppt_containers, TEXT, {"depth": 2_000}, {"depth": 50_000}),
    Killer("ppt_edits", PPT, ppt_edits, TEXT, {"count": 2_000}, {"count": 80_000}),
    Killer("msg_nested", MSG, msg_nested, ("ready: member archive_limit", "corrupt"), {"depth": 20}, {"depth": 150}),
    Killer("msg_recipients", MSG, msg_recipients, ("ready", "resource_time"), {"count": 300}, {"count": 450}),
    Killer("msg_shared", MSG, msg_shared, SHARED, {"count": 200, "megabytes": 2}, {"count": 240, "megabytes": 5}),
    Killer("msg_rtf", MSG, msg_rtf, TEXT, {"megabytes": 1, "claimed": 2**32 - 1},
           {"megabytes": 40, "claimed": 2**32 - 1}),
    Killer("wpd_groups", WPD, wpd_groups, TEXT, {"count": 20_000}, {"count": 2_000_000}),
    Killer("wpd_packets", WPD, wpd_packets, TEXT, {"count": 5_000}, {"count": 65_535}),
]  # fmt: skip
