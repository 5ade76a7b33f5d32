"""What a killer is: how its file is made, in which sizes, and how reading it may end."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Pieces = Iterable[bytes]


@dataclass(frozen=True)
class Killer:
    """`ends`: the verdicts that are right (see ordeal.verdict). `small`, `full`: parameters of `make`.

    Several verdicts are right where it depends on the machine's speed which limit is met first.
    """

    name: str
    media_type: str
    make: Callable[..., Pieces]
    ends: tuple[str, ...]
    small: Mapping[str, Any] = field(default_factory=dict)
    full: Mapping[str, Any] = field(default_factory=dict)

    def write(self, path: Path, *, full: bool = False) -> None:
        """Make the file, a piece at a time."""
        with open(path, "wb") as file:
            for piece in self.make(**(self.full or self.small if full else self.small)):
                file.write(piece)


# What honest but enormous text ends with, whichever limit it meets first.
TOO_MUCH = (
    "partial: text_truncated",
    "partial: too_many_pages",
    "partial: text_truncated, too_many_pages",
    "partial: resource_time",
    "partial: resource_time, text_truncated",
    "resource_time",
    "resource_memory",
    "too_large",
)
