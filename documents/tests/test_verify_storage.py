"""Originals are verified on the disk itself: bytes are flipped, files cut short and deleted."""

import io
import json
import os
import time

import pytest
from django.core.management import call_command

from documents import storage
from documents.models import Document

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.STORAGE_URL = f"file://{tmp_path / 'files'}"


def verify(*options):
    """The command's exit code and what it found."""
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_storage", "--json", *options, stdout=out)
    return ended.value.code, json.loads(out.getvalue())


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def make_unreadable(path):
    path.unlink()
    path.mkdir()


def test_what_is_as_it_came_in_is_well(case, put_in):
    put_in(case, b"a letter")
    put_in(case, b"a letter", name="copy.txt")
    assert verify() == (0, {"originals": 1, "damaged": [], "unreferenced": 0, "deleted": 0})


@pytest.mark.parametrize(
    ("damage", "what"),
    [(flip, "changed"), (cut, "changed"), (os.unlink, "missing"), (make_unreadable, "unreadable")],
)
def test_a_damaged_original_is_named_with_all_its_documents(case, other_case, put_in, damage, what):
    documents = [put_in(case, b"a letter"), put_in(other_case, b"a letter")]
    put_in(case, b"another")
    damage(storage.place().path_of(documents[0].sha256))
    code, found = verify()
    assert code == 1
    (damaged,) = found["damaged"]
    assert (damaged["sha256"], damaged["what"]) == (documents[0].sha256, what)
    assert set(damaged["documents"]) == {str(document.pk) for document in documents}


def test_what_a_process_that_died_has_left_is_found_and_deleted_when_asked(case, put_in):
    kept = put_in(case, b"a letter")
    stray = storage.stage([b"published, and then its transaction failed"], limit=100)
    storage.lock(stray.sha256)
    stray.publish()
    begun, abandoned = (storage.place().root / "incoming" / name for name in ("begun", "abandoned"))
    begun.write_bytes(b"on its way")
    abandoned.write_bytes(b"from last week")
    os.utime(abandoned, (time.time() - 7 * 86400,) * 2)
    assert verify()[1] == {"originals": 1, "damaged": [], "unreferenced": 2, "deleted": 0}
    assert verify("--delete-unreferenced")[1]["deleted"] == 2
    assert storage.place().path_of(kept.sha256).exists()
    assert begun.exists()
    assert not abandoned.exists()
    assert not storage.place().path_of(stray.sha256).exists()


def test_a_file_that_has_found_its_document_meanwhile_is_kept(case, put_in, monkeypatch):
    from documents import verification

    document = put_in(case, b"a letter")
    path = storage.place().path_of(document.sha256)
    assert not verification.remove(document.sha256)
    assert path.exists()
    Document.objects.filter(pk=document.pk).update(sha256="0" * 64)
    assert verification.remove(path.name)
    assert not path.exists()
