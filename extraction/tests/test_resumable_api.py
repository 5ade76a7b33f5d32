"""Files that come in parts, as clients of tus send them."""

import base64
import hashlib
import itertools
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models.functions import Now

from documents import side_files, storage
from documents.models import Batch, Document
from extraction import intake, resumable
from extraction.models import ExtractionJob, Upload
from extraction.tests.tus_client import LETTER, PART, TUS, begin, code, content_of, head, send, where


@pytest.fixture(autouse=True)
def _an_empty_storage(settings, tmp_path):
    settings.STORAGE_URL = f"file://{tmp_path}/files"
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)


@pytest.fixture
def client(rita, api):
    return api(rita)


def parts_kept():
    return list(side_files.folders(resumable.FOLDER))


def test_what_came_in_parts_is_one_document_with_every_byte(case, client, rita):
    said = {"path": "Box 1/letter.txt", "custodian": "K. Holm", "source": "production 2"}
    there = where(begin(client, case, **said))
    for start in range(0, len(LETTER), 700):
        response = send(client, there, start, LETTER[start : start + 700])
        assert response.status_code == 204
        assert response["Upload-Offset"] == str(min(len(LETTER), start + 700))
        assert "Upload-Expires" in response
    document = Document.objects.get(pk=response["X-Document-Id"])
    assert content_of(document) == LETTER
    assert (document.name, document.path, document.custodian, document.source) == ("letter.txt", *said.values())
    assert (document.size, document.sha256) == (len(LETTER), hashlib.sha256(LETTER).hexdigest())
    assert (document.uploaded_by, document.status) == (rita, "queued")
    assert ExtractionJob.objects.get().document == document
    assert parts_kept() == []


def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_is_there_twice(case, client):
    there = where(begin(client, case))
    response = send(client, there, 0, LETTER)
    asked = head(client, there)
    assert (asked.status_code, asked["Upload-Offset"]) == (200, str(len(LETTER)))
    assert asked["X-Document-Id"] == response["X-Document-Id"]
    assert code(send(client, there, 0, LETTER), 409) == "wrong_offset"
    assert Document.objects.count() == 1


def test_a_part_that_begins_elsewhere_is_refused_and_told_where_to_go_on(case, client):
    there = where(begin(client, case))
    send(client, there, 0, LETTER[:100])
    for start in (0, 99, 101, len(LETTER)):
        response = send(client, there, start, LETTER[:50])
        assert code(response, 409) == "wrong_offset"
        assert response["Upload-Offset"] == "100"
    assert head(client, there)["Upload-Offset"] == "100"
    send(client, there, 100, LETTER[100:])
    assert content_of(Document.objects.get()) == LETTER


@pytest.mark.parametrize("cut", [300, len(LETTER)])
def test_of_two_who_send_the_same_part_at_once_one_is_counted(transactional_db, case, rita, api, cut):
    there = where(begin(api(rita), case))
    ready = threading.Barrier(4)

    def try_it(_):
        try:
            client = api(rita)
            ready.wait(10)
            return send(client, there, 0, LETTER[:cut]).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        first, *others = sorted(pool.map(try_it, range(4)))
    assert first == 204
    assert set(others) <= {409, 423}
    client = api(rita)
    if cut < len(LETTER):
        send(client, there, cut, LETTER[cut:])
    assert content_of(Document.objects.get()) == LETTER


def test_who_sends_the_last_part_again_while_it_is_put_together_is_told_to_wait(
    transactional_db, case, rita, api, monkeypatch
):
    there = where(begin(api(rita), case))
    send(api(rita), there, 0, LETTER[:1000])
    reading, go_on = threading.Event(), threading.Event()
    get = side_files.get

    def slow(name):
        reading.set()
        assert go_on.wait(20)
        return get(name)

    monkeypatch.setattr(side_files, "get", slow)

    def finish():
        try:
            return send(api(rita), there, 1000, LETTER[1000:])
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(finish)
        try:
            assert reading.wait(20)
            again = send(api(rita), there, 1000, LETTER[1000:])
            assert code(again, 423) == "finishing"
            assert again["Retry-After"] == "2"
            assert head(api(rita), there)["Upload-Offset"] == "1000"
        finally:
            go_on.set()
        assert first.result(20).status_code == 204
    assert content_of(Document.objects.get()) == LETTER
    assert code(send(api(rita), there, 1000, LETTER[1000:]), 409) == "wrong_offset"


