"""The embedded Valkey (Redis): a unix socket, an append-only file, and no eviction."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import redis

from lexintel.embedded import binaries, process
from lexintel.embedded.account import Account
from lexintel.embedded.errors import ServiceError
from lexintel.embedded.sockets import make_private, socket_dir


class Valkey:
    """Owns the server as a child of this process."""

    def __init__(self, data_dir: Path) -> None:
        self.home = data_dir / "valkey"
        self.socket = socket(data_dir)
        self.pid_file = self.home / "valkey.pid"
        self.log = data_dir / "logs" / "valkey.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, give_up: Callable[[], bool] = process.never) -> None:
        """Start and wait until it answers, or until `give_up()`. Raises ServiceError."""
        program = binaries.valkey_server()
        for folder in (self.home, self.socket.parent):
            make_private(folder, Account())
        self._see_the_last_one_off(program.name)
        self.socket.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.home),
            "pidfile": str(self.pid_file),
            "save": "",
            "appendonly": "yes",
            # A second of wake-ups may be lost with the machine; the ledger sends them again.
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        command = [str(program)]
        for name, value in options.items():
            command += [f"--{name}", value]
        self.process = process.start(command, self.log, death_signal=signal.SIGTERM, env={**os.environ})
        try:
            process.wait_until(self._answers, self.process, self.log, patience_s=60, give_up=give_up)
        except BaseException:
            self.ask_to_end()
            self.wait_for_end(2)
            raise

    def ask_to_end(self) -> None:
        """Tell it to write its file and end."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def wait_for_end(self, patience_s: float) -> None:
        """Returns when it has ended; after `patience_s` it is made to."""
        if self.process:
            process.end(self.process, patience_s)

    def _see_the_last_one_off(self, program: str) -> None:
        """Two servers on one append-only file would ruin it, and the first one's end takes the socket away."""
        pid = process.pid_in(self.pid_file)
        if pid is not None and not process.has_ended(pid, program, self.home, 10):
            raise ServiceError(f"Another Valkey (process {pid}) is running on {self.home}. Stop it first.")

    def _answers(self) -> bool:
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=1)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()


def socket(data_dir: Path) -> Path:
    """The server's socket."""
    return socket_dir(data_dir / "valkey") / "valkey.sock"
