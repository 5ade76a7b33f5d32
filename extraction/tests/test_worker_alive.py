"""The health check of a worker's container."""

import os
import subprocess
import sys

import dramatiq
import pytest
from django.conf import settings

from extraction import worker_alive, worker_life
from extraction.jobs import worker_name


@pytest.fixture(autouse=True)
def _nobody():
    broker = dramatiq.get_broker()
    broker.client.delete(f"{broker.namespace}:alive")
    yield
    broker.client.delete(f"{broker.namespace}:alive")


def ask(**environment: str) -> int:
    env = {**os.environ, "REDIS_URL": settings.REDIS_URL, "LEXINTEL_REDIS_PREFIX": settings.REDIS_PREFIX} | environment
    return subprocess.run([sys.executable, "-m", "extraction.worker_alive"], env=env, cwd=settings.BASE_DIR).returncode


def test_it_is_well_only_while_a_worker_of_this_machine_says_so():
    assert ask() == 1
    worker_life.beat()
    assert ask() == 0
    worker_life.leave()
    assert ask() == 1


def test_another_machines_worker_is_no_sign_of_life_here(monkeypatch):
    monkeypatch.setattr(worker_life, "worker_name", lambda: "elsewhere/1")
    worker_life.beat()
    assert ask() == 1


def test_redis_being_away_is_not_the_workers_fault():
    assert ask(REDIS_URL="redis://127.0.0.1:1/0") == 0


def test_it_goes_by_the_names_and_times_of_the_workers_themselves():
    assert worker_alive.ALIVE_S == worker_life.ALIVE_S
    worker_life.beat()
    client = dramatiq.get_broker().client
    assert worker_name() in worker_alive.names_alive(client, settings.REDIS_PREFIX)
