"""Where originals lie."""

import errno
import hashlib
import os
from pathlib import Path

import pytest
from django.db import transaction

from documents import storage

LIMIT = 1 << 20


def sha256(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.STORAGE_URL = f"file://{tmp_path / 'files'}"


@pytest.fixture
def keep(db):
    """Store content under its name."""

    def store(content):
        staged = storage.stage([content], limit=LIMIT)
        with transaction.atomic():
            storage.lock(staged.sha256)
            staged.publish()
        return staged

    return store


def incoming():
    folder = storage.place().root / "incoming"
    return list(folder.iterdir()) if folder.exists() else []


def test_content_is_kept_under_its_sha256(keep):
    staged = keep(b"content")
    assert staged.sha256 == sha256(b"content")
    assert (staged.size, staged.head) == (7, b"content")
    path = storage.place().path_of(staged.sha256)
    assert path.read_bytes() == b"content"
    assert path.relative_to(storage.place().root).parts == (staged.sha256[:2], staged.sha256[2:4], staged.sha256)
    assert incoming() == []


def test_only_the_first_bytes_are_kept_for_a_look(db):
    staged = storage.stage((b"x" * 10_000 for _ in range(5)), limit=LIMIT)
    assert (len(staged.head), staged.size) == (storage.HEAD_BYTES, 50_000)
    staged.discard()


def test_nothing_is_content_too(keep):
    assert keep(b"").size == 0
    assert storage.place().path_of(sha256(b"")).read_bytes() == b""


def test_the_same_content_twice_is_one_file_and_stays_untouched(keep):
    keep(b"once")
    path = storage.place().path_of(sha256(b"once"))
    before = path.stat().st_ino
    keep(b"once")
    assert path.stat().st_ino == before
    assert incoming() == []


def test_a_damaged_file_is_replaced_when_its_content_comes_again(keep):
    keep(b"whole content")
    storage.place().path_of(sha256(b"whole content")).write_bytes(b"torn")
    keep(b"whole content")
    assert storage.place().path_of(sha256(b"whole content")).read_bytes() == b"whole content"


def test_too_much_is_refused_where_the_limit_is_and_leaves_no_trace(db):
    seen = []

    def endless():
        while True:
            seen.append(1)
            yield b"x" * 1000

    with pytest.raises(storage.TooLarge):
        storage.stage(endless(), limit=3500)
    assert len(seen) == 4
    assert incoming() == []
    exactly = storage.stage([b"x" * 3500], limit=3500)
    assert exactly.size == 3500
    exactly.discard()


def test_a_stream_that_breaks_off_leaves_no_trace(db):
    def broken():
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(storage.StorageError):
        storage.stage(broken(), limit=LIMIT)
    assert incoming() == []

    def interrupted():
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        storage.stage(interrupted(), limit=LIMIT)
    assert incoming() == []


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "storage_full"),
        (errno.EDQUOT, "storage_full"),
        (errno.EFBIG, "storage_full"),
        (errno.EIO, "storage_unavailable"),
        (errno.EROFS, "storage_unavailable"),
    ],
)
def test_what_the_disk_says_is_told_in_a_code(db, monkeypatch, number, code):
    def failing(fd):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(storage.os, "fsync", failing)
    with pytest.raises(storage.StorageError) as failed:
        storage.stage([b"x"], limit=LIMIT)
    assert failed.value.code == code
    assert incoming() == []


def test_a_reserve_is_kept_free(db, monkeypatch):
    monkeypatch.setattr(storage, "RESERVE_BYTES", 1 << 60)
    with pytest.raises(storage.StorageError) as failed:
        storage.stage([b"x"], limit=LIMIT)
    assert failed.value.code == "storage_full"


def test_what_will_not_fit_is_refused_before_it_is_read(db):
    def unread():
        raise AssertionError("was read")
        yield b""

    with pytest.raises(storage.StorageError) as failed:
        storage.stage(unread(), limit=LIMIT, expected=1 << 60)
    assert failed.value.code == "storage_full"


def test_a_folder_that_cannot_be_used_is_unavailable(db, settings, tmp_path):
    (tmp_path / "blocked").write_text("a file where the folder should be")
    settings.STORAGE_URL = f"file://{tmp_path / 'blocked'}"
    with pytest.raises(storage.StorageError) as failed:
        storage.stage([b"x"], limit=LIMIT)
    assert failed.value.code == "storage_unavailable"
    with pytest.raises(storage.StorageError):
        storage.open_blob("0" * 64)


def test_what_is_not_there_is_missing(db):
    for opening in (storage.open_blob, storage.open_verified):
        with pytest.raises(storage.BlobMissing):
            opening("0" * 64)


@pytest.mark.parametrize("damage", [b"", b"Content", b"content and more"])
def test_one_changed_byte_is_noticed(keep, damage):
    keep(b"content")
    with storage.open_verified(sha256(b"content")) as file:
        assert file.read() == b"content"
    storage.place().path_of(sha256(b"content")).write_bytes(damage)
    with pytest.raises(storage.BlobMissing):
        storage.open_verified(sha256(b"content"))


def test_deleting_twice_is_no_error(keep):
    keep(b"content")
    for _ in range(2):
        storage.delete_blob(sha256(b"content"))
    assert not storage.place().path_of(sha256(b"content")).exists()


def test_the_url_may_hold_blanks(settings):
    settings.STORAGE_URL = "file:///srv/case%20files"
    assert storage.place().root == Path("/srv/case files")
