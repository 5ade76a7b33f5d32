"""Brings committed events to Redis, or remembers that some did not get there."""

import os
import threading
import time
import uuid

import structlog

from extraction import event_log
from lexintel import bus

log = structlog.get_logger()

# After a failure nothing is tried for so long: a hung Redis costs a worker one time-out in five seconds.
PAUSE_S = 5.0


class Publisher:
    """Publishes, and stops trying for a while when Redis is away. One per process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._missed = 0
        # Whose thread waits for Redis: a fork has the number but not the thread.
        self._waiting_in = 0

    def publish(self, case_id: uuid.UUID, document_id: uuid.UUID, line: str, at_us: int, number: int) -> None:
        """Never raises, and does not try a Redis that was away a moment ago."""
        with self._lock:
            if self._missed and self._waiting_in == os.getpid():
                self._missed += 1
                return
        try:
            event_log.append_event(case_id, document_id, line, at_us, number)
        except bus.AWAY as error:
            log.warning("progress_not_published", error=type(error).__name__)
            self._wait_for_redis()

    def _wait_for_redis(self) -> None:
        with self._lock:
            self._missed += 1
            if self._waiting_in == os.getpid():
                return
            self._waiting_in = os.getpid()
        # A thread, because there may be nothing more to publish for hours.
        threading.Thread(target=self._tell_when_it_is_back, name="progress-recovery", daemon=True).start()

    def _tell_when_it_is_back(self) -> None:
        missed = 0
        while self._waiting_in:
            time.sleep(PAUSE_S)
            # Before the notice goes out: what is missed from here on is not covered by it.
            with self._lock:
                missed, self._missed = missed + self._missed, 0
            try:
                # What was not told is in the database: everybody who watches looks there.
                event_log.append_notice("snapshot")
            except bus.AWAY:
                with self._lock:
                    self._missed += 1
                continue
            with self._lock:
                if not self._missed:
                    self._waiting_in = 0
        log.info("progress_published_again", missed=missed)


publisher = Publisher()
