"""What is said on one open stream, whatever carries it:

(replay | [reset] snapshot…) ─▶ progress… ─▶ [reset snapshot… ─▶ progress…] ─▶ bye
"""

import asyncio
import time
import uuid
import weakref
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from extraction.admission import Visitor
from extraction.event_log import Position
from extraction.relay import Relay
from extraction.replay import CannotReplay, missed
from extraction.snapshot_desk import SnapshotDesk
from extraction.subscription import LEFT, Message, SendNow, Subscription, notice
from extraction.watch import Watch
from lexintel import bus
from lexintel.problems import DATABASE_AWAY, Problem

HEARTBEAT_S = 15.0
# Tabs and devices of one person, in one web process.
MAX_STREAMS_PER_PERSON = 20

# Sends messages at once; none at all is a sign of life.
Send = Callable[[list[Message]], Awaitable[None]]


class Live:
    """What the streams of one web process share. Only for the event loop it was made in."""

    def __init__(self) -> None:
        self.relay = Relay(on_admission=lambda user_id: self.watch.suspect(user_id))
        self.watch = Watch(self._join)
        self.desk = SnapshotDesk()

    async def _join(self, subscription: Subscription, case_ids: frozenset[uuid.UUID]) -> None:
        if subscription in self.relay.subscriptions:
            await self.relay.join(subscription, case_ids)


_of_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Live] = weakref.WeakKeyDictionary()


def live() -> Live:
    """The running event loop's."""
    loop = asyncio.get_running_loop()
    if loop not in _of_loop:
        _of_loop[loop] = Live()
    return _of_loop[loop]


def open_streams() -> int:
    """How many streams this process serves."""
    return sum(found.watch.streams for found in list(_of_loop.values()))


async def say_goodbye(reason: str, patience_s: float = 1.0) -> None:
    """End every open stream with a `bye` and wait, not for long, until they have said it."""
    watch = live().watch
    watch.end_all(reason)
    for _ in range(int(patience_s / 0.02)):
        if not watch.streams:
            return
        await asyncio.sleep(0.02)


@contextmanager
def open_stream(
    visitor: Visitor, case_ids: frozenset[uuid.UUID], *, follow_all: bool, send_now: SendNow | None = None
) -> Iterator[Subscription]:
    """A place among the visitor's streams, for as long as the block runs. Raises Problem if they have too many.

    `follow_all`: the stream follows the visitor's cases as they come and go; else it ends with its case.
    """
    watch = live().watch
    if watch.streams_of(visitor.user_id) >= MAX_STREAMS_PER_PERSON:
        detail = f"You have {MAX_STREAMS_PER_PERSON} event streams open. Close one first."
        raise Problem(429, "too_many_streams", detail, headers={"Retry-After": "5"})
    subscription = Subscription(case_ids, send_now)
    watch.add(subscription, visitor, None if follow_all else case_ids)
    try:
        yield subscription
    finally:
        watch.remove(subscription)


async def converse(subscription: Subscription, send: Send, *, last_event_id: str = "") -> str:
    """Talk until the visitor may listen no more or the server ends; returns the reason. Cancel it when they leave."""
    shared = live()
    try:
        position = await shared.relay.join(subscription, subscription.case_ids)
        await _say(subscription, send, await _opening(shared, subscription, position, last_event_id))
        while not subscription.bye:
            await subscription.wait(subscription.sent_at + HEARTBEAT_S - time.monotonic())
            if reason := subscription.take_reset():
                messages = [notice("reset", reason), *await _snapshots(shared, subscription)]
            else:
                messages = subscription.take()
            if messages or time.monotonic() - subscription.sent_at >= HEARTBEAT_S:
                await _say(subscription, send, messages)
        if subscription.bye != LEFT:
            await send([notice("bye", subscription.bye)])
        return subscription.bye
    finally:
        await shared.relay.leave(subscription)


async def _say(subscription: Subscription, send: Send, messages: list[Message]) -> None:
    await send(messages)
    subscription.sent_at = time.monotonic()


async def _opening(
    shared: Live, subscription: Subscription, position: Position | None, last_event_id: str
) -> list[Message]:
    if not last_event_id:
        return await _snapshots(shared, subscription)
    streams = {bus.case_stream(id): id for id in subscription.case_ids}
    try:
        if position is None:
            raise CannotReplay("lost")
        replay = await missed(shared.relay.commands, streams, last_event_id, position)
    except CannotReplay as cannot:
        return [notice("reset", cannot.reason), *await _snapshots(shared, subscription)]
    except bus.AWAY:
        return [notice("reset", "lost"), *await _snapshots(shared, subscription)]
    await subscription.admitted()
    subscription.start_after(position.last)
    return [] if subscription.bye else [m.message for m in replay if m.case_id in subscription.case_ids]


async def _snapshots(shared: Live, subscription: Subscription) -> list[Message]:
    while not subscription.bye:
        case_ids = subscription.case_ids
        try:
            answer = await shared.desk.take(shared.relay.commands, case_ids)
        except DATABASE_AWAY:
            # A browser does not come back after an error: the stream stays open until the database is back.
            await asyncio.sleep(1)
            continue
        await subscription.admitted()
        # Else the person has been put out of one of them while the snapshot was taken.
        if case_ids <= subscription.case_ids and not subscription.bye:
            subscription.start_after(answer.id, answer.moment)
            return answer.messages
    return []
