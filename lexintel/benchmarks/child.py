"""Processes that a benchmark starts: they say what they have to say in lines, and end with the benchmark."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lexintel.embedded.process import tie
from lexintel.guard import guarded

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_S = 30.0
_END_S = 8.0


class Child:
    """A process of ours and what it has written to its output so far."""

    def __init__(self, process: subprocess.Popen[bytes], output: IO[bytes]) -> None:
        self.process = process
        self._output = output

    def wait_for(self, word: str, patience_s: float = _PATIENCE_S) -> str:
        """The first line of its output with `word` in it. Raises RuntimeError if it ends or takes too long."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            for line in self.lines():
                if word in line:
                    return line
            if ended:
                break
            time.sleep(0.02)
        tail = "\n".join(self.lines()[-20:])
        raise RuntimeError(f"{self.process.args!r} did not say “{word}”:\n{tail}")

    def lines(self) -> list[str]:
        """What it has written so far, whole lines only."""
        # Read at a place of our own: the child writes where the file's offset stands.
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0).decode(errors="replace").split("\n")[:-1]

    def tell(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def end(self) -> int:
        """Ask it to end, and make it end; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()


@contextmanager
def child(arguments: list[str], environment: dict[str, str] | None = None) -> Iterator[Child]:
    """`python ARGUMENTS` while the block runs; standard output and error are read with `lines`."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            guarded([sys.executable, *arguments], signal.SIGTERM),
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=tie(signal.SIGTERM),
        )
        started = Child(process, output)
        try:
            yield started
        finally:
            started.end()
            if process.stdin:
                process.stdin.close()
