"""Both embedded servers of a data folder, as one thing to start, watch and stop."""

import fcntl
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg

from lexintel.data_dir import make_data_dir
from lexintel.embedded import postgres as postgres_server
from lexintel.embedded import process
from lexintel.embedded import valkey as valkey_server
from lexintel.embedded.errors import AlreadyRunning, ServiceError

# Together; who takes longer is killed, and recovers at its next start.
STOP_S = 8.0


@dataclass(frozen=True)
class Urls:
    """Where the services listen, as settings take it."""

    database_url: str
    redis_url: str


def urls(data_dir: Path) -> Urls:
    """Where the services of this data folder listen once they run; starts nothing."""
    host = quote(str(postgres_server.sockets(data_dir)), safe="")
    return Urls(
        database_url=f"postgres://{postgres_server.USER}@/{postgres_server.DATABASE}?host={host}",
        redis_url=f"unix://{quote(str(valkey_server.socket(data_dir)))}?db=0",
    )


class Services:
    """The servers, as children of this process; they end when it ends, however it ends."""

    NAMES = ("postgres", "valkey")

    def __init__(self, data_dir: Path, *, postgres: bool = True, valkey: bool = True) -> None:
        self.data_dir = data_dir
        self._wanted = {"postgres": postgres, "valkey": valkey}
        self._servers: dict[str, postgres_server.Postgres | valkey_server.Valkey] = {}
        self._lock: IO[str] | None = None

    def take(self) -> None:
        """Make the data folder ours until `stop`. Raises AlreadyRunning or ServiceError."""
        if self._lock:
            return
        try:
            make_data_dir(self.data_dir)
            # Not emptied before it is ours: the owner's process id is in it.
            lock = open(self.data_dir / "services.lock", "a+")  # noqa: SIM115 - held while the services run
        except OSError as error:
            raise ServiceError(f"{self.data_dir} cannot be used: {error.strerror}.") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            owner = lock.read(20).strip()
            lock.close()
            whose = f" (process {owner})" if owner else ""
            raise AlreadyRunning(f"LexIntel is already running on {self.data_dir}{whose}.") from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock

    def start(self) -> Urls:
        """Start what is wanted and wait until it answers. Raises AlreadyRunning or ServiceError."""
        self.take()
        try:
            if self._wanted["postgres"]:
                self._servers["postgres"] = postgres_server.Postgres(self.data_dir)
            if self._wanted["valkey"]:
                self._servers["valkey"] = valkey_server.Valkey(self.data_dir)
            for name in self._servers:
                self.restart(name)
        except BaseException:
            self.stop()
            raise
        return urls(self.data_dir)

    def stop(self) -> None:
        """End the servers cleanly, both at once; within 10 s."""
        deadline = time.monotonic() + STOP_S
        for server in self._servers.values():
            server.ask_to_end()
        for server in self._servers.values():
            server.wait_for_end(max(0.5, deadline - time.monotonic()))
        if self._lock:
            self._lock.close()
            self._lock = None

    def poll(self) -> list[str]:
        """Names of servers that have died."""
        return [n for n, s in self._servers.items() if s.process and s.process.poll() is not None]

    def restart(self, name: str, give_up: Callable[[], bool] = process.never) -> None:
        """Start one (again), and wait for it unless `give_up()`; PostgreSQL recovers from its log first.

        Raises ServiceError.
        """
        try:
            self._servers[name].start(give_up)
        except OSError as error:
            raise ServiceError(f"{name} did not start: {error.strerror}: {error.filename}") from error
        except psycopg.Error as error:
            raise ServiceError(f"{name} did not start: {error}") from error

    @property
    def pids(self) -> dict[str, int]:
        """Process ids by name."""
        return {n: s.process.pid for n, s in self._servers.items() if s.process}
