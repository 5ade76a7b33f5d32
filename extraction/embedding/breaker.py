"""A pause after repeated failures: whoever asks meanwhile is told at once instead of waiting for a time-out."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from extraction.embedding.base import EmbeddingUnavailable


class CircuitBreaker:
    """After `failures` in a row no call for `pause_s`, then one on trial. For any number of threads."""

    def __init__(
        self, *, failures: int = 3, pause_s: float = 30.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.failures, self.pause_s, self.clock = failures, pause_s, clock
        self._lock = threading.Lock()
        self._in_a_row, self._paused_until, self._reason = 0, 0.0, ""

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Around a call. Raises EmbeddingUnavailable without calling while the pause lasts."""
        self._enter()
        try:
            yield
        except EmbeddingUnavailable as error:
            self._failed(str(error))
            raise
        self._succeeded()

    def _enter(self) -> None:
        with self._lock:
            if self._in_a_row < self.failures:
                return
            left = self._paused_until - self.clock()
            if left > 0:
                raise EmbeddingUnavailable(f"{self._reason} It is asked again in {math.ceil(left)} s.")
            # One goes ahead; the others wait for what it finds, another pause at most.
            self._paused_until = self.clock() + self.pause_s

    def _failed(self, reason: str) -> None:
        with self._lock:
            self._reason = reason
            self._in_a_row += 1
            self._paused_until = self.clock() + self.pause_s

    def _succeeded(self) -> None:
        with self._lock:
            self._in_a_row = 0
