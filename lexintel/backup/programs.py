"""PostgreSQL's own programs: where they are, whether they are new enough for the server, and how they are run."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from django.db import connection

from lexintel.backup.manifest import BackupError
from lexintel.embedded import binaries
from lexintel.embedded.errors import NotFound

APPLICATION_NAME = "lexintel backup"
# What of a connection libpq takes from the environment. What stands on a command line, everybody on the machine reads.
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "dbname": "PGDATABASE",
    "service": "PGSERVICE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslcrl": "PGSSLCRL",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}


def connected_to() -> dict[str, Any]:
    """How the database is reached, in libpq's words: all that protects the connection included."""
    given = connection.get_connection_params()
    return {name: str(given[name]) for name in _VARIABLES if given.get(name)}


def environment() -> dict[str, str]:
    """For programs that are to use the database."""
    where = {_VARIABLES[name]: value for name, value in connected_to().items()}
    options = "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c lock_timeout=60s"
    ours = {"PGAPPNAME": APPLICATION_NAME, "PGOPTIONS": options, "PGCONNECT_TIMEOUT": "10", "LC_MESSAGES": "C"}
    return {**os.environ, **where, **ours}


def run(program: str, arguments: Sequence[str]) -> None:
    """Raises BackupError with what the program said."""
    command = [find(program), *arguments]
    ended = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    if ended.returncode:
        raise BackupError(f"{program}: {what_it_said(ended.stderr, ended.returncode)}")


def start(program: str, arguments: Sequence[str], *, errors: IO[bytes], **streams: Any) -> "subprocess.Popen[bytes]":
    """The program, running beside this one. Raises BackupError if it is not here."""
    return subprocess.Popen([find(program), *arguments], env=environment(), stderr=errors, **streams)


def what_it_said(errors: str, code: int) -> str:
    """Of an error's lines the first says what; those that follow may quote rows."""
    said = next((line for line in errors.splitlines() if "error" in line.lower()), f"exit code {code}")
    return said[:300]


def find(program: str) -> str:
    """The program as new as the server, or newer. Raises BackupError with where to get it."""
    with connection.cursor():
        server = connection.pg_version // 10_000  # type: ignore[attr-defined]
    found: dict[int, Path] = {}
    for folder in _folders():
        if (folder / program).exists():
            version = _version(folder / program)
            if version >= server:
                return str(folder / program)
            found[version] = folder
    if found:
        newest = max(found)
        raise BackupError(
            f"{found[newest] / program} is of PostgreSQL {newest}, and the server is {server}: install the client "
            f"programs of PostgreSQL {server} (postgresql-client-{server}), or set LEXINTEL_PG_BIN to their folder."
        )
    raise BackupError(
        f"{program} is not here: install PostgreSQL's client programs (postgresql-client-{server}), or set "
        "LEXINTEL_PG_BIN to their folder."
    )


def _folders() -> Iterator[Path]:
    if named := os.environ.get("LEXINTEL_PG_BIN"):
        yield Path(named)
        return
    with suppress(NotFound):
        yield binaries.postgres_bin()
    if on_path := shutil.which("pg_dump"):
        yield Path(on_path).parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _version(program: Path) -> int:
    """0 if it does not even say."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    number = re.search(r"\) (\d+)", said)
    return int(number[1]) if number else 0
