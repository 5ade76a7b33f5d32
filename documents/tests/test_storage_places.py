"""Originals in a folder and in a bucket: the same from upload to deletion, whatever goes wrong with either."""

import hashlib
import shutil
import time
import uuid

import pytest
from botocore.exceptions import ClientError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now

from documents import storage, storage_bucket
from documents.models import Document, Page
from documents.near_copies import NearCopies
from documents.tests.bucket import KEY, running_bucket
from extraction import page_images, shared_pictures
from extraction.models import ExtractionJob
from extraction.tests.pdf_making import made
from extraction.tests.tus_client import begin, send, where
from lexintel.chaos import soak
from lexintel.chaos.endpoint import embedding_endpoint
from lexintel.chaos.processes import eventually
from lexintel.chaos.stack import running_stack
from search.engine import search
from search.scope import scope_for

LETTER = b"The winch was delivered late, and nobody said so."
PDF = made(lambda canvas: canvas.drawString(72, 700, "The goods were delivered in May."))
SHA256 = hashlib.sha256(LETTER).hexdigest()


@pytest.fixture(scope="session")
def moto():
    with running_bucket() as bucket:
        yield bucket


def chosen(bucket, settings, tmp_path):
    settings.LEXINTEL_DATA_DIR = tmp_path / "data"
    settings.STORAGE_URL = bucket.url
    settings.AWS_ACCESS_KEY_ID = settings.AWS_SECRET_ACCESS_KEY = KEY
    return bucket


@pytest.fixture
def bucket(moto, settings, tmp_path):
    """Chosen and empty."""
    yield chosen(moto, settings, tmp_path)
    moto.clear()


@pytest.fixture(params=["files", "bucket"])
def stored(request, settings, tmp_path):
    """What lies in the storage, by its SHA-256; in each of the places in turn."""
    if request.param == "bucket":
        bucket = request.getfixturevalue("bucket")
        return lambda: sorted(key.rpartition("/")[2] for key in bucket.names())
    settings.STORAGE_URL = (tmp_path / "files").as_uri()
    return lambda: sorted(path.name for path in (tmp_path / "files").rglob("*") if path.is_file())


def add(client, case, name="letter.txt", content=LETTER):
    return client.post(f"/api/v1/cases/{case.pk}/documents/", {"files": [SimpleUploadedFile(name, content)]})


def forget_near():
    """As on another machine."""
    shutil.rmtree(storage.place().near.folder, ignore_errors=True)


def test_from_upload_to_deletion(
    stored, case, alice, charlie, api, client, work_off, fake_embedder, django_capture_on_commit_callbacks
):
    client.force_login(alice)
    response = add(client, case)
    assert response.status_code == 202
    assert stored() == [SHA256]
    work_off()
    document = Document.objects.get()
    assert document.status == "ready"
    assert [p.document_id for p in search("winch", scope_for(alice)).passages] == [document.pk]
    path = f"/api/v1/documents/{document.pk}/file/"
    for near in (True, False):
        if not near and isinstance(storage.place(), storage_bucket.BucketOfOriginals):
            forget_near()
        sent = api(alice).get(path)
        assert b"".join(sent.streaming_content) == LETTER
        assert sent["Content-Length"] == str(len(LETTER))
    assert api(charlie).get(path).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        assert api(alice).delete(f"/api/v1/documents/{document.pk}/").status_code == 204
    assert stored() == []


def test_the_same_content_lies_there_once(stored, case, other_case, put_in):
    for each, name in ((case, "a.txt"), (case, "b.txt"), (other_case, "c.txt")):
        put_in(each, LETTER, name=name)
    assert stored() == [SHA256]


def test_what_is_too_large_leaves_no_trace(stored, case, settings, put_in):
    settings.LEXINTEL_MAX_UPLOAD_MB = 1
    with pytest.raises(Exception, match="too_large"):
        put_in(case, b"x" * ((1 << 20) + 1))
    assert stored() == []
    assert list(storage.place().incoming.iterdir()) == []


def test_the_members_of_an_archive_lie_beside_it(stored, case, put_in, work_off, fake_embedder):
    from extraction.tests.test_families import zipped

    put_in(case, zipped({"letter.txt": LETTER}), name="box.zip")
    work_off()
    assert SHA256 in stored()
    assert len(stored()) == 2
    assert set(Document.objects.values_list("status", flat=True)) == {"ready"}


