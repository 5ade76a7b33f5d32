"""A real `manage.py web` on the database and Redis of the test run, and plain clients of it."""

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from lexintel import sse
from lexintel.tests.processes import Manage, eventually

PATIENCE_S = 10.0


def database_url() -> str:
    """For other processes: what the suite calls its database is known to this one alone."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


class Web:
    """The process, and where it listens."""

    def __init__(self, home: Path, port: int = 0, **env: str) -> None:
        own = {"DATABASE_URL": database_url(), "REDIS_URL": settings.REDIS_URL, "LEXINTEL_DATA_DIR": str(home)}
        # Sessions made by the tests are to be good here.
        own["SECRET_KEY"] = settings.SECRET_KEY
        self.manage = Manage(home / "web.log", "web", "--port", str(port), **(own | {"LOG_FORMAT": "json"} | env))
        line = eventually(lambda: self.said("web_listens"), within=60, what="it listens")
        self.port: int = line["port"]

    @property
    def pid(self) -> int:
        return self.manage.process.pid

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self, event: str) -> dict[str, Any] | None:
        """The first line of its log about this event."""
        lines = [json.loads(line) for line in self.manage.output().splitlines() if line.startswith("{")]
        return next((line for line in lines if line["event"] == event), None)

    def connect(self, head: list[str], receive_buffer: int = 0) -> socket.socket:
        """A connection over which a request without a body has been sent."""
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(PATIENCE_S)
        connection.connect(("127.0.0.1", self.port))
        connection.sendall("\r\n".join([*head, f"Host: 127.0.0.1:{self.port}", "", ""]).encode())
        return connection

    def stream(self, path: str, headers: dict[str, str], **options: Any) -> "Stream":
        """A client of an event stream."""
        fields = [f"{name}: {value}" for name, value in headers.items()]
        return Stream(self.connect([f"GET {path} HTTP/1.1", *fields], **options))

    def socket(self, path: str, headers: dict[str, str]) -> "Socket":
        """A client of a WebSocket."""
        fields = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        fields |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", **headers}
        lines = [f"{name}: {value}" for name, value in fields.items()]
        return Socket(self.connect([f"GET {path} HTTP/1.1", *lines]))


@contextmanager
def serving(home: Path, port: int = 0, **env: str) -> Iterator[Web]:
    """The web process while the block runs, on this port or any that is free."""
    web = Web(home, port, **env)
    try:
        yield web
    finally:
        web.manage.kill()


class Stream:
    """Reads an SSE stream off a socket."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.rest = b""
        self.frames: list[sse.Frame] = []
        self.ended = False

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    def next(self, within: float = PATIENCE_S) -> sse.Frame:
        """The next frame."""
        deadline = time.monotonic() + within
        while not self.frames:
            assert not self.ended, "the stream has ended"
            self.connection.settimeout(max(0.01, deadline - time.monotonic()))
            self.read()
        return self.frames.pop(0)

    def to_the_end(self) -> list[sse.Frame]:
        """All that still comes."""
        while not self.ended:
            self.read()
        return self.frames

    def read(self) -> None:
        piece = self.connection.recv(262_144)
        if not piece or piece.endswith(b"0\r\n\r\n"):
            self.ended = True
        whole, mark, self.rest = (self.rest + piece).rpartition(b"\n\n")
        for block in (whole + mark).decode().split("\n\n"):
            # Before a block stand the line with its chunk's length, and before the first one the answer's head.
            lines = block.replace("\r\n", "\n").split("\n")
            start = next((n for n, line in enumerate(lines) if line.startswith("event: ")), None)
            if start is not None:
                self.frames += sse.decode([*lines[start:], ""])


class Socket:
    """Reads a WebSocket's messages; says nothing."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            piece = connection.recv(4096)
            if not piece:
                break
            self.rest += piece
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        self.status = int(head.split()[1])

    def __enter__(self) -> "Socket":
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    def next(self) -> tuple[int, bytes]:
        """Opcode and content of the next frame."""
        opcode, length = self._take(2)
        if length == 126:
            length = int.from_bytes(self._take(2), "big")
        elif length == 127:
            length = int.from_bytes(self._take(8), "big")
        return opcode & 0x0F, self._take(length)

    def _take(self, number: int) -> bytes:
        while len(self.rest) < number:
            piece = self.connection.recv(65_536)
            assert piece, "the connection has ended"
            self.rest += piece
        taken, self.rest = self.rest[:number], self.rest[number:]
        return taken
