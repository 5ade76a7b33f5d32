"""Patience with a database that is restarting: a short outage must not cost an attempt."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from psycopg_pool import PoolTimeout

T = TypeVar("T")

# Shorter than two leases; what waits longer is found again by the reconciler.
GIVE_UP_AFTER_S = 60.0


def while_database_is_away(call: Callable[[], T], *, give_up_after: float = GIVE_UP_AFTER_S) -> T:
    """Call, and call again with jitter for up to `give_up_after` seconds while the connection fails.

    `call` must be a whole transaction: it may run more than once. Raises the last connection error.
    """
    deadline = time.monotonic() + give_up_after
    pause = 0.2
    while True:
        try:
            return call()
        except (OperationalError, InterfaceError, PoolTimeout):
            if time.monotonic() + pause > deadline or connection.in_atomic_block:
                raise
        close_old_connections()
        time.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311 - jitter, not a secret
        pause = min(pause * 2, 5.0)