def test_whoever_dies_while_the_last_part_is_counted_leaves_it_to_be_sent_again(case, client, monkeypatch):
    there = where(begin(client, case))
    send(client, there, 0, LETTER[:1000])

    def dies(*args, **kwargs):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(intake, "record", dies)
        with pytest.raises(SystemExit):
            send(client, there, 1000, LETTER[1000:])
    assert head(client, there)["Upload-Offset"] == "1000"
    response = send(client, there, 1000, LETTER[1000:])
    assert content_of(Document.objects.get(pk=response["X-Document-Id"])) == LETTER


@pytest.mark.parametrize("name", ["sha256", "sha1"])
def test_a_part_that_was_damaged_on_the_way_is_not_counted(case, client, name):
    there = where(begin(client, case))
    checksum = f"{name} {base64.b64encode(hashlib.new(name, LETTER).digest()).decode()}"
    assert code(send(client, there, 0, b"X" + LETTER[1:], Upload_Checksum=checksum), 460) == "damaged_part"
    assert head(client, there)["Upload-Offset"] == "0"
    assert send(client, there, 0, LETTER, Upload_Checksum=checksum).status_code == 204


@pytest.mark.parametrize("checksum", ["md5 AAAA", "sha256 *", "sha256", ""])
def test_a_checksum_that_cannot_be_read_is_refused_unless_it_is_empty(case, client, checksum):
    there = where(begin(client, case))
    assert send(client, there, 0, LETTER, Upload_Checksum=checksum).status_code == (
        460 if checksum == "sha256" else 400 if checksum else 204
    )


def test_an_empty_file_is_a_document_at_once(case, client):
    response = begin(client, case, size=0)
    document = Document.objects.get(pk=response["X-Document-Id"])
    assert (document.size, document.error_code) == (0, "empty")


def test_the_same_content_again_refers_to_the_first(case, client):
    for _ in range(2):
        response = send(client, where(begin(client, case)), 0, LETTER)
    first = Document.objects.exclude(pk=response["X-Document-Id"]).get()
    assert Document.objects.get(pk=response["X-Document-Id"]).duplicate_of == first


def test_parts_and_whole_files_sent_with_the_same_batch_belong_together(case, client):
    batch = uuid.uuid4()
    send(client, where(begin(client, case, batch=batch, batch_name="Box 1")), 0, LETTER)
    path = f"/api/v1/cases/{case.pk}/documents/"
    whole = SimpleUploadedFile("b.txt", b"another")
    client.post(path, {"files": [whole], "batch": str(batch), "batch_name": "Box 1"}, format="multipart")
    assert Batch.objects.get().documents.count() == 2


def test_what_is_too_large_is_refused_before_it_is_sent_and_while(case, client, settings):
    settings.LEXINTEL_MAX_UPLOAD_MB = 1
    assert code(begin(client, case, size=(1 << 20) + 1), 413) == "too_large"
    there = where(begin(client, case, size=100))
    assert code(send(client, there, 0, bytes(101)), 413) == "too_large"
    assert head(client, there)["Upload-Offset"] == "0"


def test_a_part_has_at_most_eight_mib(case, client):
    there = where(begin(client, case, size=20 << 20))
    assert code(send(client, there, 0, bytes((8 << 20) + 1)), 413) == "part_too_large"
    assert send(client, there, 0, bytes(8 << 20)).status_code == 204


def test_a_full_disk_costs_no_part_that_had_been_sent(case, client, monkeypatch):
    there = where(begin(client, case))
    send(client, there, 0, LETTER[:100])
    with monkeypatch.context() as patch:
        patch.setattr(storage, "RESERVE_BYTES", 1 << 60)
        for data in (LETTER[100:200], LETTER[100:]):
            response = send(client, there, 100, data)
            assert code(response, 507) == "storage_full"
            assert response["Retry-After"] == "5"
    assert not Document.objects.exists()
    send(client, there, 100, LETTER[100:])
    assert content_of(Document.objects.get()) == LETTER


def test_an_upload_whose_parts_are_gone_has_to_begin_again(case, client):
    there = where(begin(client, case))
    send(client, there, 0, LETTER[:100])
    side_files.drop(resumable.FOLDER)
    assert code(send(client, there, 100, LETTER[100:]), 410) == "parts_lost"
    assert head(client, there).status_code == 404
    assert not Document.objects.exists()


