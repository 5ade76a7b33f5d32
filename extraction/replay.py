"""What a returning client missed, exactly, or the reason why that cannot be told."""

import uuid
from collections.abc import Mapping
from typing import Any

from extraction import event_log
from extraction.event_log import Position, order
from extraction.subscription import ProgressMessage, progress_message
from lexintel import bus

# More than this is slower to read than a snapshot.
MAX_REPLAY = 10_000


class CannotReplay(Exception):
    """The client must take a new snapshot; `reason` is told to it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def missed(
    redis: Any, streams: Mapping[str, uuid.UUID], last_event_id: str, now: Position
) -> list[ProgressMessage]:
    """Everything after the client's id up to `now`, in order. Raises CannotReplay, bus.AWAY."""
    _check_known(last_event_id, now)
    lost = await event_log.read_range(redis, bus.notice_stream(), last_event_id, now.last, count=event_log.MAX_EVENTS)
    if any(entry.field == "snapshot" for entry in lost):
        raise CannotReplay("lost")
    messages: list[ProgressMessage] = []
    for stream, case_id in streams.items():
        left = MAX_REPLAY - len(messages)
        entries = await event_log.read_range(redis, stream, last_event_id, now.last, count=left + 1)
        if len(entries) > left:
            raise CannotReplay("behind")
        messages += [progress_message(entry, case_id) for entry in entries]
    # Asked after reading: what is trimmed in between is noticed.
    for stream in [*streams, bus.notice_stream()]:
        if not await event_log.has_all_after(redis, stream, last_event_id):
            raise CannotReplay("trimmed")
    return sorted(messages, key=lambda m: m.entry.order)


def _check_known(id: str, now: Position) -> None:
    try:
        at = order(id)
    except ValueError:
        raise CannotReplay("unknown") from None
    if at > order(now.last):
        raise CannotReplay("unknown")
    oldest_ms = order(now.last)[0] - event_log.KEEP_S * 1000
    if at < order(now.first) or at[0] < oldest_ms:
        raise CannotReplay("trimmed")