def on_another_machine(settings, tmp_path):
    """Nothing of this one is there; only what is shared."""
    settings.LEXINTEL_DATA_DIR = tmp_path / uuid.uuid4().hex


def test_an_upload_in_parts_goes_on_at_any_machine_and_leaves_nothing_but_the_original(
    stored, case, alice, api, settings, tmp_path
):
    client = api(alice)
    there = where(begin(client, case, size=len(LETTER)))
    for start in range(0, len(LETTER), 20):
        response = send(client, there, start, LETTER[start : start + 20])
        assert response.status_code == 204
        on_another_machine(settings, tmp_path)
    assert response["X-Document-Id"] == str(Document.objects.get().pk)
    assert stored() == [SHA256]


def test_a_part_that_finds_the_bucket_away_is_sent_again(own_bucket, case, alice, api):
    client = api(alice)
    there = where(begin(client, case, size=len(LETTER)))
    send(client, there, 0, LETTER[:20])
    own_bucket.stop()
    for data in (LETTER[20:30], LETTER[20:]):
        response = send(client, there, 20, data)
        assert (response.status_code, response.json()["code"]) == (503, "storage_unavailable")
    own_bucket.start()
    assert send(client, there, 20, LETTER[20:]).status_code == 204
    assert [key.rpartition("/")[2] for key in own_bucket.names()] == [SHA256]


