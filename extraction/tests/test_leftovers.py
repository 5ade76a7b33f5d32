"""What another machine deleted is forgotten on this one too."""

import os
import time

import pytest

from documents import storage
from documents.models import Document
from documents.tests.bucket import KEY
from extraction import leftovers, page_images

GONE, FRESH = "a" * 64, "b" * 64


@pytest.fixture
def here(settings, tmp_path):
    """A machine with a bucket, of which only the copies near by are looked at."""
    settings.LEXINTEL_DATA_DIR = tmp_path
    settings.STORAGE_URL = "s3://case-files?endpoint=http://127.0.0.1:9"
    settings.AWS_ACCESS_KEY_ID = settings.AWS_SECRET_ACCESS_KEY = KEY
    storage.place().near.folder.mkdir()


def old(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    for each in (path, path.parent):
        os.utime(each, (time.time() - 2 * leftovers.YOUNG_S,) * 2)
    return path


def picture(sha256):
    return page_images.folder() / sha256[:2] / sha256 / "1-480.webp"


def test_copies_and_pictures_of_what_is_gone_are_removed_and_others_stay(here, case, make_row):
    document = make_row(case)
    near = storage.place().near.folder
    gone = [old(near / GONE), old(picture(GONE))]
    kept = [old(near / document.sha256), old(picture(document.sha256))]
    fresh = near / FRESH
    fresh.write_bytes(b"on its way")
    assert leftovers.forget() == 1
    assert [path.exists() for path in gone] == [False, False]
    assert [path.exists() for path in [*kept, fresh]] == [True, True, True]


def test_a_machine_that_keeps_nothing_has_nothing_to_forget(db, settings, tmp_path):
    settings.LEXINTEL_DATA_DIR = tmp_path / "new"
    assert leftovers.forget() == 0


@pytest.fixture
def make_row():
    def make(case):
        return Document.objects.create(case=case, name="a.txt", sha256="c" * 64, size=1, media_type="text/plain")

    return make