def test_an_upload_that_is_given_up_leaves_nothing(case, client):
    there = where(begin(client, case))
    send(client, there, 0, LETTER[:100])
    assert parts_kept() != []
    assert client.delete(there, headers=TUS).status_code == 204
    assert head(client, there).status_code == 404
    assert (parts_kept(), Upload.objects.count()) == ([], 0)


def test_an_upload_that_is_given_up_when_it_is_a_document_leaves_the_document(case, client):
    there = where(begin(client, case))
    send(client, there, 0, LETTER)
    assert client.delete(there, headers=TUS).status_code == 204
    assert Document.objects.count() == 1


def test_uploads_that_nobody_goes_on_with_are_swept_away_and_others_stay(case, client):
    kept, old, done = (where(begin(client, case)) for _ in range(3))
    for there in (kept, old):
        send(client, there, 0, LETTER[:100])
    send(client, done, 0, LETTER)
    Upload.objects.filter(pk=old.split("/")[-2]).update(expires_at=Now() - timedelta(seconds=1))
    side_files.put(f"{resumable.FOLDER}/{uuid.uuid4().hex}/part", b"of an upload that was deleted with its case")
    assert resumable.sweep() == 1
    assert parts_kept() == [uuid.UUID(kept.split("/")[-2]).hex]
    assert head(client, old).status_code == 404
    assert "X-Document-Id" in head(client, done)
    send(client, kept, 100, LETTER[100:])
    assert resumable.sweep() == 0


def test_nobody_keeps_thousands_of_them_open(case, client, monkeypatch):
    monkeypatch.setattr(resumable, "MOST_OPEN", 2)
    first = where(begin(client, case))
    begin(client, case)
    assert code(begin(client, case), 429) == "too_many_uploads"
    send(client, first, 0, LETTER)
    assert begin(client, case).status_code == 201


def test_what_is_unfinished_is_listed_and_told_as_json(case, client, rita):
    there = where(begin(client, case))
    send(client, where(begin(client, case)), 0, LETTER)
    send(client, there, 0, LETTER[:100])
    (listed,) = client.get("/api/v1/uploads/").json()["results"]
    assert listed == client.get(there).json()
    assert (listed["name"], listed["size"], listed["received"], listed["document"]) == (
        "letter.txt",
        len(LETTER),
        100,
        None,
    )


def test_nobody_but_who_began_it_finds_it(case, client, alice, bob, charlie, api):
    there = where(begin(client, case))
    for person in (alice, bob, charlie):
        stranger = api(person)
        assert head(stranger, there).status_code == 404
        assert code(send(stranger, there, 0, LETTER), 404) == "not_found"
        assert stranger.delete(there, headers=TUS).status_code == 404
        assert stranger.get(there).status_code == 404
        assert stranger.get("/api/v1/uploads/").json()["results"] == []
    assert not Document.objects.exists()


def test_a_case_that_is_deleted_takes_its_uploads_along(case, client):
    there = where(begin(client, case))
    send(client, there, 0, LETTER[:100])
    case.delete()
    assert head(client, there).status_code == 404
    resumable.sweep()
    assert parts_kept() == []


def test_a_client_asks_what_is_known_here(client, settings):
    settings.LEXINTEL_MAX_UPLOAD_MB = 3
    response = client.options("/api/v1/uploads/")
    assert response.status_code == 204
    assert response["Tus-Version"] == "1.0.0"
    assert response["Tus-Max-Size"] == str(3 << 20)
    assert {"creation", "termination", "checksum"} <= set(response["Tus-Extension"].split(","))


def test_clients_without_other_methods_send_them_as_a_header(case, client):
    there = where(begin(client, case))
    headers = TUS | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert client.post(there, LETTER, content_type=PART, headers=headers).status_code == 204
    assert client.post(there, headers=TUS | {"X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert client.post(there, headers=TUS).status_code == 405


def test_parts_of_any_length_make_the_same_file(case, client):
    for lengths in ([1, 2, 3, 1994], [len(LETTER) - 1, 1], [500, 0, 1500]):
        there = where(begin(client, case))
        for start, length in zip(itertools.accumulate([0, *lengths]), lengths, strict=False):
            response = send(client, there, start, LETTER[start : start + length])
        assert content_of(Document.objects.get(pk=response["X-Document-Id"])) == LETTER
