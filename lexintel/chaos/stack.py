"""An installation of its own, started as its user starts it, used over HTTP and looked into by SQL."""

import http.client
import json
import os
import shutil
import socket
import tempfile
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import redis

from lexintel.chaos.processes import Manage, eventually, installation
from lexintel.embedded.services import urls

RUNNING = "LexIntel is running"
# What a request meets while web, database or Redis are away.
AWAY = (OSError, http.client.HTTPException, ValueError)
_START_S, _END_S = 90, 15


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Stack:
    """`environment`: what of it is not as shipped."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home, self.data_dir = home, home / "var"
        self.port = free_port()
        self.env = {
            "LEXINTEL_DATA_DIR": str(self.data_dir),
            "LEXINTEL_WEB_PORT": str(self.port),
            "LEXINTEL_REDIS_PREFIX": "faults",
            "LOG_FORMAT": "json",
            **environment,
        }
        self.starts = 0
        self.token = ""

    def start(self) -> None:
        """Start everything and wait until it answers."""
        self.starts += 1
        self.up = Manage(self.home / f"up{self.starts}.log", "up", "--no-sample", **self.env)
        self.up.says(RUNNING, _START_S)

    def sign_in(self) -> None:
        """As the first login."""
        words = (self.data_dir / "first-login.txt").read_text().split()
        login = {"username": words[1], "password": words[3], "name": "faults"}
        self.token = self.ask("POST", "tokens/", login)["token"]

    def make_case(self, reference: str) -> str:
        """A new case's id."""
        case = self.ask("POST", "cases/", {"name": reference.capitalize(), "reference": reference})
        return str(case["id"])

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """A request to the API. Raises what is in AWAY."""
        data = None if body is None else json.dumps(body).encode()
        return self._send(method, path, data, "application/json")

    def ask_to_delete(self, document: str) -> None:
        """Delete a document. Raises what is in AWAY."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"http://127.0.0.1:{self.port}/api/v1/documents/{document}/"
        request = urllib.request.Request(url, None, headers, method="DELETE")
        urllib.request.urlopen(request, timeout=60).close()  # noqa: S310

    def upload(self, case: str, files: dict[str, bytes]) -> dict[str, str]:
        """Upload files in one request; the documents' ids by name. Raises what is in AWAY."""
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode() + data
            for name, data in files.items()
        ]
        body = b"\r\n".join([*parts, f"--{boundary}--\r\n".encode()])
        kind = f"multipart/form-data; boundary={boundary}"
        answer = self._send("POST", f"cases/{case}/documents/", body, kind)
        if answer["rejected"]:
            raise ValueError(", ".join(rejected["code"] for rejected in answer["rejected"]))
        return {document["name"]: document["id"] for document in answer["documents"]}

    def _send(self, method: str, path: str, data: bytes | None, kind: str) -> dict[str, Any]:
        headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}"
        request = urllib.request.Request(url, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310
            answer: dict[str, Any] = json.load(response)
        return answer

    def sql(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows. Raises psycopg.OperationalError while the database is away."""
        with psycopg.connect(urls(self.data_dir).database_url, connect_timeout=5) as connection:
            return connection.execute(query, values or None).fetchall()  # type: ignore[arg-type]  # our own text

    def redis(self) -> "redis.Redis":
        """A client of its Redis."""
        return redis.Redis.from_url(urls(self.data_dir).redis_url, socket_timeout=2, socket_connect_timeout=2)


@contextmanager
def running_stack(**environment: str) -> Iterator[Stack]:
    """A new installation, signed in to; nothing of it is left afterwards."""
    # Not where the real files lie: sockets need short paths, and PostgreSQL's account a way in.
    home = Path(tempfile.mkdtemp(prefix="lexintel-faults-"))
    home.chmod(0o711)
    stack = Stack(home, **environment)
    try:
        stack.start()
        stack.sign_in()
        yield stack
    finally:
        stack.up.kill()
        try:
            eventually(lambda: not installation(stack.data_dir), _END_S, "all of it has ended")
        finally:
            _end_stragglers(stack)
            shutil.rmtree(home, ignore_errors=True)


def _end_stragglers(stack: Stack) -> None:
    for pid in installation(stack.data_dir):
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            pass
