"""`manage.py up` as its user meets it: a start, an end, and what stands in the way of either.

With the servers of the test run, as if DATABASE_URL and REDIS_URL named real ones; extraction/tests/test_faults.py
starts the embedded ones.
"""

import os
import shutil
import signal
import socket
import stat
import tempfile
import urllib.request
import uuid
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from lexintel.chaos.stack import RUNNING, free_port
from lexintel.management.commands import up
from lexintel.tests.processes import Manage, eventually, installation, needs_proc, pids, run_manage


@pytest.fixture(scope="module")
def env():
    """The environment of an installation of its own, on servers that somebody else runs."""
    name = f"up_{uuid.uuid4().hex[:8]}"
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    data_dir = Path(tempfile.mkdtemp(prefix="lexintel-up-")) / "var"
    yield {
        "DATABASE_URL": url.replace("/lexintel?", f"/{name}?"),
        "REDIS_URL": os.environ["REDIS_URL"],
        "LEXINTEL_REDIS_PREFIX": name,
        "LEXINTEL_DATA_DIR": str(data_dir),
        "LEXINTEL_WEB_PORT": str(free_port()),
        "LEXINTEL_WORKER_PROCESSES": "1",
        "LOG_FORMAT": "console",
    }
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    shutil.rmtree(data_dir.parent)


@pytest.fixture
def start(env, tmp_path):
    """Start `up` and wait until it says where it is."""
    started = []

    def start() -> Manage:
        started.append(Manage(tmp_path / f"up{len(started)}.log", "up", "--no-sample", **env))
        started[-1].says(RUNNING, 60)
        return started[-1]

    yield start
    for manage in started:
        manage.kill()
    eventually(lambda: not installation(Path(env["LEXINTEL_DATA_DIR"])), 15)


@needs_proc
def test_a_start_says_where_and_how_and_ctrl_c_ends_all_of_it(env, start):
    manage, data_dir = start(), Path(env["LEXINTEL_DATA_DIR"])
    url = f"http://127.0.0.1:{env['LEXINTEL_WEB_PORT']}/"
    assert url in manage.output()
    login = data_dir / "first-login.txt"
    assert str(login) in manage.output()
    assert str(data_dir) in manage.output()
    assert stat.S_IMODE(login.stat().st_mode) == 0o600
    assert urllib.request.urlopen(f"{url}readyz", timeout=10).status == 200
    # The servers that the environment names are used, and none of our own beside them.
    assert pids(data_dir, "web")
    eventually(lambda: pids(data_dir, "dramatiq"), 20)
    assert not pids(data_dir, "postgres")
    assert not pids(data_dir, "valkey")
    second = run_manage("up", "--no-sample", **env)
    assert second.returncode == 1
    assert f"already running on {data_dir} (process {manage.process.pid})" in second.stderr
    code, seconds = manage.stop(signal.SIGINT)
    assert (code, installation(data_dir)) == (0, {})
    assert seconds < 10
    assert "Stopped. Everything is kept" in manage.output()
    assert "Traceback" not in manage.output(), manage.output()


@needs_proc
def test_after_kill_9_nothing_is_left_and_the_next_start_finds_everything_as_it_was(env, start):
    manage, data_dir = start(), Path(env["LEXINTEL_DATA_DIR"])
    eventually(lambda: "worker_ready" in manage.output(), 30)
    login = (data_dir / "first-login.txt").read_text()
    assert len(installation(data_dir)) > 4
    manage.kill()
    eventually(lambda: not installation(data_dir), 10, "nothing is left")
    again = start()
    assert "First login" not in again.output()
    assert (data_dir / "first-login.txt").read_text() == login
    code, seconds = again.stop(signal.SIGTERM)
    assert (code, installation(data_dir)) == (0, {})
    assert seconds < 10


def test_a_port_in_use_is_said_with_what_to_do(monkeypatch):
    monkeypatch.setattr(up, "PORT_PATIENCE_S", 0.3)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=rf"Port {port} is taken\. .*LEXINTEL_WEB_PORT=8080 make run"):
            up._require_free(port)


def test_a_port_that_nobody_may_use_is_said_to_be_that(monkeypatch):
    refusal = PermissionError(13, "Permission denied")
    monkeypatch.setattr(up, "_problem_with", lambda port: refusal)
    with pytest.raises(CommandError, match=r"Port 80 cannot be used \(Permission denied\)"):
        up._require_free(80)


def test_a_port_that_a_dying_start_still_holds_is_waited_for(monkeypatch):
    answers = iter([OSError(98, "in use"), OSError(98, "in use"), None])
    monkeypatch.setattr(up, "_problem_with", lambda port: next(answers))
    up._require_free(8000)


def test_a_data_folder_that_cannot_be_used_is_said_without_a_traceback(tmp_path):
    (tmp_path / "file").write_text("")
    done = run_manage("up", SECRET_KEY="x" * 50, LEXINTEL_DATA_DIR=str(tmp_path / "file" / "var"))
    assert done.returncode == 1
    assert "cannot be used: Not a directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_service_that_cannot_start_is_said_without_a_traceback_and_lets_go(env, tmp_path):
    own = {k: v for k, v in env.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    done = run_manage("up", **own | {"LEXINTEL_DATA_DIR": str(tmp_path / "var"), "LEXINTEL_PG_BIN": "/nonexistent"})
    assert done.returncode == 1
    assert "No PostgreSQL with pgvector" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_worker_without_processes_is_a_mistake():
    with pytest.raises(CommandError, match="--processes must be at least 1") as error:
        call_command("worker", processes=0)
    assert error.value.returncode == 2
