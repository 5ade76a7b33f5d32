"""Pictures that claim more pixels, frames or text than anybody can draw."""

import io
import struct
import zlib

from PIL import Image

from extraction.tests.killers.kind import Killer, Pieces
from extraction.tests.killers.squeezing import MB, deflated

PNG, JPEG, TIFF, GIF, BMP, WEBP = (f"image/{kind}" for kind in ("png", "jpeg", "tiff", "gif", "bmp", "webp"))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *, before: bytes = b"", data: bytes = b"") -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + before + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def png_flood(side: int) -> Pieces:
    """A header that claims side × side pixels."""
    yield png(side, side)


def png_text_bomb(megabytes: int, chunks: int) -> Pieces:
    """Compressed comments, and a colour profile, that inflate to so much."""
    packed = deflated(MB, megabytes)
    text = _chunk(b"zTXt", b"Comment\x00\x00" + packed) * chunks
    yield png(9, 9, before=_chunk(b"iCCP", b"p\x00\x00" + packed) + text, data=zlib.compress(bytes(9 * 28)))


def png_data_bomb(megabytes: int) -> Pieces:
    """A small picture with pixels for a large one."""
    data = deflated(MB, megabytes)
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", 40, 40, 8, 2, 0, 0, 1))
    yield b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def png_largest(side: int) -> Pieces:
    """As many pixels as are allowed, all of them there."""
    yield png(side, side, data=deflated(bytes(side * 3 + 1), side))


def jpeg_flood(side: int) -> Pieces:
    """A header that claims side × side pixels."""
    made = io.BytesIO()
    Image.new("RGB", (16, 16)).save(made, "JPEG")
    data = bytearray(made.getvalue())
    at = data.index(b"\xff\xc0")
    struct.pack_into(">HH", data, at + 5, side, side)
    yield bytes(data)


def jpeg_scans(side: int, scans: int) -> Pieces:
    """A progressive picture whose pixels are refined again and again, each time over all of them."""
    made = io.BytesIO()
    Image.new("L", (side, side)).save(made, "JPEG", progressive=True)
    data = made.getvalue()
    last = data.rindex(b"\xff\xda")
    scan = data[last:-2]
    yield data[:last] + scan * scans + b"\xff\xd9"


def gif_flood(side: int) -> Pieces:
    """A screen, and a frame, of side × side pixels."""
    size = struct.pack("<HH", side, side)
    yield b"GIF89a" + size + b"\x80\x00\x00" + bytes(6) + b"\x2c\x00\x00\x00\x00" + size + b"\x00\x02\x02\x44\x01\x00;"


def gif_frames(count: int) -> Pieces:
    """An animation of so many frames."""
    frame = b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
    yield b"GIF89a\x01\x00\x01\x00\x80\x00\x00" + bytes(6)
    yield frame * count + b";"


def bmp_flood(width: int, height: int) -> Pieces:
    """A header that claims so many pixels."""
    yield b"BM" + struct.pack("<IIIIiiHHIIIIII", 154, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(100)


def webp_flood(side: int) -> Pieces:
    """A lossless picture, and a canvas, of side × side pixels."""
    bits = (side - 1) | (side - 1) << 14
    lossless = b"VP8L" + struct.pack("<IB", 20, 0x2F) + struct.pack("<I", bits) + bytes(15)
    body = b"WEBP" + lossless
    yield b"RIFF" + struct.pack("<I", len(body)) + body


def _tiff(entries: list[tuple[int, int, int, int]], next_at: int) -> bytes:
    made = struct.pack("<H", len(entries))
    for tag, kind, count, value in entries:
        made += struct.pack("<HHII", tag, kind, count, value)
    return made + struct.pack("<I", next_at)


def _frame(width: int, height: int, data_at: int, size: int) -> list[tuple[int, int, int, int]]:
    return [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
            (273, 4, 1, data_at), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, size)]  # fmt: skip


def tiff_flood(side: int) -> Pieces:
    """A frame that claims side × side pixels."""
    yield b"II*\x00" + struct.pack("<I", 8) + _tiff(_frame(side, side, 8, 4), 0) + bytes(100)


