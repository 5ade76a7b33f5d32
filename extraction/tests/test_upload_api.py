"""Adding files to a case over the API."""

import uuid

import dramatiq
import pytest
import redis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT
from redis.backoff import NoBackoff
from redis.retry import Retry
from rest_framework.test import APIClient

from cases.models import Case
from documents import storage
from documents.models import Document
from extraction import api as upload_api
from extraction.intake import take_in
from extraction.models import ExtractionJob
from lexintel import bus


@pytest.fixture(autouse=True)
def _room_for_large_bodies(settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)


def path(case):
    return f"/api/v1/cases/{case.pk}/documents/"


def file(name="a.txt", content=b"some text", content_type="text/plain"):
    return SimpleUploadedFile(name, content, content_type)


def send(client, case, *files, **fields):
    return client.post(path(case), {"files": list(files), **fields}, format="multipart")


def raw(*parts):
    """A body with these (header values, content) parts, as no well-behaved browser would send it."""
    lines = []
    for disposition, content in parts:
        lines += [f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode(), content, b"\r\n"]
    return b"".join([*lines, f"--{BOUNDARY}--\r\n".encode()])


def code(response, status):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    return response.json()["code"]


def test_files_are_taken_in_and_queued(case, rita, api):
    response = send(api(rita), case, file("a.txt"), file("b.txt", b"other"), custodian="K. Holm", source="production 2")
    assert response.status_code == 202
    body = response.json()
    assert body["rejected"] == []
    assert [(d["name"], d["status"], d["custodian"], d["source"]) for d in body["documents"]] == [
        ("a.txt", "queued", "K. Holm", "production 2"),
        ("b.txt", "queued", "K. Holm", "production 2"),
    ]
    assert set(Document.objects.values_list("uploaded_by", flat=True)) == {rita.pk}
    assert ExtractionJob.objects.filter(state="queued").count() == 2


def test_folders_are_kept_one_path_per_file(case, rita, api):
    response = send(api(rita), case, file("a.txt"), file("b.txt", b"other"), paths=["Box 1/a.txt", "../../Box 2/b.txt"])
    assert [d["path"] for d in response.json()["documents"]] == ["Box 1/a.txt", "Box 2/b.txt"]


def test_paths_that_do_not_fit_the_files_are_refused(case, rita, api):
    response = send(api(rita), case, file("a.txt"), file("b.txt", b"other"), paths=["Box 1/a.txt"])
    assert code(response, 400) == "invalid"
    assert "paths" in response.json()["errors"]
    assert not Document.objects.exists()


def test_what_cannot_be_read_is_recorded_and_what_cannot_be_stored_is_told(case, rita, api, settings):
    settings.LEXINTEL_MAX_UPLOAD_MB = 1
    big = file("big.txt", b"x" * ((1 << 20) + 1))
    response = send(api(rita), case, big, file("void.txt", b""), file("good.txt"))
    assert response.status_code == 202
    body = response.json()
    assert [(d["name"], d["status"]) for d in body["documents"]] == [("void.txt", "failed"), ("good.txt", "queued")]
    assert body["rejected"] == [{"name": "big.txt", "code": "too_large", "message": "The file is larger than allowed."}]
    assert list((storage.place().root / "incoming").iterdir()) == []


def test_a_full_disk_is_507_and_names_every_file(case, rita, api, monkeypatch):
    monkeypatch.setattr(storage, "RESERVE_BYTES", 1 << 60)
    response = send(api(rita), case, file("a.txt"), file("b.txt", b"b"))
    body = response.json()
    assert (response.status_code, body["code"]) == (507, "storage_full")
    assert [r["code"] for r in body["rejected"]] == ["storage_full", "storage_full"]
    assert not Document.objects.exists()


def test_the_type_is_what_the_content_says(case, rita, api):
    body = send(api(rita), case, file("brief.pdf", b"\x7fELF\x02\x01\x01" + bytes(200), "application/pdf")).json()
    assert body["documents"][0]["error"]["code"] == "unsupported_type"
    assert body["documents"][0]["media_type"] != "application/pdf"


def test_the_same_file_twice_is_recognised_within_the_case_only(case, other_case, rita, api, put_in):
    put_in(other_case, b"shared")
    body = send(api(rita), case, file("a.txt", b"shared"), file("b.txt", b"shared")).json()
    first, second = body["documents"]
    assert (first["duplicate_of"], second["duplicate_of"]) == (None, first["id"])


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("..\\..\\windows\\win.ini", "win.ini"),
        ("../../etc/passwd", "passwd"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("&#46;&#46;/x.txt", "x.txt"),
        ("証拠 4.pdf", "証拠 4.pdf"),
        ("n" * 300 + ".txt", None),
    ],
)
def test_a_hostile_name_is_made_safe(case, rita, api, sent, kept):
    body = raw((f'name="files"; filename="{sent}"', b"hostile"))
    response = api(rita).post(path(case), body, content_type=MULTIPART_CONTENT)
    (document,) = response.json()["documents"]
    assert document["name"] == kept if kept else document["name"].endswith(".txt")
    assert len(document["name"].encode()) <= 255


