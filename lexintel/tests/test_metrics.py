"""/metrics: what an operator watches, told to whoever may know, whatever is away."""

import json
import re
from pathlib import Path

import pytest
import redis
import yaml
from django.conf import settings
from django.db import OperationalError
from prometheus_client.parser import text_string_to_metric_families
from redis.backoff import NoBackoff
from redis.retry import Retry

from extraction import counters
from lexintel import bus, sql
from lexintel.metrics import FIGURES

MONITORING = Path(settings.BASE_DIR) / "docker" / "monitoring"


@pytest.fixture(autouse=True)
def _nothing_kept():
    FIGURES.kept.clear()
    for name in counters.NAMES:
        bus.client().delete(bus.key("counted", name))


def scraped(client, **headers):
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def value(found, name, **labels):
    return found[f"lexintel_{name}", tuple(sorted(labels.items()))]


def test_work_that_waits_was_done_and_failed_is_counted(case, put_in, work_off, fake_embedder, client):
    put_in(case, b"A letter.")
    found = scraped(client)
    assert value(found, "jobs", stage="read", state="queued") == 1
    assert value(found, "documents", status="queued") == 1
    work_off()
    put_in(case, b"%PDF-1.4 nothing", name="bad.pdf")
    work_off()
    FIGURES.kept.clear()
    found = scraped(client)
    assert value(found, "jobs", stage="read", state="queued") == 0
    assert value(found, "documents", status="ready") == 1
    assert value(found, "documents_failed", code="corrupt") == 1
    assert value(found, "pages_total", reader="text") == 1
    assert value(found, "page_seconds_total", reader="text") > 0
    assert value(found, "jobs_ended_total", stage="read", outcome="done") == 1
    assert value(found, "jobs_ended_total", stage="read", outcome="corrupt") == 1
    assert value(found, "chunks_embedded_total") == 1


def test_requests_are_counted_by_route_and_not_by_address(case, alice, charlie, client):
    client.force_login(charlie)
    assert client.get(f"/api/v1/cases/{case.pk}/").status_code == 404
    assert client.get("/nowhere/at/all/canary").status_code == 404
    found = scraped(client)
    route = "api/v1/cases/<uuid:case>/"
    assert value(found, "request_seconds_count", route=route, method="GET", status="4xx") >= 1
    text = client.get("/metrics").content.decode()
    assert str(case.pk) not in text
    assert "canary" not in text


def test_nothing_of_what_is_held_is_in_it(case, put_in, work_off, fake_embedder, client):
    put_in(case, b"A zeppelin.", name="quagga.txt", custodian="K. Halcyon")
    work_off()
    text = client.get("/metrics").content.decode().lower()
    assert not [word for word in ("zeppelin", "quagga", "halcyon", "harlow", str(case.pk)) if word in text]


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.7", {}, 404),
        ("", {}, 404),
        # A proxy on this machine brings strangers.
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 404),
    ],
)
def test_without_a_token_only_this_machine_may_ask(db, client, address, headers, status):
    assert client.get("/metrics", headers=headers, REMOTE_ADDR=address).status_code == status


@pytest.mark.parametrize(
    ("given", "status"), [("Bearer s3cret", 200), ("Bearer other", 404), ("Basic s3cret", 404), ("", 404)]
)
def test_with_a_token_whoever_brings_it_may_ask(db, client, settings, given, status):
    settings.LEXINTEL_METRICS_TOKEN = "s3cret"
    assert client.get("/metrics", headers={"Authorization": given}, REMOTE_ADDR="10.0.0.7").status_code == status


def test_what_is_away_is_told_and_the_rest_all_the_same(db, client, monkeypatch):
    away = redis.Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(bus, "client", lambda: away)
        found = scraped(client)
    assert (value(found, "up", of="workers"), value(found, "up", of="ledger")) == (0, 1)
    FIGURES.kept.clear()

    def gone(*args):
        raise OperationalError("canary")

    monkeypatch.setattr(sql, "rows", gone)
    found = scraped(client)
    assert (value(found, "up", of="ledger"), value(found, "up", of="storage")) == (0, 1)


def test_many_scrapers_ask_the_database_no_more_often(db, client, django_assert_num_queries):
    scraped(client)
    with django_assert_num_queries(0):
        scraped(client)


def names(text):
    return set(re.findall(r"\b(lexintel_[a-z_]+)", text))


def known(client):
    found = {name for name, _ in scraped(client)}
    return found | {name.removesuffix("_bucket") for name in found}


def test_every_alert_asks_for_what_there_is(db, client):
    for name, label in ((counters.PAGES, "pdf"), (counters.PAGE_SECONDS, "pdf"), (counters.JOBS, "read done")):
        counters.count(name, label)
    counters.count(counters.CHUNKS)
    rules = yaml.safe_load((MONITORING / "alerts.yaml").read_text())
    asked = [rule for group in rules["groups"] for rule in group["rules"]]
    assert len(asked) >= 8
    for rule in asked:
        assert names(rule["expr"])
        assert names(rule["expr"]) <= known(client), rule["alert"]
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["remedy"]


def test_every_panel_shows_what_there_is(case, client):
    for name, label in ((counters.PAGES, "pdf"), (counters.PAGE_SECONDS, "pdf"), (counters.JOBS, "read done")):
        counters.count(name, label)
    counters.count(counters.CHUNKS)
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    there = known(client) | {"lexintel_documents_failed"}
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(asked) >= 10
    for expression in asked:
        assert names(expression) <= there, expression


def test_a_request_can_be_followed_from_the_web_to_the_worker(case, alice, client, work_off, caplog):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client.force_login(alice)
    files = {"files": [SimpleUploadedFile("quagga.pdf", b"%PDF-1.4 nothing")]}
    client.post(f"/api/v1/cases/{case.pk}/documents/", files, headers={"X-Request-ID": "night-7"})
    caplog.clear()
    work_off()
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict) and "job" in record.msg]
    assert lines
    for line in lines:
        assert (line["request_id"], line["case"]) == ("night-7", str(case.pk))
        assert line["document"]
        assert "quagga" not in json.dumps(line, default=str)
