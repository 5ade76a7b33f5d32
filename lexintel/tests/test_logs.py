"""What is written to the log, and what never is."""

import io
import json
import logging

import pytest
import structlog
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, connection
from django.test import AsyncClient

from documents import api as document_api
from lexintel import logs
from lexintel.logs import RequestLogMiddleware

log = structlog.get_logger("lexintel.test")


def the_handler():
    """The one that writes to standard error; pytest has some of its own."""
    (handler,) = (
        h for h in logging.getLogger().handlers if isinstance(h.formatter, structlog.stdlib.ProcessorFormatter)
    )
    return handler


@pytest.fixture
def stream():
    """What goes to standard error meanwhile."""
    handler, stream = the_handler(), io.StringIO()
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


@pytest.fixture
def written(stream):
    """The lines since last asked, each parsed; every line must be one JSON object."""

    def lines():
        # Not splitlines(), which also splits where no reader of a log does.
        found = [json.loads(line) for line in stream.getvalue().split("\n") if line]
        stream.seek(0)
        stream.truncate()
        return found

    return lines


def requests(lines):
    return [line for line in lines if line["event"] == "request"]


def test_a_request_is_one_line_with_ids_and_figures(case, bob, api, written):
    response = api(bob).get(f"/api/v1/cases/{case.pk}/")
    (line,) = written()
    assert line.pop("ms") > 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "lexintel.request",
        "method": "GET",
        "path": f"/api/v1/cases/{case.pk}/",
        "request_id": response["X-Request-ID"],
        "status": 200,
        "user": bob.pk,
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/v1/search/?q=canary&mode=lexical"),
        ("get", "/api/v1/documents/?q=canary&case=canary"),
        ("get", "/search/?q=canary&mode=lexical"),
        ("get", "/api/v1/cases/{case}/members/canary/"),
        ("delete", "/api/v1/cases/{case}/members/canary/"),
        ("get", "/canary.pdf"),
        ("get", "/api/v1/canary/"),
        ("get", "/static/canary.js"),
        ("get", "/api/v1/cases/{case}/members/canary"),
        ("get", "/login/?next=/canary"),
        ("get", "/admin/canary/"),
        ("get", "/admin/cases/case/canary/change/"),
        ("post", "/api/v1/tokens/?password=canary"),
    ],
)
def test_what_stands_in_an_address_is_not_written(case, alice, api, written, method, path):
    client = api(alice)
    getattr(client, method)(
        path.format(case=case.pk), {} if method == "get" else {"username": "canary", "password": "canary"}
    )
    lines = written()
    assert len(requests(lines)) == 1
    assert "canary" not in json.dumps(lines)


def test_ids_in_an_address_are_written(case, alice, api, put_in, written):
    document = put_in(case, b"x")
    written()
    api(alice).get(f"/documents/{document.pk}/pages/7/")
    (line,) = requests(written())
    assert (line["path"], line["status"]) == (f"/documents/{document.pk}/pages/7/", 404)


def test_neither_bodies_nor_names_nor_tokens_are_written(case, alice, api, written):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = api(alice)
    client.credentials(HTTP_USER_AGENT="canary\r\nforged")
    file = SimpleUploadedFile("canary.txt", b"canary")
    client.post(f"/api/v1/cases/{case.pk}/documents/", {"files": file, "custodian": "canary"}, format="multipart")
    client.post("/api/v1/cases/", {"name": "canary", "reference": "canary", "status": "canary"})
    client.credentials(HTTP_AUTHORIZATION="Bearer lx_canary")
    client.get("/api/v1/cases/")
    lines = written()
    assert len(requests(lines)) == 3
    assert "canary" not in json.dumps(lines)


def test_an_exception_is_told_by_type_and_place_and_not_by_its_message(case, alice, client, written, monkeypatch):
    def broken(documents):
        raise ValueError("canary")

    monkeypatch.setattr(document_api, "shown", broken)
    client.force_login(alice)
    client.raise_request_exception = False
    assert client.get("/api/v1/documents/?q=canary").status_code == 500
    lines = written()
    (failure,) = [line for line in lines if line["logger"] == "django.request"]
    assert failure["exception"] == "ValueError"
    assert failure["exception_at"][-1].startswith("lexintel.tests.test_logs:")
    assert failure["exception_at"][-1].endswith(" broken")
    assert "canary" not in json.dumps(lines)


