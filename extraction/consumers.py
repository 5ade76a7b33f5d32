"""Progress over SSE and over WebSocket: `/api/v1/cases/<id>/events/`, `/api/v1/events/` and their `/ws/` twins.

Refused over HTTP: problem JSON with 401 (not signed in), 404 (not a member), 405, 429. A WebSocket that is
refused gets 403 for every reason, before it is accepted: browsers do not tell a page more than that.
"""

import asyncio
import io
import json
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from channels.db import database_sync_to_async
from channels.generic.http import AsyncHttpConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest

from extraction.admission import Visitor, admit
from extraction.live_stream import converse, open_stream
from extraction.subscription import LEFT, Message, SendNow, Subscription
from lexintel import problems, sse
from lexintel.problems import Problem

log = structlog.get_logger()

# After a restart not everybody comes back in the same moment.
_RETRY_MS = (1000, 3000)
# The server's library sends no reserved code but 1000; these are the HTTP status plus 4000.
_FAILED = 4500
_CLOSE_CODES = {"shutdown": 4503, "signed_out": 4401, "removed": 4404}
_SECURITY_HEADERS = [
    (b"X-Content-Type-Options", b"nosniff"),
    (b"X-Frame-Options", b"DENY"),
    (b"Referrer-Policy", settings.SECURE_REFERRER_POLICY.encode()),
    (b"Cross-Origin-Opener-Policy", b"same-origin"),
    (b"Cross-Origin-Resource-Policy", b"same-origin"),
    (b"Content-Security-Policy", b"default-src 'none'; frame-ancestors 'none'"),
]
if settings.SECURE_HSTS_SECONDS:
    _SECURITY_HEADERS.append((b"Strict-Transport-Security", b"max-age=%d" % settings.SECURE_HSTS_SECONDS))


class _Conversation:
    """The part that both transports share: who asks, what for, and the task that talks."""

    scope: dict[str, Any]
    task: asyncio.Task[None] | None = None
    subscription: Subscription | None = None
    left = False

    async def admitted(self) -> tuple[Visitor, frozenset[uuid.UUID]]:
        """Raises what `problems.describe` knows."""
        request = ASGIRequest({"method": "GET", **self.scope}, io.BytesIO())
        return await database_sync_to_async(admit, thread_sensitive=False)(request, self.case_id)

    @property
    def case_id(self) -> uuid.UUID | None:
        found: uuid.UUID | None = self.scope["url_route"]["kwargs"].get("case_id")
        return found

    @property
    def last_event_id(self) -> str:
        """From the header; or from the query, for WebSockets and after a page was loaded again."""
        request = ASGIRequest({"method": "GET", **self.scope}, io.BytesIO())
        return request.headers.get("Last-Event-ID", "") or request.GET.get("last_event_id", "")

    @contextmanager
    def place(self, *of: Any, send_now: SendNow | None = None) -> Iterator[Subscription]:
        """What `open_stream` gives; the client may leave while the block runs."""
        with open_stream(*of, follow_all=self.case_id is None, send_now=send_now) as self.subscription:
            if self.left:
                self.subscription.say_bye(LEFT)
            yield self.subscription

    async def hang_up(self) -> None:
        """The client has left, or the server ends."""
        self.left = True
        task, self.task = self.task, None
        if task is None or task is asyncio.current_task():
            return
        # Both, because a cancellation can get lost: asyncio.wait_for, which the Redis client sends with, drops one
        # that comes in the moment it is done (until Python 3.12).
        if self.subscription:
            self.subscription.say_bye(LEFT)
        task.cancel()
        await asyncio.wait([task])


class EventStream(_Conversation, AsyncHttpConsumer):
    """SSE. The talking is a task of its own, so that `http.disconnect` is heard while it goes on."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self.hang_up()

    async def http_request(self, message: dict[str, Any]) -> None:
        if self.task is None:  # a body, which a GET has no use for, comes in several messages
            self.task = asyncio.create_task(self._serve())

    async def disconnect(self) -> None:
        await self.hang_up()

    async def _serve(self) -> None:
        started = False
        try:
            if self.scope["method"] != "GET":
                raise Problem(405, "method_not_allowed", "An event stream is read with GET.", headers={"Allow": "GET"})
            visitor, case_ids = await self.admitted()
            with self.place(visitor, case_ids, send_now=self._send_now()) as subscription:
                await self.send_headers(headers=[*sse.HEADERS, *_SECURITY_HEADERS])
                started = True
                await self.send_body(sse.retry(random.randint(*_RETRY_MS)), more_body=True)  # noqa: S311
                await converse(subscription, self._send_messages, last_event_id=self.last_event_id)
                await self.send_body(b"")
        except Exception as error:  # the client must get an end, whatever happened
            if not started and (described := problems.describe(error)):
                await self._refuse(*described)
                return
            log.exception("event_stream_failed")
            if started:
                await self.send_body(b"")
            else:
                await self._refuse(problems.body(500, "internal_error", "Something went wrong on our side."), {})

    async def _send_messages(self, messages: list[Message]) -> None:
        await self.send_body(_bytes(messages) or sse.HEARTBEAT, more_body=True)

    def _send_now(self) -> SendNow | None:
        write = self.scope.get("extensions", {}).get("lexintel.write_now")
        return write and (lambda messages: write(_bytes(messages)))

    async def _refuse(self, problem: dict[str, Any], headers: dict[str, str]) -> None:
        fields = {"Content-Type": problems.CONTENT_TYPE, "Cache-Control": "no-store", **headers}
        raw = [(name.encode(), value.encode()) for name, value in fields.items()]
        body = json.dumps(problem).encode()
        await self.send_response(problem["status"], body, headers=[*raw, *_SECURITY_HEADERS])


def _bytes(messages: list[Message]) -> bytes:
    return messages[0].sse if len(messages) == 1 else b"".join([m.sse for m in messages])


class EventSocket(_Conversation, AsyncWebsocketConsumer):
    """The same over a WebSocket; what the client sends is not read."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self.hang_up()

    async def connect(self) -> None:
        self.task = asyncio.create_task(self._serve())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Nothing is expected."""

    async def disconnect(self, code: int) -> None:
        await self.hang_up()

    async def _serve(self) -> None:
        try:
            visitor, case_ids = await self.admitted()
            with self.place(visitor, case_ids) as subscription:
                await self.accept()
                reason = await converse(subscription, self._send_messages, last_event_id=self.last_event_id)
                if reason != LEFT:
                    await self.close(_CLOSE_CODES[reason])
        except Exception as error:  # the client must get an end, whatever happened
            if problems.describe(error) is None:
                log.exception("event_socket_failed")
            await self.close(_FAILED)

    async def _send_messages(self, messages: list[Message]) -> None:
        # No messages is a sign of life; the server's pings are one already.
        for message in messages:
            await self.send(text_data=message.text)
