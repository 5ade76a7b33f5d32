"""Archives that unpack to more than there is room for, or never stop."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zlib
from collections.abc import Iterable

from extraction.tests.killers.kind import Killer, Pieces
from extraction.tests.killers.squeezing import MB, RAW, checked, deflated, squeezed
from extraction.tests.made_files import zipped

ZIP, TAR, GZ, SEVEN = "application/zip", "application/x-tar", "application/gzip", "application/x-7z-compressed"
XZ, BZ = "application/x-xz", "application/x-bzip2"
_STORED, _DEFLATED = 0, 8


def zip_file(entries: Iterable[tuple[str, bytes, int, int]], *, method: int = _DEFLATED) -> Pieces:
    """A ZIP of entries as they are packed: name, packed bytes, checksum, size."""
    directory, at, count = bytearray(), 0, 0
    for name, packed, checksum, size in entries:
        encoded = name.encode()
        common = struct.pack(
            "<HHHHHIIIHH", 20, 0x800, method, 0, 33, checksum, len(packed), size & 0xFFFFFFFF, len(encoded), 0
        )
        yield b"PK\x03\x04" + common + encoded + packed
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, at) + encoded
        at += 30 + len(encoded) + len(packed)
        count += 1
    yield bytes(directory)
    yield b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count & 0xFFFF, count & 0xFFFF, len(directory), at, 0)


def deflated_zeros(megabytes: int) -> tuple[bytes, int, int]:
    """Packed bytes, checksum and size of so many zeros."""
    return deflated(MB, megabytes, RAW), checked(MB, megabytes), megabytes << 20


def zip_flat(megabytes: int, count: int) -> Pieces:
    """So many entries, each of which unpacks to so much."""
    bomb = deflated_zeros(megabytes)
    return zip_file((f"{n}.bin", *bomb) for n in range(count))


def zip_within_ratio(megabytes: int, count: int) -> Pieces:
    """As above, but each shrinks no more than text may: only their sum is too much."""
    noise = zlib.compress(str(list(range(999))).encode(), 9)[:7_000]
    block = noise + bytes((1 << 20) - len(noise))
    entry = deflated(block, megabytes, RAW), checked(block, megabytes), megabytes << 20
    return zip_file((f"{n}.bin", *entry) for n in range(count))


def zip_nested(depth: int, width: int) -> Pieces:
    """An archive of archives of archives."""
    inner = zipped({"letter.txt": "words"})
    for _ in range(depth):
        inner = zipped({f"{n}.zip": inner for n in range(width)})
    yield inner


def zip_overlapping(entries: int, megabytes: int) -> Pieces:
    """Many names for one kernel, as D. Fifield's flat bombs."""
    packed, checksum, size = deflated_zeros(megabytes)
    common = struct.pack("<HHHHHIIIHH", 20, 0x800, _DEFLATED, 0, 33, checksum, len(packed), size & 0xFFFFFFFF, 1, 0)
    local = b"PK\x03\x04" + common + b"0" + packed
    yield local
    one = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + b"0"
    yield one * entries
    yield b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, entries, entries, len(one) * entries, len(local), 0)


def zip_quoted(entries: int) -> Pieces:
    """Each entry holds the heads of all that follow as stored blocks, then the same kernel."""
    packed, checksum, size = deflated_zeros(8)
    heads = [
        b"PK\x03\x04"
        + struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, checksum, len(packed) + 36 * (entries - n), size, 1, 0)
        + bytes([33 + n % 90])
        for n in range(entries)
    ]
    directory, at, body = bytearray(), 0, bytearray()
    for head in heads:
        quote = b"\x00" + struct.pack("<HH", 31, 0xFFFF ^ 31)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + head[4:30] + struct.pack("<HHHII", 0, 0, 0, 0, at)
        directory += head[30:]
        body += head + quote
        at += 36
    body += packed
    yield bytes(body + directory)
    yield b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, entries, entries, len(directory), len(body), 0)


def zip_entries(count: int) -> Pieces:
    """So many empty files."""
    return zip_file(((f"{n}", b"", 0, 0) for n in range(count)), method=_STORED)


