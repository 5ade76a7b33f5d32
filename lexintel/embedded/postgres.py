"""The embedded PostgreSQL: one data folder, one unix socket, durable, recovered after any kind of death."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from lexintel.embedded import binaries, process
from lexintel.embedded.account import Account, account, reachable_data, reachable_programs
from lexintel.embedded.errors import ServiceError, WrongVersion
from lexintel.embedded.sockets import make_private, socket_dir

DATABASE = USER = "lexintel"
# For a small machine: enough for a case of millions of words; fsync and checksums as PostgreSQL ships them.
CONFIG = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "fsync": "on",
    "log_min_messages": "warning",
    # An error's statement holds the text of evidence; the log must not.
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
# What PostgreSQL says while sessions of a server that was killed are still at it, and how long they may be.
LEFTOVERS, LEFTOVERS_S = "pre-existing shared memory block", 30.0
# What is a letter. In plain C a typographic quotation mark is: then “Agreement” is another word than Agreement. The
# first that this machine has.
_LETTERS = ("C.UTF-8", "C.utf8", "en_US.UTF-8", "en_US.utf8", "C")


class Postgres:
    """Owns the server as a child of this process."""

    def __init__(self, data_dir: Path) -> None:
        self.account, self.home = account_and_home(data_dir)
        self.data = self.home / "data"
        self.sockets = sockets(data_dir)
        self.log = data_dir / "logs" / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, give_up: Callable[[], bool] = process.never) -> None:
        """Make the data folder on first start, start the server, wait for it (or `give_up()`), make the database.

        Raises ServiceError.
        """
        programs = reachable_programs(self.account, binaries.postgres_bin())
        for folder in (self.home, self.sockets):
            make_private(folder, self.account)
        if not (self.data / "PG_VERSION").exists():
            self._initdb(programs)
        self._check_version(programs)
        self._clear_stale_lock()
        self._run(programs, give_up)
        self._create_database()

    def _run(self, programs: Path, give_up: Callable[[], bool]) -> None:
        settings = [part for name, value in CONFIG.items() for part in ("-c", f"{name}={value}")]
        command = [str(programs / "postgres"), "-D", str(self.data), "-k", str(self.sockets), *settings]
        deadline = time.monotonic() + LEFTOVERS_S
        while True:
            self.process = process.start(
                command,
                self.log,
                # SIGINT is PostgreSQL's fast shutdown: sessions are cut, data is written.
                death_signal=signal.SIGINT,
                cwd=self.home if self.account.uid is None else "/",
                **self.account.popen(),
            )
            try:
                process.wait_until(self._answers, self.process, self.log, patience_s=120, give_up=give_up)
                return
            except ServiceError as error:
                self._make_end()
                if LEFTOVERS not in str(error) or time.monotonic() > deadline:
                    raise
            except BaseException:
                self._make_end()
                raise
            time.sleep(0.2)

    def _make_end(self) -> None:
        self.ask_to_end()
        self.wait_for_end(4)

    def ask_to_end(self) -> None:
        """Tell it to cut its sessions, write its data and end."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)

    def wait_for_end(self, patience_s: float) -> None:
        """Returns when it has ended; after `patience_s` it is made to, and recovers at its next start."""
        if self.process:
            process.end(self.process, patience_s, last=signal.SIGQUIT)

    def _initdb(self, programs: Path) -> None:
        draft = self.home / "data.new"
        for letters in _LETTERS:
            subprocess.run(["rm", "-rf", str(draft)], check=True)
            made = subprocess.run(
                [
                    *(str(programs / "initdb"), "-D", str(draft), "-U", USER, "--auth=trust"),
                    *("--encoding=UTF8", "--locale=C", f"--lc-ctype={letters}", "--data-checksums"),
                ],
                capture_output=True,
                text=True,
                cwd="/",
                check=False,
                **self.account.popen(),  # type: ignore[call-overload]
            )
            if made.returncode == 0:
                break
        else:
            raise ServiceError(f"initdb failed:\n{made.stderr[-2000:]}")
        # Only a whole data folder gets the name: a kill in the middle leaves a draft behind.
        draft.rename(self.data)

    def _check_version(self, programs: Path) -> None:
        ours = (self.data / "PG_VERSION").read_text().strip()
        shown = subprocess.run([str(programs / "postgres"), "--version"], capture_output=True, text=True, check=True)
        theirs = shown.stdout.split()[-1].split(".")[0]
        if ours != theirs:
            raise WrongVersion(
                f"The data in {self.data} is of PostgreSQL {ours}, the installed one is {theirs}. Dump it with version "
                f"{ours} (set LEXINTEL_PG_BIN) and restore it with {theirs}; see docs/operations.md."
            )

    def _clear_stale_lock(self) -> None:
        """Wait for a server whose owner was killed, and remove postmaster.pid if its number is another program's now.

        PostgreSQL gives up if any process of its account has that number. A lock of a process that is gone stays:
        by what it says PostgreSQL finds out whether sessions of that server are still at work.
        """
        lock = self.data / "postmaster.pid"
        pid = process.pid_in(lock)
        if pid is None:
            return
        if not process.has_ended(pid, "postgres", self.data, 10):
            raise ServiceError(f"Another PostgreSQL (process {pid}) is running on {self.data}. Stop it first.")
        if process.exists(pid):
            lock.unlink(missing_ok=True)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._conninfo("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _create_database(self) -> None:
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f'CREATE DATABASE "{DATABASE}"')

    def _conninfo(self, database: str) -> str:
        return f"host={self.sockets} user={USER} dbname={database}"


def account_and_home(data_dir: Path) -> tuple[Account, Path]:
    """Who runs the server of a data folder, and where its files lie."""
    wanted = data_dir / "postgres"
    who = account(wanted)
    return who, reachable_data(who, wanted)


def sockets(data_dir: Path) -> Path:
    """The folder of the server's socket."""
    return socket_dir(account_and_home(data_dir)[1] / "run")
