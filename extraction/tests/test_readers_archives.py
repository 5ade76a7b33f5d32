"""Archives: their files as members, and the bombs that look like them."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import time
import zipfile
import zlib

import py7zr
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from extraction.errors import PermanentError
from extraction.tests.made_files import read, read_confined, zipped

ZIP, TAR, GZ, SEVEN = "application/zip", "application/x-tar", "application/gzip", "application/x-7z-compressed"


def code_of(media_type: str, data: bytes, **options: object) -> str:
    with pytest.raises(PermanentError) as raised:
        read(media_type, data, **options)
    return raised.value.code


def test_the_files_of_an_archive_are_members_and_its_page_lists_them():
    found = read(ZIP, zipped({"Letters/2021/a.txt": "hello", "b.pdf": "%PDF", "empty/": ""}))
    assert found.members == {"Letters/2021/a.txt": b"hello", "b.pdf": b"%PDF"}
    assert found.text.startswith("ZIP archive with 2 files")
    assert [row[:2] for row in found.rows()] == [["File", "Bytes"], ["Letters/2021/a.txt", "5"], ["b.pdf", "4"]]


def test_names_are_no_paths_and_links_are_left_out():
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("../../etc/passwd", "x")
        archive.writestr("C:\\Users\\a.txt", "y")
        archive.writestr("/abs.txt", "z")
        archive.writestr(link, "/etc/shadow")
        archive.writestr("__MACOSX/._a.txt", "fork")
    found = read(ZIP, made.getvalue())
    assert sorted(found.members) == ["../../etc/passwd", "C:/Users/a.txt", "abs.txt"]
    assert found.info.warnings == ("members_skipped",)


@pytest.mark.parametrize(
    ("name", "encoding"), [("Vertrag_Müller.txt", "cp850"), ("契約書.txt", "cp932"), ("Договор.txt", "utf-8")]
)
def test_names_are_read_in_the_encoding_they_were_written_in(name, encoding):
    raw = name.encode(encoding)
    placeholder = "n" * len(raw)
    data = zipped({placeholder: "x"}).replace(placeholder.encode(), raw)
    assert next(iter(read(ZIP, data).members)).endswith(".txt")
    if encoding != "cp850":
        assert list(read(ZIP, data).members) == [name]


def test_a_damaged_member_is_lost_alone():
    data = bytearray(zipped({"bad.txt": "AAAA" * 100, "good.txt": "fine"}, compressed=False))
    data[data.index(b"AAAA") + 5] ^= 0xFF
    found = read(ZIP, bytes(data))
    assert found.members == {"bad.txt": "corrupt", "good.txt": b"fine"}


def test_two_hundred_thousand_entries_are_refused_at_once(tmp_path):
    made = io.BytesIO()
    one = b"PK\x01\x02" + bytes(24) + struct.pack("<HHH", 4, 0, 0) + bytes(12) + b"name"
    made.write(one * 200_000)
    made.write(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 2000, 2000, len(one) * 200_000, 0, 0))
    started = time.monotonic()
    assert code_of(ZIP, made.getvalue()) == "archive_limit"
    assert time.monotonic() - started < 5
    assert code_of(ZIP, zipped({f"{n}": "" for n in range(2001)})) == "archive_limit"


def test_a_bomb_unpacks_no_further_than_its_ratio_and_takes_nobody_with_it(tmp_path):
    data = zipped({"zeros.bin": bytes(60 << 20), "letter.txt": "kept"})
    found = read(ZIP, data)
    assert found.members == {"zeros.bin": "archive_limit", "letter.txt": b"kept"}
    path = tmp_path / "bomb.zip"
    path.write_bytes(data)
    assert read_confined(ZIP, path, memory_mb=256, timeout_s=20) == "member archive_limit"


def test_a_lie_about_the_size_changes_nothing():
    data = bytearray(zipped({"a.txt": "x" * 1000}))
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 10)
    assert read(ZIP, bytes(data)).members["a.txt"] in ("corrupt", b"x" * 10)


def test_entries_that_share_their_bytes_are_refused():
    """As in the flat bombs of D. Fifield: many names, one kernel."""
    single = zipped({"kernel": bytes(100_000)})
    local, central = (
        single[: single.rindex(b"PK\x01\x02")],
        single[single.rindex(b"PK\x01\x02") : single.rindex(b"PK\x05\x06")],
    )
    directory = central * 50
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 50, 50, len(directory), len(local), 0)
    assert code_of(ZIP, local + directory + end) == "archive_limit"


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(10), b"x" * 70_000, zipped({"a": "b"})[:-10]]
)
def test_what_is_no_archive_is_corrupt(data):
    assert code_of(ZIP, data) == "corrupt"


def encrypted(data: bytes) -> bytes:
    """The archive with the encryption flag set on every entry."""
    made = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = made.find(mark)
        while place >= 0:
            made[place + at] |= 1
            place = made.find(mark, place + 4)
    return bytes(made)


def test_an_encrypted_archive_asks_for_its_password():
    data = encrypted(zipped({"a.txt": "x" * 40, "b.txt": "y" * 40}))
    assert code_of(ZIP, data) == "encrypted"
    assert code_of(ZIP, data, password="wrong") == "encrypted"


def aes_entry(name: bytes, content: bytes, password: bytes) -> bytes:
    """An archive of one entry as WinZip encrypts it with 256 bits."""
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(content) + packer.flush()
    salt = bytes(range(16))
    keys = PBKDF2HMAC(SHA1(), 66, salt, 1000).derive(password)
    blocks = -(-len(packed) // 16)
    counters = b"".join(struct.pack("<QQ", n, 0) for n in range(1, blocks + 1))
    stream = Cipher(algorithms.AES(keys[:32]), modes.ECB()).encryptor().update(counters)
    sealed = bytes(a ^ b for a, b in zip(packed, stream, strict=False))
    mac = HMAC(keys[32:64], SHA1())
    mac.update(sealed)
    body = salt + keys[64:] + sealed + mac.finalize()[:10]
    extra = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, 8)
    common = struct.pack("<HHHHHIIIHH", 51, 1, 99, 0, 33, 0, len(body), len(content), len(name), len(extra))
    local = b"PK\x03\x04" + common + name + extra + body
    central = b"PK\x01\x02" + struct.pack("<H", 51) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name + extra
    return local + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def test_an_archive_encrypted_with_aes_opens_with_its_password():
    data = aes_entry(b"terms.txt", b"secret " * 50_000, b"hunter2")
    assert code_of(ZIP, data) == "encrypted"
    assert code_of(ZIP, data, password="hunter3") == "encrypted"
    assert read(ZIP, data, password="hunter2").members == {"terms.txt": b"secret " * 50_000}
    changed = bytearray(data)
    changed[len(data) // 3] ^= 1
    assert read(ZIP, bytes(changed), password="hunter2").members == {"terms.txt": "corrupt"}


# TAR and single compressed files


def tarred(entries: dict[str, bytes], mode: str = "w") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:
        for name, content in entries.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), 1_614_848_700
            archive.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return made.getvalue()


@pytest.mark.parametrize(
    ("mode", "media_type"), [("w", TAR), ("w:gz", GZ), ("w:bz2", "application/x-bzip2"), ("w:xz", "application/x-xz")]
)
def test_tar_is_read_plain_and_compressed_without_its_links(mode, media_type):
    found = read(media_type, tarred({"a/b.txt": b"hello", "../c.txt": b"up", "big.bin": b"x" * 700_000}, mode))
    assert found.members == {"a/b.txt": b"hello", "../c.txt": b"up", "big.bin": b"x" * 700_000}
    assert found.rows()[1] == ["a/b.txt", "5", "2021-03-04 09:05"]
    assert found.info.warnings == ("members_skipped",)


def test_a_tar_cut_off_keeps_what_comes_before():
    data = tarred({"a.txt": b"a" * 600, "b.txt": b"b" * 600})
    found = read(TAR, data[: 512 + 1024 + 512 + 100])
    assert found.members["a.txt"] == b"a" * 600
    assert found.members.get("b.txt", "corrupt") == "corrupt"
    assert "members_damaged" in found.info.warnings
    assert code_of(TAR, b"no tar at all" * 100) == "corrupt"


def test_a_tar_that_claims_a_file_of_terabytes_is_refused():
    info = tarfile.TarInfo("huge.bin")
    info.size = 1 << 42
    assert code_of(TAR, info.tobuf(tarfile.GNU_FORMAT) + b"x" * 512) == "archive_limit"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (gzip.compress(b"words", mtime=0), "content"),
        (bz2.compress(b"words"), "content"),
        (lzma.compress(b"words"), "content"),
    ],
)
def test_a_compressed_file_has_one_member(data, name):
    assert read(GZ, data).members == {name: b"words"}


def test_a_gzip_file_knows_its_name():
    made = io.BytesIO()
    with gzip.GzipFile("notes/minutes.txt", "wb", fileobj=made, mtime=0) as file:
        file.write(b"words")
    assert read(GZ, made.getvalue()).members == {"minutes.txt": b"words"}


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_bomb_ends_at_its_ratio(tmp_path, pack):
    path = tmp_path / "bomb"
    path.write_bytes(pack(bytes(40 << 20)))
    assert read_confined(GZ, path, memory_mb=400, timeout_s=30) == "member archive_limit"


def test_xz_streams_behind_one_another_and_behind_zeros_are_one_file():
    data = (
        lzma.compress(b"one ") + bytes(20_000) + lzma.compress(b"") * 3_000 + lzma.compress(b"two " * 50_000) + bytes(4)
    )
    started = time.monotonic()
    assert read("application/x-xz", data).members == {"content": b"one " + b"two " * 50_000}
    assert time.monotonic() - started < 5
    assert read("application/x-xz", data[:-40]).members == {"content": "corrupt"}


def test_a_damaged_compressed_file_says_so():
    data = gzip.compress(b"words " * 10_000)
    assert read(GZ, data[: len(data) // 2]).members == {"content": "corrupt"}


# 7z


def seven(entries: dict[str, bytes], **more: object) -> bytes:
    made = io.BytesIO()
    with py7zr.SevenZipFile(made, "w", **more) as archive:
        for name, content in entries.items():
            archive.writef(io.BytesIO(content), name)
    return made.getvalue()


def test_a_7z_archive_is_unpacked_a_piece_at_a_time():
    entries = {"a/b.txt": b"hello", "big.bin": bytes(range(256)) * 8000, "empty.txt": b"", "last.txt": b"end"}
    found = read(SEVEN, seven(entries))
    assert found.members == entries
    assert found.text.startswith("7z archive with 4 files")


def test_a_7z_archive_with_a_password_opens_with_it_alone():
    data = seven({"a.txt": b"secret" * 10}, password="pw")
    assert code_of(SEVEN, data) == "encrypted"
    assert code_of(SEVEN, data, password="no") == "encrypted"
    assert read(SEVEN, data, password="pw").members == {"a.txt": b"secret" * 10}


def test_a_7z_bomb_is_refused_and_noise_is_corrupt(tmp_path):
    assert code_of(SEVEN, seven({"z.bin": bytes(40 << 20)})) == "archive_limit"
    assert code_of(SEVEN, b"7z\xbc\xaf\x27\x1c" + b"\x00\x04" + bytes(100)) == "corrupt"


def test_whoever_stops_listening_to_a_7z_archive_leaves_no_thread():
    import threading

    from extraction.readers import load
    from extraction.readers.base import ReadOptions

    before = threading.active_count()
    reading = load(SEVEN)(io.BytesIO(seven({f"{n}.bin": bytes(range(256)) * 20_000 for n in range(3)})), ReadOptions())
    for _ in range(3):
        next(reading)
    reading.close()
    assert threading.active_count() == before
