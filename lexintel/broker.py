"""The dramatiq broker. Messages only wake workers up; what is to be done is in the database (extraction/ledger.py)."""

import dramatiq
import redis
from django.conf import settings
from django.db import close_old_connections
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import Middleware, Retries
from redis.backoff import NoBackoff
from redis.retry import Retry


class DatabaseConnections(Middleware):
    """Returns a worker thread's database connection to the pool around every message."""

    def before_process_message(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        close_old_connections()

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: dramatiq.MessageProxy,
        *,
        result: object = None,
        exception: BaseException | None = None,
    ) -> None:
        close_old_connections()


def make_broker() -> RedisBroker:
    """A broker on settings.REDIS_URL: short time-outs, so that an upload never waits for a Redis that is away."""
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=0.5,
        socket_timeout=5,
        health_check_interval=15,
        # One retry, at once: it replaces a connection that did not survive a restart of Redis. The client's own
        # default sleeps between three of them: 3.7 s for every upload while Redis is away.
        retry=Retry(NoBackoff(), 1),
    )
    return RedisBroker(
        client=client,
        namespace=f"{settings.REDIS_PREFIX}:dramatiq",
        middleware=[DatabaseConnections(), Retries(max_retries=0)],
        # A dead worker's unacknowledged messages come back after this; the ledger does not wait for them.
        heartbeat_timeout=15_000,
        maintenance_chance=1_000,
    )


broker = make_broker()
dramatiq.set_broker(broker)