def test_a_line_break_in_a_name_makes_no_header(case, rita, api):
    body = raw(('name="files"; filename="a\\r\\nX-Evil: 1.txt"', b"x"))
    response = api(rita).post(path(case), body, content_type=MULTIPART_CONTENT)
    assert "X-Evil" not in response
    assert "\n" not in response.json()["documents"][0]["name"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (raw(), MULTIPART_CONTENT),
        (raw(('name="files"', b"a field, no file")), MULTIPART_CONTENT),
        (raw(('name="other"; filename="a.txt"', b"x")), MULTIPART_CONTENT),
        (raw((f'name="files"; filename="{"n" * 5000}.txt"', b"x")), MULTIPART_CONTENT),
        (b"nonsense", MULTIPART_CONTENT),
        (b"", MULTIPART_CONTENT),
    ],
)
def test_a_request_without_files_is_refused(case, rita, api, body, content_type):
    response = api(rita).post(path(case), body, content_type=content_type)
    assert response.status_code == 400
    assert not Document.objects.exists()


def test_a_request_without_a_body_is_refused(case, rita, api):
    assert code(api(rita).post(path(case)), 400) == "invalid"


def test_another_kind_of_body_is_refused(case, rita, api):
    assert code(api(rita).post(path(case), {"files": []}, format="json"), 415) == "unsupported_media_type"


def test_a_boundary_is_required(case, rita, api):
    response = api(rita).post(path(case), b"x", content_type="multipart/form-data")
    assert code(response, 400) == "parse_error"


def test_too_many_files_are_refused_as_a_whole(case, rita, api, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 3
    response = send(api(rita), case, *(file(f"{n}.txt", b"%d" % n) for n in range(4)))
    assert code(response, 413) == "too_many_parts"
    assert not Document.objects.exists()


def test_too_many_fields_are_refused_as_a_whole(case, rita, api, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    response = send(api(rita), case, file(), **{f"f{n}": "x" for n in range(4)})
    assert code(response, 413) == "too_many_parts"
    assert not Document.objects.exists()


@pytest.mark.parametrize("fields", [{"custodian": "x" * 201}, {"source": "x" * 201}, {"custodian": "a\0b"}])
def test_nonsense_in_a_field_is_refused_before_anything_is_stored(case, rita, api, fields):
    assert code(send(api(rita), case, file(), **fields), 400) == "invalid"
    assert not Document.objects.exists()


def test_a_large_file_comes_through_whole(case, rita, api):
    content = bytes(range(256)) * 4096 * 2
    (document,) = send(api(rita), case, file("big.txt", content)).json()["documents"]
    with storage.open_verified(document["sha256"]) as stored:
        assert stored.read() == content


def test_a_viewer_adds_nothing(case, bob, api):
    assert code(send(api(bob), case, file()), 403) == "role_required"
    assert not Document.objects.exists()


def test_for_outsiders_there_is_no_case(case, other_case, charlie, dana, api):
    for person in (charlie, dana):
        there = send(api(person), case, file())
        nowhere = api(person).post(f"/api/v1/cases/{uuid.uuid4()}/documents/", {"files": file()}, format="multipart")
        assert code(there, 404) == "not_found"
        assert there.json() == nowhere.json()
    assert code(send(api(), case, file()), 401) == "not_authenticated"
    assert not Document.objects.exists()


def test_the_body_of_somebody_who_may_not_add_is_not_read(case, bob, charlie, api, monkeypatch):
    def unread(*args, **kwargs):
        raise AssertionError("the body was read")

    monkeypatch.setattr("rest_framework.parsers.MultiPartParser.parse", unread)
    assert code(send(api(bob), case, file()), 403) == "role_required"
    assert code(send(api(charlie), case, file()), 404) == "not_found"
    assert code(send(api(), case, file()), 401) == "not_authenticated"


def test_a_session_without_its_csrf_token_adds_nothing(case, rita):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(rita)
    assert code(send(client, case, file()), 403) == "csrf_failed"
    assert not Document.objects.exists()


def test_files_are_listed_elsewhere(case, alice, api):
    assert code(api(alice).get(path(case)), 405) == "method_not_allowed"


def test_files_are_accepted_while_redis_is_down(case, rita, api, monkeypatch, django_capture_on_commit_callbacks):
    away = redis.ConnectionPool(
        connection_class=redis.UnixDomainSocketConnection, path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0)
    )
    with monkeypatch.context() as meanwhile:
        for client in (dramatiq.get_broker().client, bus.client()):
            meanwhile.setattr(client, "connection_pool", away)
        with django_capture_on_commit_callbacks(execute=True):
            assert send(api(rita), case, file()).status_code == 202
    assert ExtractionJob.objects.get().enqueued_at is None


@pytest.mark.django_db(transaction=True)
def test_a_case_that_is_deleted_while_its_files_come_in_is_not_found(case, rita, api, monkeypatch):
    def late(*args):
        Case.objects.filter(pk=case.pk).delete()
        return take_in(*args)

    monkeypatch.setattr(upload_api, "take_in", late)
    assert code(send(api(rita), case, file(content=b"homeless")), 404) == "not_found"
    assert not Document.objects.exists()
