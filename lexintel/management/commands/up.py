"""manage.py up: everything, from nothing, until Ctrl-C."""

import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lexintel.embedded import postgres
from lexintel.embedded.errors import AlreadyRunning, ServiceError
from lexintel.embedded.process import tie
from lexintel.embedded.services import Services
from lexintel.static_files import collect_if_changed
from lexintel.supervisor import STOP_SIGNALS, Supervisor

# Longer than the workers' own supervisor waits; with what the services need, all has ended within 10 s.
PATIENCE_S = 6.5
# What a start that was killed has left on the port ends in this time.
PORT_PATIENCE_S = 5.0


class Command(BaseCommand):
    help = "Start database, Redis, web and workers; on first start make the login and the sample case."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.LEXINTEL_WEB_PORT)
        parser.add_argument("--no-sample", action="store_true", help="make no sample case on first start")

    def handle(self, *, port: int, no_sample: bool, **options: Any) -> None:
        # Evidence, passwords and the database are nobody else's on this machine.
        os.umask(0o077)
        for number in STOP_SIGNALS:
            signal.signal(number, _interrupt)
        services = Services(
            settings.LEXINTEL_DATA_DIR,
            postgres=settings.LEXINTEL_EMBEDDED_POSTGRES,
            valkey=settings.LEXINTEL_EMBEDDED_REDIS,
        )
        try:
            services.take()
            _require_free(port)
            services.start()
            self._run(port, no_sample, services)
        except AlreadyRunning as error:
            raise CommandError(f"{error} Stop it there first (Ctrl-C), or choose another LEXINTEL_DATA_DIR.") from None
        except ServiceError as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            pass
        finally:
            # A second Ctrl-C would only leave the database to recover at the next start.
            for number in STOP_SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            services.stop()
        self.stdout.write("Stopped. Everything is kept; `make run` finds it again.")

    def _run(self, port: int, no_sample: bool, services: Services) -> None:
        collect_if_changed()
        _manage("migrate", "--noinput", "-v0")
        _manage("first_start", *(["--no-sample"] if no_sample else []))
        children = {
            "web": [sys.executable, _manage_py(), "web", "--port", str(port)],
            "worker": [sys.executable, _manage_py(), "worker"],
        }
        env = {**os.environ, "PYTHONUNBUFFERED": "1"}
        Supervisor(children, env, services, patience_s=PATIENCE_S).run(_Announcer(port, self.stdout))


def _interrupt(number: int, frame: Any) -> NoReturn:
    raise KeyboardInterrupt


class _Announcer:
    """Says where LexIntel is as soon as it answers."""

    def __init__(self, port: int, out: Any) -> None:
        self.port, self.out, self.said, self.next_try = port, out, False, 0.0

    def __call__(self) -> None:
        if self.said or time.monotonic() < self.next_try:
            return
        self.next_try = time.monotonic() + 0.5
        if not _answers(self.port):
            return
        self.said = True
        login = settings.LEXINTEL_DATA_DIR / "first-login.txt"
        lines = [
            f"LexIntel is running: http://127.0.0.1:{self.port}/",
            f"Login:    admin, password in {login}" if login.exists() else "",
            f"Data:     {settings.LEXINTEL_DATA_DIR}",
            _elsewhere(),
            "Stop:     Ctrl-C",
        ]
        kept = [line for line in lines if line]
        width = max(map(len, kept))
        box = "\n".join(["┌" + "─" * (width + 2) + "┐", *(f"│ {line:{width}} │" for line in kept)])
        self.out.write(f"{box}\n└{'─' * (width + 2)}┘")
        self.out.flush()


def _answers(port: int) -> bool:
    """Whether the web process answers, be it to say that this host name is not allowed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=0.5)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _elsewhere() -> str:
    """Where the database lies if it could not lie in the data folder; who makes backups must know."""
    if not settings.LEXINTEL_EMBEDDED_POSTGRES:
        return ""
    _, home = postgres.account_and_home(settings.LEXINTEL_DATA_DIR)
    return "" if home.is_relative_to(settings.LEXINTEL_DATA_DIR) else f"Database: {home}"


def _require_free(port: int) -> None:
    """Raises CommandError if nothing can listen on the port."""
    deadline = time.monotonic() + PORT_PATIENCE_S
    while (problem := _problem_with(port)) is not None:
        if problem.errno != errno.EADDRINUSE:
            raise CommandError(f"Port {port} cannot be used ({problem.strerror}). Choose another: {_OTHER_PORT}")
        if time.monotonic() > deadline:
            raise CommandError(f"Port {port} is taken. Stop what uses it, or choose another: {_OTHER_PORT}")
        time.sleep(0.25)


_OTHER_PORT = "LEXINTEL_WEB_PORT=8080 make run"


def _problem_with(port: int) -> OSError | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error
    return None


def _manage_py() -> str:
    return str(Path(settings.BASE_DIR) / "manage.py")


def _manage(*arguments: str) -> None:
    """Run a command to its end. Raises CommandError if it fails."""
    done = subprocess.run(
        [sys.executable, _manage_py(), *arguments],
        # In a session of its own Ctrl-C reaches us alone, and ends it without a traceback.
        start_new_session=True,
        preexec_fn=tie(signal.SIGTERM),
        check=False,
    )
    if done.returncode != 0:
        raise CommandError(f"`manage.py {arguments[0]}` failed; see above.")
