"""Pictures: a page per frame for OCR to read, upright, at the size they were made; and those that blow up decoders."""

import io
import struct
import zlib

import pytest
from PIL import Image

from extraction.errors import PermanentError
from extraction.readers import image
from extraction.readers.pictures import worth_keeping
from extraction.tests.made_files import read, read_confined


def picture(form: str, size: tuple[int, int] = (300, 200), mode: str = "RGB", **saved: object) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size).save(made, form, **saved)
    return made.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "GIF", "WEBP", "BMP"])
def test_each_format_is_one_page_without_text(form):
    found = read(f"image/{form.lower()}", picture(form))
    page = found.pages[0]
    assert (found.info.page_count, page.state, page.reason) == (1, "unreadable", "no_text_layer")
    assert (page.width, page.height) == pytest.approx((300, 200) if form != "BMP" else (225, 150), rel=0.01)


def test_the_size_in_points_follows_the_resolution():
    page = read("image/png", picture("PNG", (1700, 2200), dpi=(200, 200))).pages[0]
    assert (round(page.width), round(page.height)) == (612, 792)
    page = read("image/png", picture("PNG", (100, 100), dpi=(0.5, 0.5))).pages[0]
    assert (page.width, page.height) == (100, 100)


def test_a_tiff_has_a_page_per_frame_and_an_animation_one():
    frames = [Image.new("RGB", (50 + n, 50), (n, 0, 0)) for n in range(3)]
    made = io.BytesIO()
    frames[0].save(made, "TIFF", save_all=True, append_images=frames[1:])
    found = read("image/tiff", made.getvalue())
    assert [p.width for p in found.pages] == [50, 51, 52]
    assert image.render(io.BytesIO(made.getvalue()), 3, 300).size == (52, 50)
    made = io.BytesIO()
    frames[0].save(made, "GIF", save_all=True, append_images=frames[1:])
    assert len(read("image/gif", made.getvalue()).pages) == 1


def test_a_photograph_that_lies_on_its_side_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x0132] = "2021:03:04 09:05:00"
    data = picture("JPEG", (300, 200), exif=exif)
    found = read("image/jpeg", data)
    assert (found.pages[0].width, found.pages[0].height) == (200, 300)
    assert found.info.meta["created"] == "2021-03-04T09:05:00"
    assert image.render(io.BytesIO(data), 1, 300).size == (200, 300)


def test_rendering_scales_down_to_the_resolution_asked_for_and_never_up():
    data = picture("PNG", (1200, 600), dpi=(600, 600))
    assert image.render(io.BytesIO(data), 1, 300).size == (600, 300)
    assert image.render(io.BytesIO(data), 1, 1200).size == (1200, 600)
    assert image.render(io.BytesIO(picture("PNG", (90, 90))), 1, 10).size == (90, 90)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "I;16", "CMYK"])
def test_every_kind_of_pixel_is_rendered_as_grey_or_colour(mode):
    form = "TIFF" if mode in ("CMYK", "I;16") else "PNG"
    assert image.render(io.BytesIO(picture(form, mode=mode)), 1, 300).mode in ("L", "RGB")


def test_what_is_transparent_is_white():
    assert image.render(io.BytesIO(picture("PNG", mode="RGBA")), 1, 300).getpixel((0, 0)) == (255, 255, 255)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int) -> bytes:
    """The head of a PNG that claims a size."""
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def test_more_pixels_than_are_decoded_are_refused(tmp_path):
    for size in ((100_000, 100_000), (9000, 9000)):
        with pytest.raises(PermanentError) as raised:
            read("image/png", png(*size))
        assert raised.value.code == "resource_memory"
    path = tmp_path / "large.png"
    path.write_bytes(picture("PNG", (8000, 7900), "L"))
    assert read_confined("image/png", path, memory_mb=512) == "read"


def test_a_picture_cut_off_shows_what_it_has():
    data = picture("PNG", (500, 500))
    assert read("image/png", data[: len(data) // 2]).pages[0].state == "unreadable"


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0" + b"\xff" * 30, b"no picture"])
def test_what_is_no_picture_is_corrupt(data):
    with pytest.raises(PermanentError) as raised:
        read("image/png", data)
    assert raised.value.code == "corrupt"
    with pytest.raises(PermanentError):
        image.render(io.BytesIO(data), 1, 300)


def test_a_frame_that_is_not_there_is_corrupt():
    with pytest.raises(PermanentError) as raised:
        image.render(io.BytesIO(picture("PNG")), 2, 300)
    assert raised.value.code == "corrupt"


def test_more_frames_than_are_read_are_said():
    frames = [Image.new("1", (8, 8)) for _ in range(502)]
    made = io.BytesIO()
    frames[0].save(made, "TIFF", save_all=True, append_images=frames[1:])
    found = read("image/tiff", made.getvalue())
    assert (found.info.page_count, found.info.truncated_at, len(found.pages)) == (502, 500, 500)
    assert found.info.warnings == ("too_many_pages",)


def test_small_pictures_inside_documents_are_not_worth_a_document():
    noise = Image.effect_noise((400, 300), 90)
    made = io.BytesIO()
    noise.save(made, "PNG")
    assert worth_keeping(made.getvalue())
    assert not worth_keeping(picture("PNG", (400, 300)))
    assert not worth_keeping(b"\x01\x00\x00\x00" + bytes(100_000))
    narrow = io.BytesIO()
    Image.effect_noise((4000, 20), 90).save(narrow, "PNG")
    assert not worth_keeping(narrow.getvalue())
