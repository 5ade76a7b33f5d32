"""The database out of and into a dump, by PostgreSQL's own programs."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psycopg
from django.db import connection

from lexintel import sql
from lexintel.backup import programs
from lexintel.backup.manifest import BackupError

PATIENCE_S = 5.0
# Nothing of it holds before the last line, which comes only if the dump has come to its end.
_BEGIN = b"BEGIN; DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n"
_END = b"\nCOMMIT;\n"


@contextmanager
def one_moment() -> Iterator[str]:
    """A transaction in which everything is as at one moment; the name under which others may share it."""
    with sql.one_moment(), connection.cursor() as cursor:
        # It waits for pg_dump, which takes as long as it takes.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def dump(file: Path, snapshot: str) -> None:
    """All of the database, as at this moment. Raises BackupError."""
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={file}"]
    programs.run("pg_dump", options)


def require_readable(file: Path) -> None:
    """Raises BackupError if the programs here do not know what to do with the dump."""
    programs.run("pg_restore", ["--list", str(file)])


def restore(file: Path) -> None:
    """Replace all that is in the database by the dump, or change nothing. Raises BackupError."""
    once = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", "--file=-"]
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as read_said:
        # From one to the other: evidence in plain text never lies on a disk, and a backup may be read-only.
        reading = programs.start(
            "pg_restore",
            ["--no-owner", "--no-privileges", "--file=-", str(file)],
            stdout=subprocess.PIPE,
            errors=read_said,
        )
        try:
            writing = programs.start("psql", once, stdin=subprocess.PIPE, errors=said)
            with suppress(BrokenPipeError):  # it has ended early, and says why
                _pass_on(reading, writing)
            if code := writing.wait():
                raise BackupError(f"psql: {_read(said, code)}")
            if code := reading.wait():
                raise BackupError(f"pg_restore: {_read(read_said, code)}")
        finally:
            reading.kill()
            reading.wait()


def _pass_on(reading: "subprocess.Popen[bytes]", writing: "subprocess.Popen[bytes]") -> None:
    assert reading.stdout and writing.stdin
    try:
        writing.stdin.write(_BEGIN)
        shutil.copyfileobj(reading.stdout, writing.stdin, 1 << 20)
        if reading.wait() == 0:
            writing.stdin.write(_END)
    finally:
        reading.stdout.close()
        writing.stdin.close()


def _read(said: IO[bytes], code: int) -> str:
    said.seek(0)
    return programs.what_it_said(said.read(1 << 20).decode(errors="replace"), code)


def others_connected() -> int:
    """How many sessions of other processes are in the database, and stay; closes all of this one's.

    What a process that has just ended leaves is gone in a moment.
    """
    deadline = time.monotonic() + PATIENCE_S
    while (found := _others()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def _others() -> int:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    where = programs.connected_to() | {"application_name": programs.APPLICATION_NAME}
    with psycopg.connect(**where, connect_timeout=10) as alone:
        found = alone.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).fetchone()
    return int(found[0]) if found else 0


def is_empty() -> bool:
    """Whether there is no table yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public')")
        return bool(cursor.fetchone()[0])