def tiff_frames(count: int) -> Pieces:
    """So many frames of one pixel."""
    size = 2 + 12 * 9 + 4
    yield b"II*\x00" + struct.pack("<I", 8)
    for n in range(count):
        yield _tiff(_frame(1, 1, 8, 1), 8 + (n + 1) * size if n + 1 < count else 0)


def tiff_loop(frames: int) -> Pieces:
    """Frames that follow one another in a circle."""
    size = 2 + 12 * 9 + 4
    yield b"II*\x00" + struct.pack("<I", 8)
    for n in range(frames):
        yield _tiff(_frame(1, 1, 8, 1), 8 + (n + 1) % frames * size)


def tiff_values(count: int) -> Pieces:
    """Fields that claim so many values."""
    entries = [*_frame(9, 9, 8, 81), (306, 2, count, 8), (320, 3, count, 8), (700, 1, count, 8), (34675, 7, count, 8)]
    yield b"II*\x00" + struct.pack("<I", 8) + _tiff(entries, 0) + bytes(1000)


def tiff_strips(megabytes: int) -> Pieces:
    """A deflated frame of so many pixels in a few KB."""
    rows = megabytes << 20 >> 13
    data = deflated(bytes(8192), rows)
    entries = _frame(8192, rows, 8 + 2 + 12 * 9 + 4, len(data))
    entries[3] = (259, 3, 1, 8)
    yield b"II*\x00" + struct.pack("<I", 8) + _tiff(entries, 0) + data


MEMORY = ("resource_memory",)
PICTURE = ("partial: no_text_layer",)
DAMAGED = ("corrupt", "partial: page_damaged", *MEMORY)

KILLERS = [
    Killer("png_flood", PNG, png_flood, MEMORY, {"side": 65_535}, {"side": 2**31 - 1}),
    Killer("png_text_bomb", PNG, png_text_bomb, (*PICTURE, *DAMAGED), {"megabytes": 30, "chunks": 3},
           {"megabytes": 1_000, "chunks": 100}),
    Killer("png_data_bomb", PNG, png_data_bomb, (*PICTURE, "partial: page_damaged"), {"megabytes": 60},
           {"megabytes": 1_000}),
    Killer("png_largest", PNG, png_largest, PICTURE, {"side": 8_000}),
    Killer("jpeg_flood", JPEG, jpeg_flood, MEMORY, {"side": 65_500}),
    Killer("jpeg_scans", JPEG, jpeg_scans, (*PICTURE, *DAMAGED, "resource_time", "partial: resource_time"),
           {"side": 2_000, "scans": 50}, {"side": 7_900, "scans": 2_000}),
    Killer("gif_flood", GIF, gif_flood, MEMORY, {"side": 65_535}),
    Killer("gif_frames", GIF, gif_frames, PICTURE, {"count": 10_000}, {"count": 3_000_000}),
    Killer("bmp_flood", BMP, bmp_flood, MEMORY, {"width": 100_000, "height": 100_000},
           {"width": 2**31 - 1, "height": 2**31 - 1}),
    Killer("bmp_negative", BMP, bmp_flood, DAMAGED, {"width": -1, "height": -(2**31)}),
    Killer("webp_flood", WEBP, webp_flood, DAMAGED, {"side": 16_383}),
    Killer("tiff_flood", TIFF, tiff_flood, MEMORY, {"side": 100_000}, {"side": 2**31 - 1}),
    Killer("tiff_frames", TIFF, tiff_frames, ("partial: no_text_layer, too_many_pages",), {"count": 700},
           {"count": 200_000}),
    Killer("tiff_loop", TIFF, tiff_loop, (*PICTURE, "partial: no_text_layer, too_many_pages", *DAMAGED),
           {"frames": 1}, {"frames": 1_000}),
    Killer("tiff_values", TIFF, tiff_values, (*PICTURE, *DAMAGED), {"count": 2**32 - 1}),
    Killer("tiff_strips", TIFF, tiff_strips, (*PICTURE, *MEMORY), {"megabytes": 60}, {"megabytes": 2_000}),
]  # fmt: skip
