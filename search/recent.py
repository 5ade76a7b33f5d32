"""What was found out lately, kept in this process so that it need not be found out again."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from time import monotonic
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """The `most` values that were used last; safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Key, tuple[float, Value]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, *, younger_than: float = float("inf")) -> Value | None:
        """The value, None if it is not kept or was put in `younger_than` seconds ago or earlier."""
        with self._lock:
            if key not in self._kept:
                return None
            since, value = self._kept[key]
            if monotonic() - since >= younger_than:
                return None
            self._kept.move_to_end(key)
            return value

    def put(self, key: Key, value: Value) -> None:
        """Keep it, as the one used last."""
        with self._lock:
            self._kept[key] = monotonic(), value
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
