"""A request's body on its way to the application: counted as it comes in, handed on piece by piece."""

import asyncio
import json
from http import HTTPStatus
from typing import IO, Any

import structlog
from daphne.http_protocol import WebRequest

from lexintel.disk import DISK_FULL, FULL_DETAIL

_PIECE_BYTES = 64 * 1024
# A refused client that still sends is listened to for so long, or it would never read the answer.
_LINGER_S = 2.0

log = structlog.get_logger("lexintel.request_body")


class CountedRequest(WebRequest):
    """A request that refuses a body of more than its server's `max_body_bytes`, before anything reads it."""

    refused = False

    def gotLength(self, length: int | None) -> None:
        super().gotLength(length)
        if length is not None and length > self.server.max_body_bytes:
            self._refuse(413, "too_large", self._too_large())

    def handleContentChunk(self, data: bytes) -> None:
        if self.refused:
            return
        if self.content.tell() + len(data) > self.server.max_body_bytes:
            self._refuse(413, "too_large", self._too_large())
            return
        try:
            super().handleContentChunk(data)
        except OSError as error:
            # A large body goes to disk. What cannot be kept is refused at once, not when all of it has come.
            log.warning("body_not_kept", error=type(error).__name__)
            if error.errno in DISK_FULL:
                self._refuse(507, "storage_full", FULL_DETAIL)
            else:
                self._refuse(503, "storage_unavailable", "The file storage does not answer. Try again later.")

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        if self.refused:
            self.channel.loseConnection()
        else:
            super().requestReceived(command, path, version)

    def _too_large(self) -> str:
        limit = self.server.max_body_bytes >> 20
        return f"A request may be at most {limit} MB large; send fewer files at a time."

    def _refuse(self, status: int, code: str, detail: str) -> None:
        self.refused = True
        # Nobody is to be told to go on.
        self.requestHeaders.removeHeader(b"Expect")
        title = {413: "Content Too Large"}.get(status) or HTTPStatus(status).phrase
        body = json.dumps({"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail})
        head = f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\nConnection: close"
        connection = self.channel.transport
        connection.write(f"HTTP/1.1 {status} {title}\r\n{head}\r\n\r\n{body}".encode())
        connection.reactor.callLater(_LINGER_S, connection.abortConnection)


class Body:
    """A received body, which Twisted has in memory or, if large, in a file. To daphne it looks empty."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self._ended = False

    @property
    def closed(self) -> bool:
        return self._content.closed

    def read(self, size: int) -> bytes:
        """Nothing: daphne would put all of it into the application's queue at once."""
        return b""

    def close(self) -> None:
        self._content.close()

    def next_message(self) -> dict[str, Any] | None:
        """The next piece for the application; None if it has had all, or the client has left."""
        if self._ended or self._content.closed:
            return None
        piece = self._content.read(_PIECE_BYTES)
        self._ended = len(piece) < _PIECE_BYTES
        return {"type": "http.request", "body": piece, "more_body": not self._ended}


class Inbox:
    """What an application receives: its request's body, then what else happens."""

    def __init__(self) -> None:
        self.body: Body | None = None
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def put_nowait(self, message: dict[str, Any]) -> None:
        if message["type"] != "http.request":
            self._queue.put_nowait(message)

    async def get(self) -> dict[str, Any]:
        message = self.body.next_message() if self.body else None
        return message or await self._queue.get()
