"""Bugs told to a Sentry and times told to a collector: only where named, and nothing but what logs may hold."""

import gzip
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import pytest
import structlog
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from extraction import jobs, pipeline
from extraction.models import ExtractionJob
from lexintel import error_reports, tracing

SECRET = "zeppelin"  # stands in names, texts, questions and messages of exceptions


class Receiver(ThreadingHTTPServer):
    """Takes whatever is posted; `bodies` by path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.bodies: list[tuple[str, bytes]] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def everything(self) -> bytes:
        return b"\n".join(body for _, body in self.bodies)


class _Taking(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        elif self.headers.get("Content-Encoding") == "br":
            body = brotli.decompress(body)
        self.server.bodies.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def sentry(receiver, settings):
    settings.SENTRY_DSN = f"http://key@{receiver.address}/1"

    def told() -> list[dict]:
        error_reports._client(settings.SENTRY_DSN, os.getpid()).flush(5)
        found = []
        for _, body in receiver.bodies:
            lines = body.split(b"\n")
            found += [json.loads(line) for line in lines[2::2] if line]
        return found

    yield told
    error_reports._client(settings.SENTRY_DSN, os.getpid()).close(1)
    error_reports._client.cache_clear()


@pytest.fixture
def collector(receiver, settings):
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = f"http://{receiver.address}"

    def told():
        _provider(settings).force_flush()
        spans = []
        for path, body in receiver.bodies:
            assert path == "/v1/traces"
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                assert [a.key for a in resource.resource.attributes] == ["service.name"]
                spans += [span for scope in resource.scope_spans for span in scope.spans]
        return spans

    yield told
    _provider(settings).shutdown()
    tracing._tracer.cache_clear()


def _provider(settings):
    return tracing._tracer(settings.OTEL_EXPORTER_OTLP_ENDPOINT, os.getpid()).span_processor


def attributes(span) -> dict:
    return {a.key: a.value.string_value or a.value.int_value for a in span.attributes}


def a_bug(*args, **kwargs):
    name = SECRET
    raise KeyError(f"no {name} in the text")


def test_a_bug_in_a_job_is_told_by_its_type_and_places_and_nothing_else(sentry, receiver, case, put_in, monkeypatch):
    document = put_in(case, b"The zeppelin was late.", name="zeppelin.txt", custodian="Z. Zeppelin")
    monkeypatch.setattr(pipeline, "run", a_bug)
    jobs.run(str(ExtractionJob.objects.get().pk))
    (event,) = sentry()
    (error,) = event["exception"]["values"]
    assert error["type"] == "KeyError"
    last = error["stacktrace"]["frames"][-1]
    assert (last["module"], last["function"]) == (__name__, "a_bug")
    assert any(frame["module"] == "extraction.jobs" and frame["in_app"] for frame in error["stacktrace"]["frames"])
    assert event["tags"]["document"] == str(document.pk)
    assert event["tags"]["case"] == str(case.pk)
    assert SECRET.encode() not in receiver.everything.lower()
    assert b"vars" not in receiver.everything


def test_a_bug_in_a_request_is_told_without_its_address_its_question_and_who_asked(
    sentry, receiver, case, alice, monkeypatch
):
    monkeypatch.setattr("search.api.search", a_bug)
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    response = client.get("/api/v1/search/?q=zeppelin", headers={"X-Request-ID": "r-17"})
    assert response.status_code == 500
    (event,) = sentry()
    assert event["exception"]["values"][0]["type"] == "KeyError"
    assert event["tags"]["request_id"] == "r-17"
    for told in (SECRET, "alice", "sessionid", "/api/v1/search", "request", case.name):
        assert told not in receiver.everything.decode().replace("request_id", "").replace("django.request", "")


def test_what_somebody_expected_is_no_bug(sentry, receiver, case, alice, api):
    assert api(alice).get("/api/v1/cases/nowhere/").status_code == 404
    structlog.get_logger().error("something_failed", why=SECRET)
    try:
        a_bug()
    except KeyError:
        structlog.get_logger().warning("happens", exc_info=True)
    assert sentry() == []


def test_a_request_and_its_jobs_are_one_trace(collector, receiver, case, rita, api, work_off):
    file = SimpleUploadedFile("zeppelin.txt", b"The zeppelin was late.")
    url = f"/api/v1/cases/{case.pk}/documents/"
    answer = api(rita).post(url, {"files": [file]}, format="multipart", headers={"X-Request-ID": "r-18"})
    assert answer.status_code == 202
    work_off()
    spans = {span.name: span for span in collector()}
    request = spans["POST api/v1/cases/<uuid:case>/documents/"]
    assert attributes(request)["http.response.status_code"] == 202
    read = spans["job read"]
    assert attributes(read)["lexintel.document"] == answer.json()["documents"][0]["id"]
    assert attributes(read)["lexintel.outcome"] == "done"
    assert read.end_time_unix_nano > read.start_time_unix_nano
    assert {int.from_bytes(span.trace_id) for span in (request, read, spans["job index"])} == {tracing.trace_of("r-18")}
    assert SECRET.encode() not in receiver.everything
    assert b"rita" not in receiver.everything


def test_another_request_is_another_trace(collector, alice, api):
    for _ in range(2):
        api(alice).get("/api/v1/cases/?name=zeppelin")
    first, second = collector()
    assert first.trace_id != second.trace_id
    assert first.name == "GET api/v1/cases/"


def test_nothing_is_told_unless_somebody_is_named(receiver, case, alice, api, put_in, monkeypatch):
    put_in(case, b"A letter.")
    monkeypatch.setattr(pipeline, "run", a_bug)
    jobs.run(str(ExtractionJob.objects.get().pk))
    api(alice).get("/api/v1/cases/")
    assert receiver.bodies == []
    assert error_reports._client.cache_info().currsize == tracing._tracer.cache_info().currsize == 0


def test_a_receiver_that_is_away_costs_nobody_anything(settings, case, alice, api, put_in, monkeypatch):
    settings.SENTRY_DSN = "http://key@127.0.0.1:9/1"
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:9"
    try:
        put_in(case, b"A letter.")
        monkeypatch.setattr(pipeline, "run", a_bug)
        jobs.run(str(ExtractionJob.objects.get().pk))
        assert ExtractionJob.objects.get().error_code == "internal_error"
        assert api(alice).get("/api/v1/cases/").status_code == 200
    finally:
        error_reports._client.cache_clear()
        tracing._tracer.cache_clear()
