"""Errors as people and programs get them."""

import uuid

import pytest
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404
from psycopg_pool import PoolTimeout
from rest_framework import exceptions

from cases.permission import RoleRequired
from documents import api as document_api
from documents import views as document_views
from lexintel import problems
from lexintel.problems import Problem, describe

DOCUMENTS = "/api/v1/documents/"
AWAY = [OperationalError("canary"), InterfaceError("canary"), PoolTimeout("canary")]


def problem(response, status, code):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert list(body)[:5] == ["type", "title", "status", "code", "detail"]
    assert (body["status"], body["code"]) == (status, code)
    assert body["detail"].endswith((".", "!")) or body["detail"][-1].isalnum() or body["detail"][-1] in ')”"'
    return body


@pytest.fixture
def forgiving(client, alice):
    """Alice's client, which takes a 500 as an answer instead of raising it."""
    client.force_login(alice)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404("canary"), 404, "not_found"),
        (PermissionDenied(), 403, "permission_denied"),
        (RoleRequired("manager"), 403, "role_required"),
        (RequestDataTooBig(), 413, "too_large"),
        (TooManyFieldsSent(), 413, "too_many_parts"),
        (TooManyFilesSent(), 413, "too_many_parts"),
        (SuspiciousOperation("canary"), 400, "bad_request"),
        (BadRequest("canary"), 400, "bad_request"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.ParseError("Malformed."), 400, "parse_error"),
        (exceptions.UnsupportedMediaType("x/y"), 415, "unsupported_media_type"),
        (exceptions.ValidationError({"name": ["Required."]}), 400, "invalid"),
        (exceptions.ValidationError(["Required."]), 400, "invalid"),
        (exceptions.Throttled(12.3), 429, "throttled"),
        (Problem(409, "last_manager", "Make somebody else manager first."), 409, "last_manager"),
        *[(error, 503, "database_unavailable") for error in AWAY],
    ],
)
def test_each_error_has_its_status_and_code_and_tells_no_more_than_it_should(error, status, code):
    body, _ = describe(error)
    assert (body["status"], body["code"], body["type"]) == (status, code, "about:blank")
    assert "canary" not in str(body)


@pytest.mark.parametrize("error", [ValueError(), KeyError(), TypeError(), RuntimeError()])
def test_a_bug_is_no_error_of_the_caller_s(error):
    assert describe(error) is None


def test_how_long_to_wait_and_how_to_sign_in_stand_in_headers():
    assert describe(exceptions.Throttled(12.3))[1] == {"Retry-After": "14"}
    assert describe(Problem(503, "x", "y", headers={"Retry-After": "5"}))[1] == {"Retry-After": "5"}
    assert describe(AWAY[0])[1] == {"Retry-After": "5"}


def test_further_members_stand_beside_the_others(db):
    body, _ = describe(Problem(409, "busy", "Wait.", document="7"))
    assert (body["document"], body["detail"]) == ("7", "Wait.")


@pytest.mark.parametrize(
    "path", ["/api/v1/nowhere/", "/api/v2/", "/api/", f"/api/v1/cases/{uuid.UUID(int=7)}/nowhere/"]
)
def test_an_address_under_the_api_that_does_not_exist_is_a_problem_too(db, client, path):
    problem(client.get(path), 404, "not_found")


def test_an_address_elsewhere_that_does_not_exist_is_a_page(forgiving):
    response = forgiving.get("/nowhere/")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/")
    assert "Not found" in response.content.decode() or "Not Found" in response.content.decode()


def test_a_bug_is_told_with_the_request_s_id_and_nothing_of_what_happened(forgiving, monkeypatch):
    def broken(*args):
        raise ValueError("canary")

    monkeypatch.setattr(document_api, "shown", broken)
    response = forgiving.get(DOCUMENTS)
    body = problem(response, 500, "internal_error")
    assert body["request_id"] == response["X-Request-ID"]
    assert "canary" not in response.content.decode()
    assert "Traceback" not in response.content.decode()


def test_a_bug_in_a_page_is_a_page(forgiving, case, put_in, monkeypatch):
    def broken(*args):
        raise ValueError("canary")

    monkeypatch.setattr(document_views, "shown", broken)
    response = forgiving.get(f"/documents/{put_in(case, b'x').pk}/")
    assert response.status_code == 500
    assert "canary" not in response.content.decode()
    assert "went wrong" in response.content.decode()


@pytest.mark.parametrize("error", AWAY)
def test_a_database_that_is_away_is_503_and_comes_back_without_a_restart(forgiving, case, put_in, monkeypatch, error):
    def away(*args):
        raise error

    document = put_in(case, b"x")
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(document_api, "shown", away)
        meanwhile.setattr(document_views, "shown", away)
        response = forgiving.get(DOCUMENTS)
        assert "canary" not in problem(response, 503, "database_unavailable")["detail"]
        assert response["Retry-After"] == "5"
        page = forgiving.get(f"/documents/{document.pk}/")
        assert (page.status_code, page["Retry-After"]) == (503, "5")
        assert "does not answer" in page.content.decode()
    assert forgiving.get(DOCUMENTS).status_code == 200


def test_a_database_that_goes_away_before_any_view_is_503_too(forgiving, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("canary")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("django.contrib.sessions.backends.db.SessionStore._get_session_from_db", away)
        response = forgiving.get(DOCUMENTS)
        assert "canary" not in problem(response, 503, "database_unavailable")["detail"]
        assert forgiving.get("/").status_code == 503


def test_a_body_that_is_no_json_is_said_to_be_so_without_being_repeated(alice, api):
    response = api(alice).post("/api/v1/cases/", '{"canary', content_type="application/json")
    assert "canary" not in problem(response, 400, "parse_error")["detail"]
    response = api(alice).post("/api/v1/cases/", b"\xff\xfe", content_type="application/json")
    problem(response, 400, "parse_error")
    response = api(alice).post("/api/v1/cases/", "[" * 100_000, content_type="application/json")
    problem(response, 400, "parse_error")


def test_a_body_that_is_too_large_is_said_to_be_so(alice, api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    problem(api(alice).post("/api/v1/cases/", {"name": "x" * 2000}), 413, "too_large")


def test_another_kind_of_body_or_answer_is_refused(alice, api):
    problem(api(alice).post("/api/v1/cases/", "<x/>", content_type="application/xml"), 415, "unsupported_media_type")
    problem(api(alice).get(DOCUMENTS, headers={"Accept": "application/xml"}), 406, "not_acceptable")
    assert api(alice).get(DOCUMENTS, headers={"Accept": "text/html,*/*"}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost:evil", "a b"])
def test_another_host_s_name_is_refused(db, client, host):
    problem(client.get(DOCUMENTS, headers={"Host": host}), 400, "bad_request")
    assert client.get("/login/", headers={"Host": host}).status_code == 400


def test_a_page_without_a_template_is_plain_text(rf, settings):
    settings.TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [], "APP_DIRS": False}]
    response = problems.not_found(rf.get("/nowhere/"), Http404())
    assert (response.status_code, response["Content-Type"]) == (404, "text/plain")
    assert response.content == b"Not Found. Not found.\n"


def test_the_description_of_the_api_is_read_and_nothing_else(db, client):
    client.raise_request_exception = False
    assert client.get("/api/v1/docs/").status_code == 200
    for method in ("options", "post", "delete"):
        assert getattr(client, method)("/api/v1/docs/").status_code == 405