def test_a_page_is_drawn_once_for_all_machines(
    bucket, case, alice, charlie, api, put_in, work_off, fake_embedder, settings, tmp_path, monkeypatch
):
    document = put_in(case, PDF, name="page.pdf")
    work_off()
    url = f"/api/v1/documents/{document.pk}/pages/1/image/"
    drawn = api(alice).get(url).content
    on_another_machine(settings, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(page_images, "_painter", lambda: pytest.fail("drawn again"))
        assert api(alice).get(url).content == drawn
        assert api(charlie).get(url).status_code == 404


def test_pictures_of_what_is_deleted_are_gone_for_all_machines(
    bucket, case, alice, api, put_in, work_off, fake_embedder, django_capture_on_commit_callbacks
):
    document = put_in(case, PDF, name="page.pdf")
    work_off()
    page = Page.objects.select_related("document").get()
    api(alice).get(f"/api/v1/documents/{document.pk}/pages/1/image/")
    assert len(bucket.names()) == 2
    with django_capture_on_commit_callbacks(execute=True):
        api(alice).delete(f"/api/v1/documents/{document.pk}/")
    assert bucket.names() == []
    # Somebody was still drawing one.
    shared_pictures.put(page.document.sha256, "1-900.webp", b"picture")
    assert bucket.names() == []


def test_pages_are_drawn_while_the_bucket_is_away(own_bucket, case, alice, api, put_in, work_off, fake_embedder):
    document = put_in(case, PDF, name="page.pdf")
    work_off()
    own_bucket.stop()
    assert api(alice).get(f"/api/v1/documents/{document.pk}/pages/1/image/").status_code == 200
    asked = time.monotonic()
    assert api(alice).get(f"/api/v1/documents/{document.pk}/pages/1/image/?width=160").status_code == 200
    assert time.monotonic() - asked < storage_bucket.CONNECT_S


def test_verifying_reads_what_lies_there_and_not_the_copy_near_by(bucket, case, put_in):
    document = put_in(case, LETTER)
    assert storage.what_is_wrong(SHA256) == ""
    (key,) = bucket.names()
    bucket.put(key, b"Something else of the same length, or nearly.....")
    assert storage.what_is_wrong(document.sha256) == "changed"
    bucket.delete(key)
    assert storage.what_is_wrong(document.sha256) == "missing"
    assert list(storage.names()) == []


@pytest.mark.parametrize("damage", ["deleted", "changed"])
def test_a_damaged_original_is_never_read_and_never_sent_whole(bucket, case, alice, api, put_in, work_off, damage):
    document = put_in(case, LETTER)
    forget_near()
    (key,) = bucket.names()
    if damage == "deleted":
        bucket.delete(key)
    else:
        bucket.put(key, b"Something shorter.")
    work_off()
    document.refresh_from_db()
    assert (document.status, document.error_code) == ("failed", "storage_corrupt")
    assert api(alice).get(f"/api/v1/documents/{document.pk}/file/").status_code == 410


def test_a_damaged_copy_near_by_is_fetched_again(bucket, case, put_in, work_off, fake_embedder):
    document = put_in(case, LETTER)
    (storage.place().near.folder / SHA256).write_bytes(b"Torn.")
    work_off()
    document.refresh_from_db()
    assert document.status == "ready"


@pytest.fixture
def own_bucket(settings, tmp_path):
    """One that may be stopped."""
    with running_bucket() as bucket:
        yield chosen(bucket, settings, tmp_path)


def test_a_bucket_that_is_away_during_an_upload_is_503_and_leaves_no_trace(own_bucket, case, alice, client):
    client.force_login(alice)
    own_bucket.stop()
    response = add(client, case)
    assert (response.status_code, response.json()["code"]) == (503, "storage_unavailable")
    assert not Document.objects.exists()
    assert list(storage.place().incoming.iterdir()) == []
    assert client.get("/readyz").json()["dependencies"]["storage"]["status"] == "unavailable"
    own_bucket.start()
    assert own_bucket.names() == []
    assert add(client, case).status_code == 202


def test_a_bucket_that_is_away_costs_a_job_a_retry(own_bucket, case, put_in, work_off, fake_embedder):
    document = put_in(case, LETTER)
    forget_near()
    own_bucket.stop()
    work_off()
    job = ExtractionJob.objects.get()
    assert (job.state, job.error_code) == ("queued", "storage_unavailable")
    own_bucket.start()
    ExtractionJob.objects.update(not_before=Now())
    work_off()
    document.refresh_from_db()
    assert document.status == "ready"


def test_a_bucket_that_is_full_says_so(bucket, case, put_in, monkeypatch):
    def full(*args, **kwargs):
        raise ClientError({"Error": {"Code": "XMinioStorageFull"}}, "PutObject")

    monkeypatch.setattr(storage_bucket.BucketOfOriginals, "_size", full)
    with pytest.raises(Exception, match="storage_full"):
        put_in(case, LETTER)


def test_objects_are_encrypted_where_that_is_asked_for(bucket, case, put_in, settings):
    settings.STORAGE_URL += "&sse=AES256"
    put_in(case, LETTER)
    (key,) = bucket.names()
    assert bucket.head(key)["ServerSideEncryption"] == "AES256"


def test_copies_near_by_stay_within_their_bounds(tmp_path):
    near = NearCopies(tmp_path / "near", most=25)
    contents = [bytes([letter]) * 10 for letter in b"abc"]
    names = [hashlib.sha256(content).hexdigest() for content in contents]
    for content, name in zip(contents, names, strict=True):
        near.keep(name, iter([content])).close()
    assert sum(path.stat().st_size for path in near.folder.iterdir()) <= 25
    kept = near.open(names[2])
    assert kept.read() == contents[2]
    kept.close()


def test_what_is_not_what_its_name_says_is_not_kept_near_by(tmp_path):
    near = NearCopies(tmp_path / "near")
    with pytest.raises(storage.BlobMissing):
        near.keep(SHA256, iter([b"Something else."]))
    assert list(near.folder.iterdir()) == []


def test_processes_that_share_nothing_but_the_bucket_do_all_the_work(moto):
    keys = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": KEY}
    with embedding_endpoint() as endpoint:
        environment = soak.environment(endpoint, 3.0)
        with running_stack(**environment, STORAGE_URL=moto.url, **keys) as stack:
            case = stack.make_case("bucket")
            letters = {f"letter-{n}.txt": f"Letter {n} of the bucket.".encode() for n in range(3)}
            documents = stack.upload(case, letters)
            # The workers fetch what the web has brought.
            shutil.rmtree(stack.data_dir / "originals", ignore_errors=True)
            ready = "SELECT count(*) FROM documents_document WHERE status = 'ready'"
            eventually(lambda: stack.sql(ready) == [(3,)], 60, "all are read")
            assert len(moto.names()) == 3
            assert not (stack.data_dir / "files").exists()
            for document in documents.values():
                stack.ask_to_delete(document)
            eventually(lambda: moto.names() == [], 10, "nothing of them is left")
