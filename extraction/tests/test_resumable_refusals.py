"""Uploads in parts: who may, and what is refused."""

import base64
import uuid

import pytest
from django.test import Client
from rest_framework.test import APIClient

from cases.models import Membership, Role
from documents.models import Document
from extraction.models import Upload
from extraction.tests.tus_client import LETTER, PART, TUS, begin, code, head, meta, send, where


@pytest.fixture
def client(rita, api):
    return api(rita)


def test_viewers_may_not_begin_one_and_outsiders_learn_nothing(case, bob, charlie, api):
    assert code(begin(api(bob), case), 403) == "role_required"
    unknown = begin(api(charlie), case).content, begin(api(charlie), type(case)(pk=uuid.uuid4())).content
    assert unknown[0] == unknown[1]
    assert code(begin(api(charlie), case), 404) == "not_found"
    assert not Upload.objects.exists()


def test_whoever_loses_the_role_cannot_go_on(case, client, rita):
    there = where(begin(client, case))
    Membership.objects.filter(user=rita).update(role=Role.VIEWER)
    assert code(send(client, there, 0, LETTER), 403) == "role_required"
    Membership.objects.filter(user=rita).delete()
    assert code(send(client, there, 0, LETTER), 404) == "not_found"
    assert not Document.objects.exists()


WRONG = [
    ({"Upload-Length": "-1"}, 400),
    ({"Upload-Length": "many"}, 400),
    ({"Upload-Length": "9" * 30}, 400),
    ({"Upload-Length": ""}, 400),
    ({"Upload-Metadata": ""}, 400),
    ({"Upload-Metadata": "filename *,case *"}, 400),
    ({"Upload-Metadata": "filename " + base64.b64encode(b"\xff").decode()}, 400),
    ({"Upload-Metadata": meta(filename="a", case="nonsense")}, 400),
    ({"Upload-Metadata": meta(filename="", case=uuid.uuid4())}, 400),
    ({"Upload-Metadata": meta(filename="a\0b", case=uuid.uuid4())}, 400),
    ({"Upload-Metadata": meta(filename="a", case=uuid.uuid4())}, 404),
    ({"Tus-Resumable": "0.2.0"}, 412),
    ({"Tus-Resumable": ""}, 412),
]


@pytest.mark.parametrize(("wrong", "status"), WRONG)
def test_what_is_not_well_formed_is_refused(case, client, wrong, status):
    headers = TUS | {"Upload-Length": "5", "Upload-Metadata": meta(filename="a.txt", case=case.pk)} | wrong
    response = client.post("/api/v1/uploads/", headers=headers)
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    if status == 412:
        assert response["Tus-Version"] == "1.0.0"
    assert not Upload.objects.exists()


def test_a_part_needs_its_type_and_its_place(case, client):
    there = where(begin(client, case))
    response = client.patch(there, LETTER, content_type="text/plain", headers=TUS | {"Upload-Offset": "0"})
    assert code(response, 415) == "unsupported_media_type"
    for start in ("", "-1", "x", "9" * 40):
        assert code(client.patch(there, LETTER, content_type=PART, headers=TUS | {"Upload-Offset": start}), 400)
    assert head(client, there)["Upload-Offset"] == "0"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\u202egpj.txt", "n" * 900 + ".txt", "C:\\Users\\x\\brief.txt"])
def test_a_hostile_name_is_made_harmless(case, client, name):
    response = send(client, where(begin(client, case, filename=name, path=f"../{name}")), 0, LETTER)
    document = Document.objects.get(pk=response["X-Document-Id"])
    assert not {"/", "\\", "\u202e"} & set(document.name)
    assert not document.path.startswith(("/", "."))
    assert len(document.name.encode()) <= 255


def test_a_browser_needs_its_csrf_token_for_parts_too(case, rita, api):
    browser = APIClient(enforce_csrf_checks=True)
    # As a browser is: by its session, not past all that is asked of it.
    Client.force_login(browser, rita)
    assert code(begin(browser, case), 403) == "csrf_failed"
    there = where(begin(api(rita), case))
    assert code(send(browser, there, 0, LETTER), 403) == "csrf_failed"
    headers = TUS | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert code(browser.post(there, LETTER, content_type=PART, headers=headers), 403) == "csrf_failed"
