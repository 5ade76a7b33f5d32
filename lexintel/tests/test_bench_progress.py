"""`manage.py bench progress` as it is typed: it measures, says so in JSON, and leaves nothing behind."""

import json
import os

import psycopg
import pytest

from lexintel import bus
from lexintel.benchmarks.scratch import DATABASE
from lexintel.tests.processes import run_manage


@pytest.fixture
def env(tmp_path) -> dict[str, str]:
    """An installation on the servers of the test run."""
    named = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    return named | {"LEXINTEL_REDIS_PREFIX": "bench-test", "LEXINTEL_DATA_DIR": str(tmp_path / "var")}


def test_it_measures_every_event_at_every_client_and_leaves_nothing_behind(env, tmp_path):
    done = run_manage(
        *("bench", "progress", "--json", "--only", "delay", "--clients", "3", "--rate", "20", "--seconds", "1"),
        within=120,
        **env,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    asked = {"clients": 3, "rate": 20, "seconds": 1, "events": 20}
    assert {name: result[name] for name in asked} == asked
    assert {result[name] for name in ("lost", "out_of_order", "duplicates", "resets", "ended", "bare_sse_lost")} == {0}
    assert 0 < result["p50_ms"] <= result["p99_ms"] <= result["max_ms"]
    assert result["p50_to_raw_hop"] == pytest.approx(result["p50_ms"] / result["raw_redis_hop_p50_ms"], abs=0.01)
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        assert not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
    assert not [*bus.client().scan_iter("bench-test*"), *bus.client().scan_iter("lexintel-bench*")]
    assert not list((tmp_path / "var").glob("lexintel-bench*"))


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_a_server_that_was_named_and_does_not_answer_is_not_replaced_by_another(env, name, tmp_path):
    nowhere = {"DATABASE_URL": f"postgres://x@/x?host={tmp_path}", "REDIS_URL": f"unix://{tmp_path}/none"}
    done = run_manage("bench", "progress", within=60, **(env | {name: nowhere[name]}))
    assert done.returncode == 1 and f"{name} names a server that does not answer" in done.stderr


@pytest.mark.parametrize("wrong", [["--clients", "0"], ["--rate", "0"], ["--seconds", "-1"]])
def test_nothing_to_measure_is_bad_usage(env, wrong):
    done = run_manage("bench", "progress", *wrong, within=60, **env)
    assert done.returncode == 2 and "Nothing to measure" in done.stderr
