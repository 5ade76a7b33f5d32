"""What one open stream still has to tell its client: every event while it keeps up, the newest states when not."""

import asyncio
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from extraction.event_log import Entry, order
from extraction.snapshot import Moment
from lexintel import sse

# A client that is further behind than this many events gets the newest state of each document; if even
# those are more, a new snapshot is smaller than what it missed.
MAX_PENDING = 256
# Why a stream ends whose client is gone; there is nobody to say it to.
LEFT = "left"


@dataclass(frozen=True)
class Message:
    """One message to a client, in the form of each transport; made once, however many clients get it."""

    event: str
    data: str
    id: str = ""

    @cached_property
    def sse(self) -> bytes:
        return sse.encode(sse.Frame(self.event, self.data, self.id))

    @cached_property
    def text(self) -> str:
        """The same for a WebSocket: `event` and `id` inside the object."""
        head = {"event": self.event} | ({"id": self.id} if self.id else {})
        return json.dumps(head, separators=(",", ":"))[:-1] + "," + self.data[1:]


def notice(event: str, reason: str) -> Message:
    """A `reset` or `bye`, which carries no state of its own."""
    fields = {"v": 1, "reason": reason, "at": time.time_ns() // 1_000_000}
    return Message(event, json.dumps(fields, separators=(",", ":")))


@dataclass(frozen=True)
class ProgressMessage:
    """An entry of a case's stream on its way to clients."""

    entry: Entry
    case_id: uuid.UUID
    doc: str
    message: Message


def progress_message(entry: Entry, case_id: uuid.UUID) -> ProgressMessage:
    """What clients are told of an entry; raises ValueError, KeyError or TypeError if it is not one of ours."""
    fields: Any = json.loads(entry.value)
    return ProgressMessage(entry, case_id, str(fields["doc"]), Message("progress", entry.value, entry.id))


# Sends messages to a client at once, or does nothing and returns False because earlier ones are still on their way.
SendNow = Callable[[list[Message]], bool]


class Subscription:
    """The receiving end of the relay for one open stream. Only for the event loop it was made in."""

    def __init__(self, case_ids: frozenset[uuid.UUID], send_now: SendNow | None = None) -> None:
        self.case_ids = case_ids
        self.sent_at = time.monotonic()
        self._send_now = send_now
        self._since = (0, 0)
        self._moment = Moment(0, 0, frozenset())
        self._pending: dict[str, ProgressMessage] = {}
        self._by_document = False
        self._reset = ""
        self._bye = ""
        self._admitted = asyncio.Event()
        self._admitted.set()
        self._news = asyncio.Event()
        self._waits = False

    def push(self, message: ProgressMessage) -> None:
        """Called by the relay, in the order of ids; `flush` follows."""
        entry = message.entry
        if self._reset or entry.order <= self._since or message.case_id not in self.case_ids:
            return
        if self._moment.includes(entry.transaction):
            return
        if not self._by_document and len(self._pending) >= MAX_PENDING:
            self._by_document = True
            newest = {m.doc: m for m in self._pending.values()}
            self._pending = dict(sorted(newest.items(), key=lambda item: item[1].entry.order))
        key = message.doc if self._by_document else entry.id
        self._pending.pop(key, None)  # the newest goes to the end, so that ids stay in order
        self._pending[key] = message
        if len(self._pending) > MAX_PENDING:
            self.reset("behind")

    def flush(self) -> None:
        """Called by the relay when it has pushed what it has: send it from here, or wake who sends it."""
        if not self._pending or self.is_silent:
            return
        # Waking a task for every client and event costs as much as the sending itself.
        if self._waits and self._send_now and self._send_now([m.message for m in self._pending.values()]):
            self._pending, self._by_document = {}, False
            self.sent_at = time.monotonic()
        else:
            self._news.set()

    def reset(self, reason: str) -> None:
        """What is pending is void: the client needs a new snapshot."""
        self._reset = self._reset or reason
        self._pending = {}
        self._by_document = False
        self._news.set()

    def hold(self) -> None:
        """Hand nothing out until `admit`: whether its person may still listen is being asked."""
        self._admitted.clear()

    def admit(self, case_ids: frozenset[uuid.UUID]) -> frozenset[uuid.UUID]:
        """The person may listen to these cases; returns those that are new to the stream."""
        added = case_ids - self.case_ids
        gone = self.case_ids - case_ids
        self.case_ids = case_ids
        if gone:
            self._pending = {k: m for k, m in self._pending.items() if m.case_id in case_ids}
        if not self._admitted.is_set():
            self._admitted.set()
            self._news.set()
        return added

    async def admitted(self) -> None:
        """Return when it is not held, or must end."""
        await self._admitted.wait()

    def say_bye(self, reason: str) -> None:
        """End the stream: nothing more is handed out but the `bye`."""
        self._bye = self._bye or reason
        self._pending = {}
        self._admitted.set()
        self._news.set()

    async def wait(self, seconds: float) -> None:
        """Return when there may be something to take, at the latest after so many seconds.

        Meanwhile `flush` may send, because its client has been told all that came before.
        """
        self._waits = True
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            pass
        finally:
            self._waits = False

    @property
    def is_silent(self) -> bool:
        """Whether nothing pending may be told: it is held, a reset is due, or it ends."""
        return bool(self._reset or self._bye) or not self._admitted.is_set()

    @property
    def bye(self) -> str:
        """Why the stream is to end, or nothing."""
        return self._bye

    def take_reset(self) -> str:
        """Why a new snapshot is needed, or nothing. From here on events are kept again."""
        if self._bye or not self._admitted.is_set():
            return ""
        reason, self._reset = self._reset, ""
        return reason

    def start_after(self, id: str, moment: Moment | None = None) -> None:
        """The client has been told everything up to this id, and what the moment includes."""
        self._since = order(id) if id else self._since
        self._moment = moment or self._moment
        self._pending = {
            key: message
            for key, message in self._pending.items()
            if message.entry.order > self._since and not self._moment.includes(message.entry.transaction)
        }

    def take(self) -> list[Message]:
        """All that is pending, oldest first; nothing while held or while a reset is due."""
        self._news.clear()
        if self.is_silent:
            return []
        messages = [m.message for m in self._pending.values()]
        self._pending = {}
        self._by_document = False
        return messages
