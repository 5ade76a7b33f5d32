"""A disk that is really full and originals that are really damaged: refused in time, no trace, and read in the end."""

import io
import resource
import shutil
import subprocess
import zipfile
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cases.models import Membership, Role
from documents import storage
from documents.models import Document
from extraction.models import ExtractionJob

pytestmark = pytest.mark.django_db(transaction=True)
MIB = 1 << 20


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.STORAGE_URL = f"file://{tmp_path / 'files'}"
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)


@pytest.fixture
def client(case, charlie, api):
    Membership.objects.create(case=case, user=charlie, role=Role.REVIEWER)
    return api(charlie)


@contextmanager
def no_file_above(size):
    """The kernel refuses every byte of this process that would make a file larger."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def small_disk(tmp_path, settings):
    """A file system with 16 MiB more than the reserve."""
    folder = tmp_path / "disk"
    folder.mkdir()
    size = storage.RESERVE_BYTES + 16 * MIB
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    settings.STORAGE_URL = f"file://{folder / 'files'}"
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def upload(client, case, *contents):
    files = [SimpleUploadedFile(f"{number}.txt", content) for number, content in enumerate(contents)]
    return client.post(f"/api/v1/cases/{case.pk}/documents/", {"files": files}, format="multipart")


def stored():
    return sorted(path.name for path in storage.place().root.rglob("*") if path.is_file())


def no_trace():
    return not Document.objects.exists() and not ExtractionJob.objects.exists() and stored() == []


@pytest.fixture
def in_memory(settings):
    """What is uploaded is not spooled: the disk of the originals is the first that it meets."""
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 16 * MIB
    settings.FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]


def test_a_disk_that_is_full_in_mid_file_is_507_with_the_files_names(case, client, in_memory):
    with no_file_above(MIB):
        response = upload(client, case, b"a" * (2 * MIB), b"b" * (2 * MIB))
    assert response.status_code == 507
    assert [rejected["name"] for rejected in response.json()["rejected"]] == ["0.txt", "1.txt"]
    assert no_trace()


def test_what_still_fits_is_taken_in_and_the_rest_is_told(case, client, in_memory):
    with no_file_above(MIB):
        response = upload(client, case, b"a" * (2 * MIB), b"small")
    assert response.status_code == 202
    assert [d["name"] for d in response.json()["documents"]] == ["1.txt"]
    assert [r["code"] for r in response.json()["rejected"]] == ["storage_full"]
    assert len(stored()) == 1


def test_the_reserve_of_a_small_disk_is_kept_and_freed_space_is_used_again(case, client, small_disk):
    filler = small_disk / "filler"
    filler.write_bytes(bytes(14 * MIB))
    assert upload(client, case, b"a" * (4 * MIB)).status_code == 507
    assert no_trace()
    assert client.get("/readyz").json()["dependencies"]["storage"] == {"status": "ok"}
    filler.write_bytes(bytes(17 * MIB))
    assert client.get("/readyz").json()["dependencies"]["storage"] == {"status": "full"}
    filler.unlink()
    assert upload(client, case, b"a" * (4 * MIB)).status_code == 202


def test_an_archive_whose_members_do_not_fit_is_read_when_they_do(case, put_in, work_off, fake_embedder):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("long.txt", "All work and no play. " * (3 * MIB // 22))
    archived = put_in(case, file.getvalue(), name="papers.zip")
    before = stored()
    with no_file_above(MIB):
        work_off()
    job = ExtractionJob.objects.get(document=archived)
    assert (job.state, job.error_code, job.error_class, job.attempt) == ("queued", "storage_full", "retryable", 1)
    assert stored() == before
    ExtractionJob.objects.update(not_before="2020-01-01T00:00:00Z")
    work_off()
    archived.refresh_from_db()
    assert (archived.status, archived.error_code) == ("ready", "")
    assert list(archived.children.values_list("name", "status")) == [("long.txt", "ready")]


def flip(path):
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("damage", [flip, cut, lambda path: path.unlink()], ids=["changed", "cut", "missing"])
def test_a_damaged_original_is_never_read_and_can_be_restored(case, put_in, work_off, client, fake_embedder, damage):
    document = put_in(case, b"What the letter says.")
    path = storage.place().path_of(document.sha256)
    damage(path)
    work_off()
    document.refresh_from_db()
    assert (document.status, document.error_code, document.pages.count()) == ("failed", "storage_corrupt", 0)
    path.write_bytes(b"What the letter says.")
    assert client.post(f"/api/v1/documents/{document.pk}/reprocess/", {"from_stage": "read"}).status_code == 202
    work_off()
    document.refresh_from_db()
    assert (document.status, document.pages.get().text) == ("ready", "What the letter says.")


def test_a_storage_that_does_not_answer_costs_a_retry(case, put_in, work_off, fake_embedder):
    document = put_in(case, b"What the letter says.")
    path = storage.place().path_of(document.sha256)
    path.unlink()
    path.mkdir()  # the kernel's answer is an error, and not that nothing is there
    work_off()
    job = ExtractionJob.objects.get(document=document)
    assert (job.state, job.error_code, job.attempt) == ("queued", "storage_unavailable", 1)
    path.rmdir()
    path.write_bytes(b"What the letter says.")
    ExtractionJob.objects.update(not_before="2020-01-01T00:00:00Z")
    work_off()
    document.refresh_from_db()
    assert document.status == "ready"
