"""Redis: connections that never make anybody wait for a Redis that is away, and the names of our keys."""

import functools
import uuid

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

# Publishing happens in request and worker threads: half a second is the most a hung Redis may cost once.
_CONNECT_S = 0.5
_ANSWER_S = 1.0
_HEALTH_CHECK_S = 15

# What a Redis that is away, restarting or misbehaving raises.
AWAY = (redis.RedisError, OSError)


def client() -> redis.Redis:
    """The process's client for short commands from any thread; text in, text out. Raises `AWAY`."""
    return _client(settings.REDIS_URL)


@functools.cache
def _client(url: str) -> redis.Redis:
    # One retry, at once: it replaces a pooled connection that did not survive a restart of Redis.
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=_CONNECT_S,
        socket_timeout=_ANSWER_S,
        health_check_interval=_HEALTH_CHECK_S,
        retry=Retry(NoBackoff(), 1),
    )


def async_client(*, answer_s: float = 5.0) -> redis.asyncio.Redis:
    """A new client for the running event loop; the caller closes it. `answer_s` must exceed any BLOCK asked for."""
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_connect_timeout=_CONNECT_S,
        socket_timeout=answer_s,
        health_check_interval=_HEALTH_CHECK_S,
        retry=AsyncRetry(NoBackoff(), 1),
    )


def key(*parts: object) -> str:
    """A key of this installation: the parts joined by colons behind the configured prefix."""
    return ":".join([settings.REDIS_PREFIX, *map(str, parts)])


def case_stream(case_id: uuid.UUID | str) -> str:
    """The stream of a case's progress events."""
    return key("events", case_id)


def newest_of_case(case_id: uuid.UUID | str) -> str:
    """Hash: when the newest event of each of a case's documents happened."""
    return key("events", case_id, "newest")


def notice_stream() -> str:
    """The stream of notices to every web process: take a new snapshot, look again at who may listen."""
    return key("events-notices")


def event_clock() -> str:
    """Hash: the first and the last id given to an event, across all streams."""
    return key("events-clock")


def wake_stream(process: str) -> str:
    """The stream that interrupts one web process's blocking read."""
    return key("events-wake", process)
