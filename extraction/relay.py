"""One reader of Redis per web process, and everybody in it who wants to hear.

    streams of all watched cases ─▶ one blocking XREAD ─▶ Subscription.push, in the order of ids

Whoever joins is registered before the position it starts from is read, so nothing falls in between.
"""

import asyncio
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable

import structlog
from redis.asyncio import Redis

from extraction import event_log
from extraction.event_log import Entry, Position, order
from extraction.publisher import PAUSE_S
from extraction.subscription import MAX_PENDING, Subscription, progress_message
from lexintel import bus

log = structlog.get_logger()

_BLOCK_MS = 1000
_COUNT = 500
# Handed out together: so few that a client which keeps up is never taken for one that is behind.
_PORTION = MAX_PENDING // 4
_SENT_IN_A_ROW = 100
_CHECK_S = 2.0
_LONGEST_PAUSE_S = 0.25
_LONGEST_WAIT_S = 1.0


class Relay:
    """Reads while anybody listens. Only for the event loop it was made in."""

    def __init__(self, on_admission: Callable[[str], None]) -> None:
        """`on_admission(user id)` is called when somebody's right to listen may have changed."""
        self._on_admission = on_admission
        self._listeners: dict[str, set[Subscription]] = {}
        self._case_of: dict[str, uuid.UUID] = {}
        self._positions: dict[str, str] = {}
        self._unplaced: set[Subscription] = set()
        self._joining = asyncio.Lock()
        self._notices = bus.notice_stream()
        self._wake = bus.wake_stream(uuid.uuid4().hex)
        self._reader: asyncio.Task[None] | None = None
        self._lost = False
        self._look_again_at = 0.0
        self._first = ""
        self._checked_at = 0.0
        self.subscriptions: set[Subscription] = set()
        self.commands = bus.async_client()

    async def join(self, subscription: Subscription, case_ids: Iterable[uuid.UUID]) -> Position | None:
        """Hand the cases' events to the subscription from the returned position on.

        None while Redis is away; when it is back the subscription is reset.
        """
        streams = {bus.case_stream(id): id for id in case_ids}
        # At once, so that whoever gives it more cases from here on finds it.
        self.subscriptions.add(subscription)
        async with self._joining:
            for stream, case_id in streams.items():
                self._listeners.setdefault(stream, set()).add(subscription)
                self._case_of[stream] = case_id
            if self._reader is None:
                self._reader = asyncio.create_task(self._read())
            try:
                position = await event_log.position(self.commands)
                unread = streams.keys() - self._positions.keys()
                self._positions |= dict.fromkeys(unread, position.last)
                if unread:
                    await self._interrupt_reader()
            except bus.AWAY:
                self._unplaced.add(subscription)
                return None
        return position

    async def leave(self, subscription: Subscription) -> None:
        """Forget the subscription; the last one to leave ends the reading."""
        self.subscriptions.discard(subscription)
        self._unplaced.discard(subscription)
        for stream in [s for s, listeners in self._listeners.items() if subscription in listeners]:
            self._listeners[stream].discard(subscription)
            if not self._listeners[stream]:
                del self._listeners[stream], self._case_of[stream]
                self._positions.pop(stream, None)
        if not self.subscriptions and self._reader is not None:
            reader, self._reader = self._reader, None
            self._positions.clear()
            self._lost = False
            reader.cancel()
            await asyncio.wait([reader])
            if not self.subscriptions:
                await self.commands.aclose()

    async def _interrupt_reader(self) -> None:
        async with self.commands.pipeline(transaction=False) as pipe:
            pipe.xadd(self._wake, {"wake": ""}, maxlen=1)
            pipe.expire(self._wake, 60)
            await pipe.execute()

    async def _read(self) -> None:
        wait_s = 0.05
        # Not only until cancelled: see `consumers.hang_up` for how a cancellation gets lost.
        while self._reader is asyncio.current_task():
            try:
                async with bus.async_client(answer_s=_BLOCK_MS / 1000 + 4) as redis:
                    await self._settle_in(redis)
                    wait_s = 0.05
                    while self._reader is asyncio.current_task():
                        await self._step(redis)
                    return
            except bus.AWAY as error:
                if not self._lost:
                    log.warning("progress_relay_lost_redis", error=type(error).__name__)
            except Exception:
                # Whatever it was, the watchers' streams must go on.
                log.exception("progress_relay_failed")
            self._lost = True
            await asyncio.sleep(wait_s * random.uniform(0.5, 1))  # noqa: S311
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)

    async def _settle_in(self, redis: Redis) -> None:
        position = await event_log.position(redis)
        self._first, self._checked_at = position.first, time.monotonic()
        self._positions.setdefault(self._wake, "0-0")
        self._positions.setdefault(self._notices, position.last)
        if self._lost:
            self._lost = False
            self._start_over(position, self.subscriptions)
            # And again once every publisher that met the outage has surely tried again: what it kept to itself
            # meanwhile is in the database.
            self._look_again_at = time.monotonic() + PAUSE_S + random.uniform(1, 2)  # noqa: S311
            log.info("progress_relay_found_redis")

    async def _step(self, redis: Redis) -> None:
        if self._unplaced:
            unplaced, self._unplaced = self._unplaced, set()
            self._start_over(await event_log.position(redis), unplaced)
        if time.monotonic() - self._checked_at > _CHECK_S:
            await self._check(redis)
        positions = dict(self._positions)
        entries = await event_log.read(redis, positions, block_ms=_BLOCK_MS, count=_COUNT)
        if entries:
            started = time.monotonic()
            for stream in await self._hand_out(entries):
                await self._check_trimmed(redis, stream, positions[stream])
            # Half of the process's time is for everything else; what comes meanwhile goes out together.
            await asyncio.sleep(min(time.monotonic() - started, _LONGEST_PAUSE_S))
        if self._look_again_at and time.monotonic() > self._look_again_at:
            self._look_again_at = 0.0
            await event_log.append_notice("snapshot", redis=redis)

    async def _check(self, redis: Redis) -> None:
        """Whether Redis was emptied meanwhile: events may have been among what it lost, and nothing else tells."""
        position = await event_log.position(redis)
        self._checked_at = time.monotonic()
        if position.first != self._first:
            self._first = position.first
            self._start_over(position, self.subscriptions)
            log.info("progress_relay_found_redis_emptied")

    async def _check_trimmed(self, redis: Redis, stream: str, read_after: str) -> None:
        """Whether we were so far behind that Redis forgot entries before we had read them."""
        if not await event_log.has_all_after(redis, stream, read_after):
            log.warning("progress_relay_too_slow")
            for subscription in self._listeners.get(stream, ()):
                subscription.reset("lost")

    def _start_over(self, position: Position, subscriptions: set[Subscription]) -> None:
        for stream, listeners in self._listeners.items():
            if listeners & subscriptions:
                self._positions[stream] = position.last
        for subscription in subscriptions:
            subscription.reset("reconnected")

    async def _hand_out(self, entries: list[Entry]) -> set[str]:
        """Returns the streams that may have more than was read."""
        by_stream = Counter(entry.stream for entry in entries)
        cut = {stream for stream, number in by_stream.items() if number >= _COUNT}
        # A stream that was cut off may hold lower ids than another's last: those wait for the next read.
        ends = {entry.stream: entry.order for entry in entries if entry.stream in cut}
        horizon = min(ends.values(), default=None)
        ready = sorted((e for e in entries if horizon is None or e.order <= horizon), key=lambda e: e.order)
        for start in range(0, len(ready), _PORTION):
            touched: set[Subscription] = set()
            for entry in ready[start : start + _PORTION]:
                # Nobody may listen to it any more, or again and from later on.
                if order(self._positions.get(entry.stream, entry.id)) < entry.order:
                    self._positions[entry.stream] = entry.id
                touched |= self._push(entry)
            for number, subscription in enumerate(touched, 1):
                subscription.flush()
                if number % _SENT_IN_A_ROW == 0:
                    # A crowd takes a second; whoever asks something else meanwhile is not to wait for it.
                    await asyncio.sleep(0)
            if start + _PORTION < len(ready):
                # For those who are not sent to from here to get their turn.
                await asyncio.sleep(0)
        return cut

    def _push(self, entry: Entry) -> set[Subscription]:
        if entry.stream == self._wake:
            return set()
        if entry.stream == self._notices:
            self._notice(entry)
            return set()
        listeners = self._listeners.get(entry.stream, set())
        if listeners:
            try:
                message = progress_message(entry, self._case_of[entry.stream])
            except (ValueError, KeyError, TypeError):
                log.warning("progress_entry_not_understood", id=entry.id)
                return set()
            for subscription in listeners:
                subscription.push(message)
        return listeners

    def _notice(self, entry: Entry) -> None:
        if entry.field == "admission":
            self._on_admission(entry.value)
        elif entry.field == "snapshot":
            if time.monotonic() > self._look_again_at - 1:
                self._look_again_at = 0.0
            for subscription in self.subscriptions:
                subscription.reset("lost")
