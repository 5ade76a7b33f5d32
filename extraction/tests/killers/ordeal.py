"""A worker that reads what it is told to and says how that ended, and how large it has grown itself.

It does with a child's answers what the read stage does, up to the database. Run as a module it takes requests and gives
answers as lines of JSON; `Ordeal` is the other side.
"""

import hashlib
import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from extraction import memory
from extraction.confinement.child_run import ChildRun
from extraction.confinement.frames import MemberBegins, MemberEnds, MemberPiece
from extraction.confinement.limits import Limits
from extraction.confinement.runner import Outcome, Reader
from extraction.errors import ExtractionError
from extraction.readers.base import DocumentInfo, PageRead, ReadOptions
from extraction.sniff import HEAD_BYTES, sniff_file

ROOT = Path(__file__).resolve().parents[3]
_peaks: list[float] = []
# Warnings that say that something is missing.
_LOSSES = {"text_truncated", "too_many_pages", "resource_time", "damaged_end", "parts_damaged", "members_left_out"}


@dataclass(frozen=True)
class Ending:
    """`verdict`: the code it failed with, or ready or partial with what is missing. Sizes in MiB, of the child at its
    largest and of the worker now. `sniffed`: what intake takes the file for.
    """

    verdict: str
    sniffed: str
    seconds: float
    child_mb: float
    worker_mb: float
    pages: int
    text_start: str


def read(reader: Reader, path: Path, media_type: str, limits: Limits) -> Ending:
    """Give the file to a confined child."""
    started, pages, info, outcome, item = time.monotonic(), [], None, None, None
    codes: Counter[str] = Counter()
    failed = ""
    _peaks.clear()
    with open(path, "rb") as file:
        sniffed = sniff_file(file, file.read(HEAD_BYTES), name=path.name)
        try:
            for item in reader.read(file.fileno(), media_type, ReadOptions(), limits, tick=lambda: None):
                if isinstance(item, DocumentInfo):
                    info = item
                elif isinstance(item, PageRead):
                    pages.append(item)
                elif isinstance(item, Outcome):
                    outcome = item
                elif isinstance(item, MemberBegins):
                    digest = hashlib.sha256()
                elif isinstance(item, MemberPiece):
                    digest.update(item.data)
                elif isinstance(item, MemberEnds):
                    codes[item.code] += 1
        except ExtractionError as error:
            failed = error.code
    count, text_start, seconds = len(pages), pages[0].text[:80] if pages else "", round(time.monotonic() - started, 2)
    ended = failed or verdict(info, pages, codes, outcome)
    del item
    pages.clear()
    memory.give_back()
    return Ending(
        ended,
        sniffed,
        seconds,
        max(_peaks, default=0.0),
        _resident_mb(),
        count,
        text_start,
    )


def verdict(info: DocumentInfo | None, pages: list[PageRead], codes: Counter[str], outcome: Outcome | None) -> str:
    """As a document's status would say it: ready or partial, and after a colon what is missing and why."""
    assert info is not None and outcome is not None
    reasons = {w for w in info.warnings if w in _LOSSES} | {f"member {code}" for code in codes if code}
    reasons |= {p.reason for p in pages if p.state == "unreadable"}
    if outcome.partial:
        reasons.add(outcome.error_code or "resource_time")
    missing = outcome.partial or info.truncated_at is not None or any(p.state == "unreadable" for p in pages)
    return ("partial" if missing else "ready") + (": " + ", ".join(sorted(reasons)) if reasons else "")


def _resident_mb() -> float:
    if not sys.platform.startswith("linux"):
        return 0.0
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / (1 << 20)


class Ordeal:
    """The worker, in a process of its own, so that nothing but reading counts as its memory."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "extraction.tests.killers.ordeal"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def read(self, path: Path, media_type: str, limits: Limits) -> Ending:
        """Raises AssertionError if the worker has died of it."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps([str(path), media_type, asdict(limits)]) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, "the worker is gone"
        return Ending(**json.loads(answer))

    def close(self) -> None:
        """Harmless if it is gone."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


def serve() -> None:
    """Until nobody asks any more."""
    reader, settle = Reader(), ChildRun.settle

    def watched(run: ChildRun, end: dict[str, float]) -> None:
        settle(run, end)
        _peaks.append(run.max_rss_mb)

    # A document that fails has no outcome that would tell how much memory it took.
    ChildRun.settle = watched  # type: ignore[method-assign]
    for line in sys.stdin:
        path, media_type, limits = json.loads(line)
        print(json.dumps(asdict(read(reader, Path(path), media_type, Limits(**limits)))), flush=True)
    reader.close()


if __name__ == "__main__":
    serve()
