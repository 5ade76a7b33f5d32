"""A configuration that would break later is told at start."""

import pytest
import redis
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import OperationalError, connections
from psycopg_pool import PoolTimeout

from lexintel import bus, checks

LONG = "k3y-" + "abcdefghij" * 5


def found(**kwargs):
    """Ids of what our own checks say, each with a hint."""
    messages = [m for m in run_checks(**kwargs) if m.id and m.id.startswith("lexintel.")]
    assert all(m.hint for m in messages)
    return {m.id for m in messages}


def test_the_configuration_that_is_shipped_has_nothing_to_be_told(db):
    assert found(include_deployment_checks=True, databases=["default"]) == set()


@pytest.mark.parametrize(
    ("values", "id"),
    [
        ({"STORAGE_URL": "ftp://host/x"}, "lexintel.E001"),
        ({"STORAGE_URL": "/srv/files"}, "lexintel.E001"),
        ({"STORAGE_URL": "file://"}, "lexintel.E001"),
        ({"STORAGE_URL": "file://srv/files"}, "lexintel.E001"),
        ({"STORAGE_URL": "s3://"}, "lexintel.E001"),
        ({"LEXINTEL_RETRY_DELAYS_S": []}, "lexintel.E002"),
        ({"LEXINTEL_RETRY_DELAYS_S": [60, 0]}, "lexintel.E002"),
        ({"LEXINTEL_RETRY_DELAYS_S": [60, 30]}, "lexintel.W002"),
        ({"LEXINTEL_LEASE_S": 2}, "lexintel.E003"),
        ({"LEXINTEL_LEASE_S": 10}, "lexintel.W003"),
        ({"LEXINTEL_SANDBOX": "maybe"}, "lexintel.E004"),
        ({"LEXINTEL_SOFT_LIMIT_S": 1800, "LEXINTEL_HARD_LIMIT_S": 1800}, "lexintel.E005"),
        ({"LEXINTEL_SOFT_LIMIT_S": 0}, "lexintel.E005"),
        ({"LEXINTEL_MAX_UPLOAD_MB": 0}, "lexintel.E006"),
        ({"LEXINTEL_WORKER_PROCESSES": -1}, "lexintel.E006"),
        ({"EMBEDDING_BACKEND": "cloud"}, "lexintel.E010"),
        ({"EMBEDDING_BACKEND": "openai", "EMBEDDING_BASE_URL": ""}, "lexintel.E011"),
        ({"EMBEDDING_BACKEND": "openai", "EMBEDDING_BASE_URL": "127.0.0.1:8080"}, "lexintel.E011"),
        ({"RERANK_BASE_URL": "127.0.0.1:8081"}, "lexintel.E012"),
        ({"SECRET_KEY": "short"}, "lexintel.E020"),
        ({"SECRET_KEY": "a" * 60}, "lexintel.E020"),
        ({"SECRET_KEY": "django-insecure-" + LONG}, "lexintel.E020"),
    ],
)
def test_a_value_that_would_break_later_is_told_at_start(settings, values, id):
    for name, value in values.items():
        setattr(settings, name, value)
    assert found() == {id}


@pytest.mark.parametrize(
    "values",
    [
        {"STORAGE_URL": "file:///srv/case%20files"},
        {"STORAGE_URL": "s3://bucket?endpoint=https://s3.example"},
        {"LEXINTEL_RETRY_DELAYS_S": [5.0]},
        {"LEXINTEL_LEASE_S": 15},
        {"LEXINTEL_SANDBOX": "required"},
        {"EMBEDDING_BACKEND": "openai", "EMBEDDING_BASE_URL": "http://127.0.0.1:8080/v1"},
        {"SECRET_KEY": LONG},
        {"SECRET_KEY": "short", "DEBUG": True},
    ],
)
def test_a_value_that_works_is_not_told(settings, values):
    for name, value in values.items():
        setattr(settings, name, value)
    assert found() == set()


@pytest.mark.parametrize(("low", "high"), [(5, 4), (-1, 4), (0, 0)])
def test_a_pool_whose_limits_contradict_each_other_is_told(settings, low, high):
    settings.DATABASES["default"]["OPTIONS"]["pool"], before = (
        {"min_size": low, "max_size": high},
        settings.DATABASES["default"]["OPTIONS"]["pool"],
    )
    try:
        assert found() == {"lexintel.E007"}
    finally:
        settings.DATABASES["default"]["OPTIONS"]["pool"] = before


def test_what_is_open_to_the_world_is_told_before_it_is_put_there(settings):
    settings.ALLOWED_HOSTS, settings.DEBUG = ["*"], True
    assert found() == set()
    assert {"lexintel.E021", "lexintel.E022"} <= found(include_deployment_checks=True)


def test_an_error_keeps_a_command_from_starting(settings):
    settings.LEXINTEL_SANDBOX = "maybe"
    with pytest.raises(SystemCheckError, match="required or best_effort"):
        call_command("check")


class Told:
    """A Redis that tells this about itself."""

    def __init__(self, **info):
        self._info = info

    def info(self):
        if isinstance(error := self._info.get("error"), Exception):
            raise error
        return self._info


@pytest.mark.parametrize(
    ("info", "ids"),
    [
        ({"maxmemory_policy": "noeviction", "aof_enabled": 1}, set()),
        ({"maxmemory_policy": "allkeys-lru", "aof_enabled": 1}, {"lexintel.E030"}),
        ({"maxmemory_policy": "noeviction", "aof_enabled": 0}, {"lexintel.W031"}),
        ({"error": redis.ConnectionError()}, set()),
        ({"error": OSError()}, set()),
    ],
)
def test_a_redis_that_may_forget_is_told_and_one_that_is_away_is_not_judged(monkeypatch, info, ids):
    monkeypatch.setattr(bus, "client", lambda: Told(**info))
    assert found(include_deployment_checks=True) == ids


class Rows:
    """A database cursor that finds these rows, one per query."""

    def __init__(self, *rows):
        self._rows = list(rows)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def execute(self, sql):
        pass

    def fetchone(self):
        return self._rows.pop(0)


@pytest.mark.parametrize(
    ("available", "installed", "ids"),
    [
        (("0.8.0",), ("0.8.0",), set()),
        (("0.10.1",), None, set()),
        (("0.8.0",), ("0.7.4",), {"lexintel.E040"}),
        (("0.5.1",), None, {"lexintel.E040"}),
        (None, None, {"lexintel.E040"}),
    ],
)
def test_a_database_that_cannot_search_by_meaning_is_told(monkeypatch, available, installed, ids):
    monkeypatch.setattr(connections["default"], "cursor", lambda: Rows(available, installed))
    assert {m.id for m in checks.check_pgvector(None, databases=["default"])} == ids


@pytest.mark.parametrize("error", [OperationalError(), PoolTimeout()])
def test_a_database_that_is_away_is_not_judged(monkeypatch, error):
    def away():
        raise error

    monkeypatch.setattr(connections["default"], "cursor", away)
    assert checks.check_pgvector(None, databases=["default"]) == []
    assert checks.check_pgvector(None, databases=None) == []


@pytest.mark.parametrize(
    ("name", "value", "id"),
    [
        ("STORAGE_URL", "s3://case-files", "lexintel.E013"),
        ("SENTRY_DSN", "https://key@sentry.example.org/1", "lexintel.E014"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318", "lexintel.E014"),
    ],
)
def test_what_is_chosen_and_not_installed_is_told(settings, monkeypatch, name, value, id):
    setattr(settings, name, value)
    assert id not in found()
    monkeypatch.setattr(checks, "find_spec", lambda module: None)
    assert id in found()