def zip_names(count: int) -> Pieces:
    """Names that would lead out of a folder, end a line, or fill the screen."""
    names = ["../../../etc/passwd", "/etc/shadow", "C:\\Windows\\x.dll", "\\\\host\\share\\x", "..", ".", "a/../../b",
             "con.txt", "a\x00.exe", "\u202etxt.exe", "x" * 60_000, "a/" * 5_000, "\r\nSet-Cookie: a", "~/x", "-rf",
             "%2e%2e%2fx", "\ud7ff\ufffe", "\u200b", " ", "."]  # fmt: skip
    return zip_file(
        ((f"{names[n % len(names)]}", b"words", zlib.crc32(b"words"), 5) for n in range(count)), method=_STORED
    )


def zip_lies(directory_mb: int) -> Pieces:
    """An end record that claims a list of so much, and 64-bit fields that point anywhere."""
    yield from zip_file([("a", b"words", zlib.crc32(b"words"), 5)], method=_STORED)
    where = 1 << 62
    yield b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 1 << 60, 1 << 60, directory_mb << 20, where)
    yield b"PK\x06\x07" + struct.pack("<IQI", 0, where, 1)
    yield b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)


def _info(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = "", **pax: str) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname, info.pax_headers = size, kind, link, pax
    return info.tobuf(tarfile.PAX_FORMAT)


def _file(name: str, content: bytes) -> bytes:
    return _info(name, len(content)) + content + bytes(-len(content) % 512)


def tar_links(count: int) -> Pieces:
    """Links to secrets, to themselves and in circles; devices and pipes."""
    yield _file("good.txt", b"words")
    for n in range(count):
        yield _info(f"s{n}", kind=tarfile.SYMTYPE, link="/etc/shadow" if n % 2 else f"s{n}")
        yield _info(f"h{n}", kind=tarfile.LNKTYPE, link=f"h{n + 1}" if n % 2 else "../../etc/passwd")
    for kind in (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE):
        yield _info("odd", kind=kind)
    yield _info("h0", kind=tarfile.LNKTYPE, link="h0") + bytes(1024)


def tar_sparse(terabytes: int) -> Pieces:
    """A sparse file that claims to be so large and holds one block."""
    pax = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "huge.bin"}
    content = b"1\n0\n512\n".ljust(512, b"\0") + b"x" * 512
    yield _info("s/huge.bin", len(content), **pax, **{"GNU.sparse.realsize": str(terabytes << 40)}) + content
    yield _file("good.txt", b"words") + bytes(1024)


def tar_entries(count: int) -> Pieces:
    """So many empty files."""
    for n in range(count):
        yield _info(f"{n}")
    yield bytes(1024)


def tar_header_bomb(megabytes: int) -> Pieces:
    """A compressed TAR whose extended header alone is so large."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, megabytes << 20
    yield gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + b"99 path=")
    yield squeezed(MB, megabytes, "gzip") + gzip.compress(_file("good.txt", b"words"))


def bomb(megabytes: int, kind: str, times: int = 1) -> Pieces:
    """Zeros, compressed so many times over."""
    data = squeezed(MB, megabytes, kind)
    for _ in range(times - 1):
        data = squeezed(data, 1, kind)
    yield data


def many_streams(count: int, kind: str) -> Pieces:
    """So many compressed streams, one after another, that hold nothing."""
    empty = {"gzip": gzip.compress(b"", mtime=0), "bzip2": bz2.compress(b""), "xz": lzma.compress(b"")}[kind]
    yield empty * count


def xz_dictionary() -> Pieces:
    """Asks for four gigabytes to unpack a word."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}]
    data = bytearray(lzma.compress(b"words", filters=filters, check=lzma.CHECK_NONE))
    at = data.index(b"\x21\x01", 12)
    data[at + 2] = 40
    size = (data[12] + 1) * 4
    struct.pack_into("<I", data, 12 + size - 4, zlib.crc32(data[12 : 12 + size - 4]))
    yield bytes(data)


def seven_bomb(megabytes: int, files: int = 1) -> Pieces:
    """Zeros in one solid block."""
    import py7zr

    made = io.BytesIO()
    with py7zr.SevenZipFile(made, "w", filters=[{"id": py7zr.FILTER_LZMA2, "preset": 1}]) as archive:
        for n in range(files):
            archive.writef(io.BytesIO(bytes(megabytes << 20)), f"{n}.bin")
    yield made.getvalue()


