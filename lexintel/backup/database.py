"""The database out of and into a dump, by PostgreSQL's own programs."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from lexintel import sql
from lexintel.backup.manifest import BackupError
from lexintel.embedded import binaries
from lexintel.embedded.errors import NotFound

_REPLACE = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"


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
    _run("pg_dump", options)


def restore(file: Path) -> None:
    """Replace all that is in the database by the dump, or change nothing. Raises BackupError."""
    script = file.with_suffix(".sql")
    try:
        _run("pg_restore", ["--no-owner", "--no-privileges", f"--file={script}", str(file)])
        script.chmod(0o600)
        once = ["--single-transaction", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
        _run("psql", [*once, f"--command={_REPLACE}", f"--file={script}"])
    finally:
        script.unlink(missing_ok=True)


def others_connected() -> int:
    """How many sessions of other processes are in the database; closes all of this one's."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    with psycopg.connect(**_where(), application_name=_OURS, connect_timeout=10) as alone:
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


_OURS = "lexintel backup"
_VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}


def _where() -> dict[str, Any]:
    given = connection.get_connection_params()
    return {name: str(given[name]) for name in ("host", "port", "user", "password", "dbname") if given.get(name)}


def _run(program: str, arguments: list[str]) -> None:
    # By the environment: what stands on a command line, everybody on the machine can read.
    where = {_VARIABLES[name]: value for name, value in _where().items()}
    env = {**os.environ, **where, "PGAPPNAME": _OURS}
    env |= {"PGOPTIONS": "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0", "PGCONNECT_TIMEOUT": "10"}
    run = subprocess.run([_find(program), *arguments], env=env, capture_output=True, text=True, check=False)
    if run.returncode:
        # Of an error's lines the first says what; those that follow may quote rows.
        said = next(
            (line for line in run.stderr.splitlines() if "error" in line.lower()), f"exit code {run.returncode}"
        )
        raise BackupError(f"{program}: {said[:300]}")


def _find(program: str) -> str:
    named = os.environ.get("LEXINTEL_PG_BIN")
    if not named:
        if not settings.LEXINTEL_EMBEDDED_POSTGRES and (found := shutil.which(program)):
            return found
        try:
            named = str(binaries.postgres_bin())
        except NotFound:
            named = ""
    if named and (Path(named) / program).exists():
        return str(Path(named) / program)
    if found := shutil.which(program):
        return found
    raise BackupError(f"{program} is not here: install PostgreSQL's client programs, or set LEXINTEL_PG_BIN.")