def test_a_database_error_is_told_by_its_number_and_not_by_its_row(case, written):
    with connection.cursor() as cursor:
        try:
            cursor.execute("INSERT INTO cases_case (id, name) VALUES (gen_random_uuid(), 'canary')")
        except DatabaseError:
            log.exception("insert_failed")
    (line,) = written()
    assert line["exception"] == "django.db.utils.IntegrityError"
    assert line["exception_number"] == "23502"
    assert line["exception_cause"] == "psycopg.errors.NotNullViolation"
    assert "canary" not in json.dumps(line)


def test_one_event_is_one_line_whatever_is_in_it(written):
    hostile = "a\nb\r\x1b[2Jc\x85d\u2028e\u2029f\x00g\ud800h"
    log.info("hostile", value=hostile, values=[hostile], number=7, nothing=None, yes=True)
    logging.getLogger("somebody.else").warning("said %s", hostile)
    ours, theirs = written()
    plain = "a\\x0ab\\x0d\\x1b[2Jc\\x85d\\u2028e\\u2029f\\x00g\\ud800h"
    assert (ours["value"], ours["values"]) == (plain, [plain])
    assert (ours["number"], ours["nothing"], ours["yes"]) == (7, None, True)
    assert theirs["event"] == f"said {plain}"


def test_what_is_too_long_is_cut(written):
    log.info("long", value="x" * 100_000)
    assert len(written()[0]["value"]) == logs.MAX_VALUE_CHARS


@pytest.mark.parametrize("key", ["password", "token", "Authorization", "cookie", "secret", "api_key"])
def test_a_value_whose_name_says_secret_is_left_out(written, key):
    log.info("signed_in", **{key: "canary"})
    assert written()[0][key] == "…"


@pytest.mark.parametrize("name", sorted(logs.LIBRARY_LEVELS))
def test_libraries_are_quiet_below_their_level(written, name):
    logging.getLogger(name).info("canary")
    assert written() == []


def test_a_request_id_that_comes_in_is_kept_if_it_is_one(db, client, written):
    given = client.get("/healthz", headers={"X-Request-ID": "proxy-7.a_B"})
    assert given["X-Request-ID"] == "proxy-7.a_B"
    for forged in ("a b", "a\nb", "x" * 65, "", "é", "<script>"):
        answered = client.get("/healthz", headers={"X-Request-ID": forged})["X-Request-ID"]
        assert answered != forged
        assert len(answered) == 32


def test_events_of_a_request_carry_its_id_and_later_ones_do_not(db, rf, written):
    def view(request):
        from django.http import HttpResponse

        log.info("inside")
        return HttpResponse()

    RequestLogMiddleware(view)(rf.get("/", headers={"X-Request-ID": "r-1"}))
    log.info("after")
    inside, request, after = written()
    assert (inside["request_id"], request["request_id"]) == ("r-1", "r-1")
    assert "request_id" not in after


def test_probes_are_not_written(db, client, written):
    for path in ("/healthz", "/readyz"):
        client.get(path)
    assert requests(written()) == []


def test_a_line_costs_no_query(db, client, written, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/healthz")
        client.get("/nowhere/")
    assert requests(written())[0]["user"] is None


async def test_asynchronous_requests_are_written_too(written):
    response = await AsyncClient().get("/nowhere/", headers={"X-Request-ID": "r-2"})
    assert response["X-Request-ID"] == "r-2"
    (line,) = requests(written())
    assert (line["request_id"], line["status"], line["path"]) == ("r-2", 404, "(unknown)")


async def test_a_request_whose_client_left_is_written_as_such(written):
    import asyncio

    async def never(request):
        await asyncio.Event().wait()

    request = ASGIRequest({"type": "http", "method": "GET", "path": "/", "headers": []}, None)
    task = asyncio.create_task(RequestLogMiddleware(never)(request))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert requests(written())[0]["status"] == 499


@pytest.fixture
def console():
    """The format for people, for one test."""
    logs.configure({"format": "console"})
    stream = io.StringIO()
    the_handler().setStream(stream)
    yield stream
    logs.configure({"format": "json"})


def test_for_people_it_is_one_line_too(console):
    logging.getLogger("lexintel.people").info("said %s", "a\nb")
    try:
        raise ValueError("canary")
    except ValueError:
        logging.getLogger("lexintel.people").exception("failed")
    lines = console.getvalue().splitlines()
    assert len(lines) == 2
    assert "said a\\x0ab" in lines[0]
    assert "ValueError" in lines[1]
    assert "canary" not in lines[1]
