"""Progress of a long command: a bar with time left on a terminal, plain lines otherwise, nothing with --json."""

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

# A log that is read later needs no more than this.
PLAIN_LINE_EVERY_S = 5.0


class Progress:
    """`with Progress("reading", 60) as bar: bar.advance()`. Writes to standard error."""

    def __init__(self, title: str, total: int, *, quiet: bool = False) -> None:
        self.title, self.total, self.done, self.quiet = title, total, 0, quiet
        self._bar: Bar | None = None
        self._said = time.monotonic()

    def __enter__(self) -> "Progress":
        if not self.quiet and sys.stderr.isatty():
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Bar(*columns, console=Console(stderr=True))
            self._bar.start()
            self._task = self._bar.add_task(self.title, total=self.total)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def advance(self, n: int = 1) -> None:
        """`n` more are done."""
        self.update(self.done + n)

    def update(self, done: int, *, total: int | None = None) -> None:
        """`done` are done in all; `total`, if it has become known that there is more to do."""
        self.done, self.total = done, self.total if total is None else total
        if self._bar:
            self._bar.update(self._task, completed=done, total=self.total)
        elif not self.quiet and time.monotonic() - self._said >= PLAIN_LINE_EVERY_S:
            self._said = time.monotonic()
            print(f"{self.title}: {done} of {self.total}", file=sys.stderr, flush=True)
