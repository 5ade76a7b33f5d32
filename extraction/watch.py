"""Keeps asking whether everybody with an open stream may still listen; ends the streams of those who may not."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from channels.db import database_sync_to_async

from extraction.admission import Visitor, cases_open_to
from extraction.subscription import Subscription

log = structlog.get_logger()

# With the question itself and the sending of `bye`, a stream is closed within five seconds of the change.
EVERY_S = 3.0
IN_A_ROW = 200


@dataclass(frozen=True)
class _Watched:
    visitor: Visitor
    only: frozenset[uuid.UUID] | None


class Watch:
    """One question for all open streams of the process. Only for the event loop it was made in."""

    def __init__(self, join: Callable[[Subscription, frozenset[uuid.UUID]], Awaitable[object]]) -> None:
        """`join(subscription, cases)` is awaited when a person's stream of all cases gets more of them."""
        self._join = join
        self._watched: dict[Subscription, _Watched] = {}
        self._of_person: Counter[int] = Counter()
        self._suspects: set[Subscription] = set()
        self._now = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def add(self, subscription: Subscription, visitor: Visitor, only: frozenset[uuid.UUID] | None) -> None:
        """Watch the stream; `only`: it ends when one of these is closed to them; None: it follows their cases."""
        self._watched[subscription] = _Watched(visitor, only)
        self._of_person[visitor.user_id] += 1
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def remove(self, subscription: Subscription) -> None:
        """Watch it no more."""
        if was := self._watched.pop(subscription, None):
            self._of_person[was.visitor.user_id] -= 1
            if not self._of_person[was.visitor.user_id]:
                del self._of_person[was.visitor.user_id]
        self._suspects.discard(subscription)
        if not self._watched and self._task is not None:
            self._task.cancel()
            self._task = None

    @property
    def streams(self) -> int:
        """How many streams are open in this process."""
        return len(self._watched)

    def end_all(self, reason: str) -> None:
        """Have every stream say `bye`."""
        for subscription in self._watched:
            subscription.say_bye(reason)

    def streams_of(self, user_id: int) -> int:
        """How many streams this person has open in this process."""
        return self._of_person[user_id]

    def suspect(self, user_id: str) -> None:
        """Hand nothing more out to this person until the answer is there, and ask now."""
        for subscription, watched in self._watched.items():
            if str(watched.visitor.user_id) == user_id:
                subscription.hold()
                self._suspects.add(subscription)
        if self._suspects:
            self._now.set()

    async def _run(self) -> None:
        # Not only until cancelled: see `consumers.hang_up` for how a cancellation gets lost.
        while self._task is asyncio.current_task():
            try:
                async with asyncio.timeout(EVERY_S):
                    await self._now.wait()
            except TimeoutError:
                pass
            self._now.clear()
            try:
                await self._ask()
            except Exception as error:  # whatever keeps us from knowing: nobody hears anything until we do
                log.warning("admission_not_known", error=type(error).__name__)
                for subscription in self._watched:
                    subscription.hold()

    async def _ask(self) -> None:
        watched = dict(self._watched)
        self._suspects = set()
        visitors = {w.visitor for w in watched.values()}
        # A thread of the loop's own pool: the one that views share must not wait for this.
        open_cases = await database_sync_to_async(cases_open_to, thread_sensitive=False)(visitors)
        for number, (subscription, was) in enumerate(watched.items(), 1):
            if number % IN_A_ROW == 0:
                # Of a crowd nobody else is to wait for all of it.
                await asyncio.sleep(0)
            # Suspected since the question was put: the answer may be too old, the next one counts.
            if subscription in self._watched and subscription not in self._suspects:
                await self._apply(subscription, was, open_cases.get(was.visitor))

    async def _apply(self, subscription: Subscription, was: _Watched, allowed: frozenset[uuid.UUID] | None) -> None:
        if allowed is None:
            subscription.say_bye("signed_out")
        elif was.only is not None and not was.only <= allowed:
            subscription.say_bye("removed")
        else:
            added = subscription.admit(was.only or allowed)
            if added:
                await self._join(subscription, added)
                subscription.reset("cases")
