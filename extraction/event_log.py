"""The append-only record of progress: one Redis Stream per case, ids in one order across all of them.

Ids come from one clock, so that an id is a resume point for any set of cases: whoever has seen everything up
to it misses exactly what is greater. Readers never see a document's states in another order than they were
committed in.
"""

import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lexintel import bus

# About two bytes of data times ten thousand: a case's stream stays near 3 MB.
MAX_EVENTS = 10_000
# A stream nobody wrote to for a week is forgotten; ids that old are answered with a snapshot.
KEEP_S = 7 * 86_400

# The next id: milliseconds of Redis' own clock, never going back, and a counter within one millisecond.
_NEXT_ID = """
local function next_id()
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local clock = redis.call('HMGET', KEYS[1], 'ms', 'seq')
  local ms, seq = tonumber(clock[1] or '0'), 0
  if now > ms then ms = now else seq = tonumber(clock[2]) + 1 end
  redis.call('HSET', KEYS[1], 'ms', string.format('%.0f', ms), 'seq', string.format('%.0f', seq))
  local id = string.format('%.0f-%.0f', ms, seq)
  if not clock[1] then redis.call('HSET', KEYS[1], 'first', id) end
  return id
end
"""

# Two processes may publish a document's states in another order than they committed them in: what is older
# than the newest already told is dropped. Only within a minute, so that a database clock set back mutes nobody.
_APPEND = (
    _NEXT_ID
    + """
if ARGV[3] ~= '' then
  local newest = tonumber(redis.call('HGET', KEYS[3], ARGV[3]) or '0')
  local at = tonumber(ARGV[4])
  if newest > at and newest - at < 60000000 then return false end
  redis.call('HSET', KEYS[3], ARGV[3], ARGV[4])
  redis.call('EXPIRE', KEYS[3], 120)
end
local id = next_id()
if ARGV[3] ~= '' then redis.call('HINCRBY', KEYS[1], 'published', 1) end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], id, ARGV[1], ARGV[2], 'tx', ARGV[7])
redis.call('EXPIRE', KEYS[2], ARGV[6])
return id
"""
)

# A Redis that was emptied has forgotten the clock; one that was started again may have lost the last second of
# what it was told. Either way no id from before can be told from one after which events are missing.
_POSITION = (
    _NEXT_ID
    + """
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
local clock = redis.call('HMGET', KEYS[1], 'ms', 'seq', 'first', 'run')
if clock[1] and clock[4] == run then return {clock[1] .. '-' .. clock[2], clock[3]} end
local id = next_id()
redis.call('HSET', KEYS[1], 'first', id, 'run', run)
return {id, id}
"""
)


def order(id: str) -> tuple[int, int]:
    """What to compare ids by. Raises ValueError if it is none."""
    ms, _, seq = id.partition("-")
    if not (ms.isascii() and ms.isdigit() and seq.isascii() and seq.isdigit() and len(id) <= 40):
        raise ValueError("not an event id")
    return int(ms), int(seq)


@dataclass(frozen=True)
class Entry:
    """One entry of a stream: `field` says what `value` is, `transaction` (0: unknown) where it was committed."""

    stream: str
    id: str
    field: str
    value: str
    transaction: int = 0

    @cached_property
    def order(self) -> tuple[int, int]:
        return order(self.id)


def append_event(case_id: uuid.UUID, document_id: uuid.UUID, data: str, at_us: int, transaction: int = 0) -> str | None:
    """Append a progress event; None if a newer state of the document was already told. Raises bus.AWAY.

    `at_us`: the database's time of the state, in microseconds; `transaction`: the number of the one that wrote it.
    """
    keys = [bus.event_clock(), bus.case_stream(case_id), bus.newest_of_case(case_id)]
    id: str | None = _append(bus.client(), keys, "progress", data, str(document_id), at_us, transaction)
    return id


def append_notice(kind: str, subject: str = "", *, redis: Any = None) -> Any:
    """Tell every web process: `snapshot` (events may have been lost), or `admission` (of the user with this id).

    With an asynchronous `redis` the answer is to be awaited. Raises bus.AWAY.
    """
    keys = [bus.event_clock(), bus.notice_stream(), bus.notice_stream()]
    return _append(redis or bus.client(), keys, kind, subject)


def _append(
    redis: Any, keys: list[str], field: str, value: str, document: str = "", at_us: int = 0, transaction: int = 0
) -> Any:
    arguments = [field, value, document, at_us, MAX_EVENTS, KEEP_S, transaction]
    return redis.register_script(_APPEND)(keys=keys, args=arguments)


@dataclass(frozen=True)
class Position:
    """The last id given to any event, and the first one since Redis was last started or emptied."""

    last: str
    first: str


async def position(redis: Any) -> Position:
    """Where the record ends now. Raises bus.AWAY."""
    last, first = await redis.register_script(_POSITION)(keys=[bus.event_clock()])
    return Position(last, first)


async def read(redis: Any, positions: dict[str, str], *, block_ms: int, count: int) -> list[Entry]:
    """Entries after each stream's position, waiting up to `block_ms` for the first; not sorted. Raises bus.AWAY."""
    answer = await redis.xread(positions, block=block_ms, count=count)
    return [_entry(stream, id, fields) for stream, entries in answer or [] for id, fields in entries]


async def read_range(redis: Any, stream: str, after: str, upto: str, *, count: int) -> list[Entry]:
    """Entries with after < id ≤ upto, oldest first. Raises bus.AWAY."""
    return [_entry(stream, id, fields) for id, fields in await redis.xrange(stream, f"({after}", upto, count=count)]


async def has_all_after(redis: Any, stream: str, id: str) -> bool:
    """Whether everything that was ever in the stream after this id is still there. Raises bus.AWAY."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.exists(stream)
        pipe.xinfo_stream(stream)
        there, info = await pipe.execute(raise_on_error=False)
    if not there:
        return True  # never written to, or expired: `KEEP_S` is the caller's to compare
    if isinstance(info, Exception):
        raise info
    if info.get("entries-added", 0) == info["length"]:
        return True
    oldest = info["first-entry"]
    return oldest is not None and order(id) >= order(oldest[0])


def _entry(stream: str, id: str, fields: dict[str, str]) -> Entry:
    field, value = next(iter(fields.items()))
    transaction = fields.get("tx", "0")
    return Entry(stream, id, field, value, int(transaction) if transaction.isdecimal() else 0)
