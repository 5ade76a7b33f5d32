"""Is it alive, and does everything it needs answer?"""

import pytest
import redis
from asgiref.testing import ApplicationCommunicator
from django.db import OperationalError
from redis.backoff import NoBackoff
from redis.retry import Retry

from documents import storage
from extraction import code_age, worker_life
from lexintel import bus, health


def test_alive_is_alive_and_asks_nobody(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]
    assert client.head("/healthz").status_code == 200


def test_all_is_well(db, client):
    response = client.get("/readyz")
    body = response.json()
    assert (response.status_code, body["status"]) == (200, "ok")
    assert {name: body["dependencies"][name]["status"] for name in ("database", "schema", "redis", "storage")} == {
        "database": "ok",
        "schema": "ok",
        "redis": "ok",
        "storage": "ok",
    }
    assert "no-store" in response["Cache-Control"]


def unavailable(client):
    """The names of what is not well, and the answer's text."""
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["status"] == "unavailable"
    found = {name: s["status"] for name, s in response.json()["dependencies"].items() if name != "worker"}
    return {name: status for name, status in found.items() if status != "ok"}, response.content.decode()


def test_a_database_that_is_away_is_named(db, client, monkeypatch):
    class Away:
        def cursor(self):
            raise OperationalError("canary: password authentication failed")

    monkeypatch.setattr(health, "connection", Away())
    found, text = unavailable(client)
    assert found == {"database": "unavailable"}
    assert "canary" not in text


def test_a_redis_that_is_away_is_named(db, client, monkeypatch):
    away = redis.Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(bus, "client", lambda: away)
        found, text = unavailable(client)
    assert found == {"redis": "unavailable"}
    assert "nonexistent" not in text


def test_a_storage_that_cannot_be_used_is_named(db, client, settings, tmp_path):
    (tmp_path / "blocked").write_text("a file where the folder should be")
    settings.STORAGE_URL = f"file://{tmp_path / 'blocked' / 'files'}"
    found, text = unavailable(client)
    assert found == {"storage": "unavailable"}
    assert str(tmp_path) not in text


def test_a_storage_that_is_full_is_named(db, client, monkeypatch):
    monkeypatch.setattr(storage, "RESERVE_BYTES", 1 << 60)
    assert unavailable(client)[0] == {"storage": "full"}


@pytest.mark.parametrize("state", ["behind", "ahead"])
def test_a_schema_of_another_release_is_named(db, client, monkeypatch, state):
    monkeypatch.setattr(code_age, "schema", lambda: state)
    assert unavailable(client)[0] == {"schema": state}


def test_without_workers_requests_are_served_all_the_same(db, client, monkeypatch):
    monkeypatch.setattr(worker_life, "alive", lambda: 0)
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["dependencies"]["worker"] == {"status": "absent", "alive": 0}
    monkeypatch.setattr(worker_life, "alive", lambda: 3)
    assert client.get("/readyz").json()["dependencies"]["worker"] == {"status": "ok", "alive": 3}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_nobody_needs_to_sign_in_and_nothing_is_sent(db, client, path):
    assert client.post(path).status_code == 405
    assert client.get(path)["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "status", "body"), [("GET", 200, b'{"status": "ok"}'), ("HEAD", 200, b""), ("POST", 405, b"")]
)
async def test_the_event_loop_itself_says_that_it_lives(method, status, body):
    from lexintel.asgi import application

    asked = ApplicationCommunicator(application, {"type": "http", "method": method, "path": "/healthz", "headers": []})
    await asked.send_input({"type": "http.request"})
    start, answer = await asked.receive_output(1), await asked.receive_output(1)
    assert (start["status"], answer["body"]) == (status, body)
    assert dict(start["headers"])[b"cache-control"] == b"no-store"