def seven_header(header: bytes) -> Pieces:
    """A list of files that says this."""
    start = struct.pack("<QQI", 0, len(header), zlib.crc32(header))
    yield b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start + header


def seven_claims(files: int) -> Pieces:
    """Claims so many files, with nothing behind it."""
    return seven_header(b"\x01\x05\xff" + struct.pack("<Q", files) + b"\x00")


def seven_streams(streams: int) -> Pieces:
    """Claims so many packed streams, each of them huge."""
    return seven_header(b"\x01\x04\x06\x00\xff" + struct.pack("<Q", streams) + b"\x09" + b"\xff" * 64 + b"\x00")


LIMIT, MEMBER = ("archive_limit",), ("ready: member archive_limit",)

KILLERS = [
    Killer("zip_flat", ZIP, zip_flat, MEMBER, {"megabytes": 60, "count": 3}, {"megabytes": 4_000, "count": 20}),
    Killer("zip_within_ratio", ZIP, zip_within_ratio, ("ready", *MEMBER), {"megabytes": 20, "count": 3},
           {"megabytes": 512, "count": 6}),
    Killer("zip_nested", ZIP, zip_nested, ("ready",), {"depth": 3, "width": 4}, {"depth": 200, "width": 1}),
    Killer("zip_overlapping", ZIP, zip_overlapping, LIMIT, {"entries": 500, "megabytes": 1},
           {"entries": 1_900, "megabytes": 2_000}),
    Killer("zip_quoted", ZIP, zip_quoted, LIMIT, {"entries": 100}, {"entries": 1_900}),
    Killer("zip_entries", ZIP, zip_entries, LIMIT, {"count": 20_000}, {"count": 200_000}),
    Killer("zip_names", ZIP, zip_names, ("ready",), {"count": 20}, {"count": 200}),
    Killer("zip_lies", ZIP, zip_lies, ("archive_limit", "corrupt"), {"directory_mb": 1 << 20}),
    Killer("tar_links", TAR, tar_links, ("ready",), {"count": 50}, {"count": 900}),
    Killer("tar_sparse", TAR, tar_sparse, LIMIT, {"terabytes": 8}),
    Killer("tar_entries", TAR, tar_entries, LIMIT, {"count": 3_000}, {"count": 200_000}),
    Killer("tar_header_bomb", GZ, tar_header_bomb, ("archive_limit", "resource_memory", "corrupt"),
           {"megabytes": 60}, {"megabytes": 1_000}),
    Killer("gzip_bomb", GZ, bomb, MEMBER, {"megabytes": 60, "kind": "gzip"}, {"megabytes": 10_000, "kind": "gzip"}),
    Killer("gzip_bomb_nested", GZ, bomb, ("ready",), {"megabytes": 60, "kind": "gzip", "times": 3},
           {"megabytes": 10_000, "kind": "gzip", "times": 3}),
    Killer("bzip2_bomb", BZ, bomb, MEMBER, {"megabytes": 60, "kind": "bzip2"},
           {"megabytes": 4_000, "kind": "bzip2"}),
    Killer("xz_bomb", XZ, bomb, MEMBER, {"megabytes": 60, "kind": "xz"}, {"megabytes": 4_000, "kind": "xz"}),
    Killer("gzip_streams", GZ, many_streams, ("ready", "resource_time"), {"count": 20_000, "kind": "gzip"},
           {"count": 2_000_000, "kind": "gzip"}),
    Killer("bzip2_streams", BZ, many_streams, ("ready", "resource_time"), {"count": 50_000, "kind": "bzip2"},
           {"count": 1_000_000, "kind": "bzip2"}),
    Killer("xz_streams", XZ, many_streams, ("ready", "resource_time"), {"count": 5_000, "kind": "xz"},
           {"count": 1_000_000, "kind": "xz"}),
    Killer("xz_dictionary", XZ, xz_dictionary, ("ready: member corrupt", "ready: member resource_memory")),
    Killer("7z_bomb", SEVEN, seven_bomb, LIMIT, {"megabytes": 60}, {"megabytes": 400, "files": 4}),
    Killer("7z_claims", SEVEN, seven_claims, ("corrupt", "archive_limit", "resource_memory"), {"files": 1 << 40}),
    Killer("7z_streams", SEVEN, seven_streams, ("corrupt", "archive_limit", "resource_memory"), {"streams": 1 << 40}),
]  # fmt: skip
