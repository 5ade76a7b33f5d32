"""Snapshots as messages; whoever asks for the same one at the same time shares it."""

import asyncio
import json
import uuid
from dataclasses import dataclass
from typing import Any

from channels.db import database_sync_to_async

from extraction import event_log
from extraction.snapshot import Moment, take_snapshot
from extraction.subscription import Message
from lexintel import bus

Cases = frozenset[uuid.UUID]


@dataclass(frozen=True)
class Answer:
    """One message per case; go on listening after `id` ("" while Redis is away), to what `moment` does not include."""

    messages: list[Message]
    id: str
    moment: Moment


class SnapshotDesk:
    """After an outage every client asks at once; each case is then looked at twice, not once per client."""

    def __init__(self) -> None:
        self._running: dict[Cases, asyncio.Task[Answer]] = {}
        self._next: dict[Cases, asyncio.Task[Answer]] = {}
        self._places = asyncio.Semaphore(4)

    async def take(self, redis: Any, case_ids: Cases) -> Answer:
        """A snapshot for which the record's end and then the database were read after this call began."""
        task = self._next.get(case_ids)
        if task is None:
            task = self._next[case_ids] = asyncio.create_task(self._run(redis, case_ids))
            # Who asked may have left by the time it fails.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(task)

    async def _run(self, redis: Any, case_ids: Cases) -> Answer:
        before = self._running.get(case_ids)
        if before is not None:
            await asyncio.wait([before])
        # Whoever comes from here on might be too late for what this one sees.
        self._running[case_ids] = self._next.pop(case_ids)
        try:
            async with self._places:
                return await _take(redis, case_ids)
        finally:
            del self._running[case_ids]


async def _take(redis: Any, case_ids: Cases) -> Answer:
    try:
        id = (await event_log.position(redis)).last
    except bus.AWAY:
        id = ""
    snapshot = await database_sync_to_async(take_snapshot, thread_sensitive=False)(case_ids)
    lines = [json.dumps(snapshot.cases[case_id], separators=(",", ":")) for case_id in sorted(snapshot.cases)]
    # Only the last one is a resume point: who has not got all of them must start over.
    messages = [Message("snapshot", line, id if line is lines[-1] else "") for line in lines]
    return Answer(messages, id, snapshot.moment)
