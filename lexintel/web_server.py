"""Daphne, with what it lacks: back pressure, uploads that do not pass through memory at once, a polite end."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog
from daphne.server import Server
from twisted.internet import defer

from lexintel.request_body import Body, CountedRequest, Inbox

log = structlog.get_logger()

# How often a sender that waits for a slow client looks whether it may go on.
_LOOK_EVERY_S = 0.02
# A client that takes less than Twisted's 64 KiB of buffer in so long is cut off.
_PATIENCE_S = 60.0
_GOODBYE_S = 2.0
# Clients that read have got their last words by then.
_FLUSH_S = 0.5


class WebServer(Server):
    """`goodbye` is awaited before the applications are ended, for at most two seconds.

    A request with more than `max_body_bytes` is refused before anything reads it.
    """

    def __init__(
        self,
        *args: Any,
        goodbye: Callable[[], Awaitable[None]],
        max_body_bytes: int = 1 << 40,
        **options: Any,
    ) -> None:
        super().__init__(*args, ready_callable=self._set_up, **options)
        self.goodbye = goodbye
        self.max_body_bytes = max_body_bytes
        self.failed = False
        self._ports: list[Any] = []

    def _set_up(self) -> None:
        # Who breaks the rules is told which: a code instead of a lost connection.
        self.ws_factory.setProtocolOptions(failByDrop=False)
        build = self.http_factory.buildProtocol

        def build_protocol(address: Any) -> Any:
            protocol = build(address)
            # Else Twisted reads a form's body into memory and takes it apart, for nobody.
            protocol.requestFactory = partial(CountedRequest, parsePOSTFormSubmission=False)
            return protocol

        self.http_factory.buildProtocol = build_protocol

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self._ports.append(port)
        log.info("web_listens", address=str(port.getHost().host), port=port.getHost().port)

    def listen_error(self, failure: Any) -> None:
        self.failed = True
        log.error("web_cannot_listen", error=failure.getErrorMessage())
        self.stop()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Inbox | None:
        """As daphne's, but with an inbox that reads the body only as fast as the application asks for it."""
        inbox = Inbox()
        if scope["type"] == "http":
            protocol.content = inbox.body = Body(protocol.content)
            scope.setdefault("extensions", {})["lexintel.write_now"] = partial(_write_now, protocol)
        scope.setdefault("asgi", {"version": "3.0"})
        application = self.application(scope=scope, receive=inbox.get, send=partial(self.handle_reply, protocol))
        if protocol not in self.connections:
            application.close()
            return None
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(application)
        return inbox

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Returns when the client has taken enough: what is not sent yet stays below Twisted's buffer of 64 KiB."""
        await super().handle_reply(protocol, message)
        if message["type"] in ("http.response.body", "websocket.send"):
            if "disconnected" in self.connections.get(protocol, {"disconnected": 0}):
                # Who goes on sending to nobody must not keep the loop from telling it so.
                await asyncio.sleep(_LOOK_EVERY_S)
            await self._drained(protocol)

    async def _drained(self, protocol: Any) -> None:
        started = time.monotonic()
        while _is_full(protocol):
            if time.monotonic() - started > _PATIENCE_S:
                protocol.transport.abortConnection()
                return
            await asyncio.sleep(_LOOK_EVERY_S)

    def kill_all_applications(self) -> Any:
        """Take no more connections, say goodbye, then end what is still running."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._end()))

    async def _end(self) -> None:
        for port in self._ports:
            port.stopListening()
        try:
            async with asyncio.timeout(_GOODBYE_S):
                await self.goodbye()
        except Exception as error:  # the end comes anyway
            log.warning("goodbye_failed", error=type(error).__name__)
        running = [d["application_instance"] for d in self.connections.values() if "application_instance" in d]
        for instance in running:
            instance.cancel()
        if running:
            await asyncio.wait(running, timeout=_GOODBYE_S)
        deadline = time.monotonic() + _FLUSH_S
        while any(map(_has_unsent, self.connections)) and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK_EVERY_S)


def _write_now(request: Any, data: bytes) -> bool:
    """Send a piece of a body that has begun, past Twisted's buffer and its next turn of the loop.

    Returns False, and has sent nothing, while earlier pieces wait in that buffer or the connection ends.
    """
    if not request.startedWriting or request.finished or request._disconnected or request.channel is None:
        return False
    connection = request.channel.transport
    if _has_unsent(request) or not connection.connected or connection.disconnecting:
        return False
    framed = b"%x\r\n%b\r\n" % (len(data), data) if request.chunked else data
    try:
        sent = connection.socket.send(framed)
    except OSError:  # it takes nothing now, or is lost: the longer way finds out which
        return False
    if sent < len(framed):
        connection.write(framed[sent:])
    return True


def _has_unsent(protocol: Any) -> bool:
    transport = protocol.transport
    if transport is None or not transport.connected:
        return False
    return bool(transport._tempDataBuffer) or transport.offset < len(transport.dataBuffer)


def _is_full(protocol: Any) -> bool:
    transport = protocol.transport
    return transport is not None and bool(transport.connected) and bool(transport._isSendBufferFull())
