"""Clients of event streams inside the test's own process and event loop, and what they do meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import transaction
from django.test import Client

from cases.tokens import issue
from documents.models import Document
from extraction import progress
from lexintel import sse
from lexintel.asgi import application

T = TypeVar("T")
PATIENCE_S = 5.0


def in_thread(work: Callable[..., T], *args: Any, **kwargs: Any) -> Any:
    """Await it to do something with the database, committed for everybody to see."""
    return database_sync_to_async(work, thread_sensitive=False)(*args, **kwargs)


def cookie_of(user: Any) -> dict[str, str]:
    """The header of a browser in which the person is signed in."""
    client = Client()
    client.force_login(user)
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"}


def bearer(user: Any) -> dict[str, str]:
    """The header of a program with a token of the person."""
    return {"Authorization": f"Bearer {issue(user, 'test')[1]}"}


def change(document: Document, **fields: Any) -> None:
    """Change a document and announce it, as every writer does: with its row locked, in one transaction."""
    with transaction.atomic():
        locked = Document.objects.select_for_update().get(pk=document.pk)
        for name, value in fields.items():
            setattr(locked, name, value)
        locked.save()
        progress.announce(locked)


class Stream:
    """What has come over one open SSE stream."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.takes = asyncio.Event()
        self.takes.set()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.heartbeats = 0
        self.retry = b""
        self.ended = False
        self.body = b""
        self._frames: list[sse.Frame] = []

    async def send(self, message: dict[str, Any]) -> None:
        """What the application sends with; it waits while the client takes nothing."""
        await self.takes.wait()
        await self.outbox.put(message)

    async def begin(self) -> None:
        """Wait for status and headers."""
        async with asyncio.timeout(PATIENCE_S):
            start = await self.outbox.get()
        self.status = start["status"]
        self.headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}

    async def rest(self) -> bytes:
        """All that is still to come, until the end."""
        while not self.ended:
            await self._more(PATIENCE_S)
        return self.body

    async def next(self, *events: str, patience_s: float = PATIENCE_S) -> sse.Frame:
        """The next frame; it must be one of these events, if any are named."""
        async with asyncio.timeout(patience_s):
            while not self._frames:
                assert not self.ended, "the stream has ended"
                await self._more(patience_s)
        frame = self._frames.pop(0)
        assert not events or frame.event in events, frame
        return frame

    async def until(self, wanted: Callable[[sse.Frame], bool]) -> list[sse.Frame]:
        """Frames up to the first that is wanted, which is the last."""
        frames = [await self.next()]
        while not wanted(frames[-1]):
            frames.append(await self.next())
        return frames

    async def nothing_for(self, seconds: float) -> None:
        """Fails if a frame comes within so many seconds."""
        try:
            frame = await self.next(patience_s=seconds)
        except TimeoutError:
            return
        raise AssertionError(f"nothing was to come: {frame}")

    async def _more(self, patience_s: float) -> None:
        async with asyncio.timeout(patience_s):
            message = await self.outbox.get()
        assert message["type"] == "http.response.body"
        self.ended = not message.get("more_body")
        self.body += message["body"]
        if "event-stream" not in self.headers["content-type"]:
            return
        whole, mark, self.body = self.body.rpartition(b"\n\n")
        for block in (whole + mark).split(b"\n\n"):
            if block == b":":
                self.heartbeats += 1
            elif block.startswith(b"retry:"):
                self.retry = block
            elif block:
                self._frames += sse.decode([*block.decode().split("\n"), ""])


@asynccontextmanager
async def watching(
    path: str, headers: dict[str, str] | None = None, *, method: str = "GET", query: str = "", host: str = "localhost"
) -> AsyncIterator[Stream]:
    """An SSE client of the application; it leaves, as a client does, when the block ends."""
    named = {"Host": host, "Accept": "text/event-stream", **(headers or {})}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in named.items()],
        "client": ["127.0.0.1", 1],
        "server": [host, 80],
    }
    stream = Stream()
    task = asyncio.create_task(application(scope, stream.inbox.get, stream.send))
    stream.inbox.put_nowait({"type": "http.request", "body": b"", "more_body": False})
    try:
        await stream.begin()
        yield stream
    finally:
        stream.inbox.put_nowait({"type": "http.disconnect"})
        await asyncio.wait_for(task, PATIENCE_S)


class Socket:
    """A WebSocket client of the application."""

    def __init__(self, path: str, headers: dict[str, str]) -> None:
        path, _, query = path.partition("?")
        self.scope = {
            "type": "websocket",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ["127.0.0.1", 1],
            "server": ["localhost", 80],
            "subprotocols": [],
        }
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.task: asyncio.Task[Any] | None = None

    async def open(self) -> bool:
        """Whether it is let in."""
        self.task = asyncio.create_task(application(self.scope, self.inbox.get, self.outbox.put))
        self.say({"type": "websocket.connect"})
        if (await self.hear())["type"] == "websocket.accept":
            return True
        await self.leave()
        return False

    def say(self, message: dict[str, Any]) -> None:
        self.inbox.put_nowait(message)

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            return await self.outbox.get()

    async def next(self) -> dict[str, Any]:
        """The next object."""
        told: dict[str, Any] = json.loads((await self.hear())["text"])
        return told

    async def closed(self) -> int:
        """The code it is closed with, after whatever else is still said."""
        while (message := await self.hear())["type"] != "websocket.close":
            pass
        await self.leave()
        return int(message["code"])

    async def leave(self) -> None:
        """As a browser does, or after the server has closed it."""
        self.say({"type": "websocket.disconnect", "code": 1001})
        if self.task and not self.task.done():
            await asyncio.wait_for(self.task, PATIENCE_S)


def data(frame: sse.Frame) -> dict[str, Any]:
    """The object that a frame carries."""
    found: dict[str, Any] = json.loads(frame.data)
    return found
