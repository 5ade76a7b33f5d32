"""Downloading an original."""

import io

import pytest
from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIRequest

from documents import storage
from documents.download import PIECE_BYTES, attachment
from documents.models import Document


def path(document):
    return f"/api/v1/documents/{document.pk}/file/"


def code(response, status):
    assert response.status_code == status, response.content
    return response.json()["code"]


def test_it_is_what_came_in_and_always_an_attachment(case, bob, api, put_in):
    content = b"<html><script>alert(1)</script></html>"
    document = put_in(case, content, name="page.html")
    response = api(bob).get(path(document))
    assert b"".join(response.streaming_content) == content
    assert response["Content-Disposition"] == 'attachment; filename="page.html"'
    assert response["Content-Length"] == str(len(content))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("Müller & Söhne.txt", "attachment; filename*=utf-8''M%C3%BCller%20%26%20S%C3%B6hne.txt"),
        ('a"b.txt', r'attachment; filename="a\"b.txt"'),
        ("a\r\nSet-Cookie: x=1.txt", 'attachment; filename="aSet-Cookie: x=1.txt"'),
        ("../../etc/passwd", 'attachment; filename="passwd"'),
    ],
)
def test_a_hostile_name_stays_inside_its_header(case, bob, api, put_in, name, header):
    response = api(bob).get(path(put_in(case, b"x", name=name)))
    assert response["Content-Disposition"] == header
    assert "Set-Cookie" not in response
    assert b"".join(response.streaming_content) == b"x"


def test_a_duplicate_has_the_same_bytes_under_its_own_name(case, bob, api, put_in):
    put_in(case, b"same", name="a.txt")
    response = api(bob).get(path(put_in(case, b"same", name="b.txt")))
    assert b"".join(response.streaming_content) == b"same"
    assert "b.txt" in response["Content-Disposition"]


def test_a_type_that_is_none_is_not_sent_as_one(case, bob, api, put_in):
    document = put_in(case, b"x")
    Document.objects.update(media_type="text/html\r\nX-Evil: 1")
    response = api(bob).get(path(document))
    assert response["Content-Type"] == "application/octet-stream"
    assert b"".join(response.streaming_content) == b"x"


@pytest.mark.parametrize("damage", ["gone", "shorter", "longer"])
def test_what_is_no_longer_what_came_in_is_not_sent(case, bob, api, put_in, damage):
    document = put_in(case, b"original")
    file = storage.place().path_of(document.sha256)
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(b"short" if damage == "shorter" else b"original and more")
    response = api(bob).get(path(document))
    assert code(response, 410) == "storage_corrupt"
    assert str(storage.place().root) not in response.content.decode()


def test_a_storage_that_does_not_answer_says_so(case, bob, api, put_in, monkeypatch):
    document = put_in(case, b"x")

    def away(sha256):
        raise storage.StorageError("storage_unavailable")

    monkeypatch.setattr(storage, "stream_blob", away)
    assert code(api(bob).get(path(document)), 503) == "storage_unavailable"


def test_for_outsiders_there_is_no_file(case, charlie, dana, other_case, api, put_in):
    document = put_in(case, b"secret")
    # The same content in a case of her own does not open this one's.
    put_in(other_case, b"secret")
    for person in (charlie, dana):
        assert code(api(person).get(path(document)), 404) == "not_found"
    assert code(api().get(path(document)), 401) == "not_authenticated"


def test_it_is_only_read(case, alice, api, put_in):
    document = put_in(case, b"x")
    for method in ("post", "put", "patch", "delete"):
        assert code(getattr(api(alice), method)(path(document)), 405) == "method_not_allowed"


def test_an_asynchronous_server_gets_it_in_pieces_and_the_file_is_closed(db):
    content = b"x" * (2 * PIECE_BYTES + 1)
    file = io.BytesIO(content)
    request = ASGIRequest({"type": "http", "method": "GET", "path": "/", "headers": []}, io.BytesIO())
    response = attachment(request, file, name="x.bin", media_type="application/pdf", size=len(content))
    assert response.is_async

    async def collect():
        return [piece async for piece in response]

    pieces = async_to_sync(collect)()
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) == PIECE_BYTES
    response.close()
    assert file.closed


def test_a_download_that_is_broken_off_closes_its_file(case, bob, api, put_in, monkeypatch):
    opened, really = [], storage.stream_blob

    def noted(sha256):
        file, size = really(sha256)
        opened.append(file)
        return file, size

    document = put_in(case, b"x" * 100)
    monkeypatch.setattr(storage, "stream_blob", noted)
    # The test client's own iterator stands between us and the answer.
    stream = api(bob).get(path(document))._iterator
    next(stream)
    assert [file.closed for file in opened] == [False]
    stream.close()
    assert [file.closed for file in opened] == [True]
