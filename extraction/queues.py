"""How much waits in the message queues, and how little of it should.

A queue serves in the order it was filled; the ledger knows whose turn it is. So only a few messages are on their way
at any time, and who has none yet is chosen when there is room (extraction/reconcile.py).
"""

from typing import cast

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from lexintel import bus

# More messages than this wake nobody who is not awake; the rows behind them can wait without one.
ENOUGH_MESSAGES = 16
# Few enough that whoever finishes a job fills up the queue before it is empty.
FEW_MESSAGES = 8


def waiting_messages(queue: str) -> int | None:
    """Messages in a queue that no worker has taken; None if Redis does not answer."""
    try:
        namespace = cast(RedisBroker, dramatiq.get_broker()).namespace
        return int(bus.client().llen(f"{namespace}:{queue}"))
    except bus.AWAY:
        return None
