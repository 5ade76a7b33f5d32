"""Files made to kill their reader end in time, with a code, and the next good file is read by the same worker.

By default they are small and their limits short. LEXINTEL_KILLERS=full gives them their full size (half an hour);
LEXINTEL_KILLERS_TABLE=FILE writes down how each ended, as docs/hostile-input.md shows it.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from extraction.confinement.limits import Limits
from extraction.errors import ERRORS
from extraction.tests.killers.catalogue import FAMILIES, KILLERS
from extraction.tests.killers.ordeal import Ending, Ordeal

FULL = os.environ.get("LEXINTEL_KILLERS") == "full"
LIMITS = Limits(soft_s=60, hard_s=90, page_s=20) if FULL else Limits(soft_s=3, hard_s=4, page_s=1.5)
PATIENT = Limits(soft_s=80, hard_s=90, page_s=60)
# A child is killed within a tick, but the machine may be busy, and some get a second engine.
SLACK_S = 10
MOST_CHILD_MB, MOST_GROWTH_MB = 1024 + 64, 64
GOOD = ("text/plain", b"The record speaks.")


class Worker(Ordeal):
    """`first`: how the first good file was read, before any other."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.good = folder / "good.txt"
        self.good.write_bytes(GOOD[1])
        self.first = self.read_good()

    def read_good(self) -> Ending:
        return self.read(self.good, GOOD[0], Limits(soft_s=30, hard_s=30, page_s=30))


@pytest.fixture(scope="module")
def worker(tmp_path_factory) -> Iterator[Worker]:
    made = Worker(tmp_path_factory.mktemp("killers"))
    yield made
    made.close()


def fitting(verdict: str) -> bool:
    """Whether a verdict says why, with codes that somebody has explained."""
    kind, _, reasons = verdict.partition(": ")
    return kind in ERRORS or kind == "ready" or (kind == "partial" and bool(reasons))


@pytest.mark.parametrize("name", KILLERS)
def test_a_killer_ends_in_time_with_its_code_and_the_next_file_is_read(worker, name, tmp_path):
    killer, path = KILLERS[name], tmp_path / "file"
    killer.write(path, full=FULL)
    ending = worker.read(path, killer.media_type, LIMITS)
    if ending.verdict not in killer.ends and "resource_time" in ending.verdict:
        # The machine is busy; what is slow by itself is so again.
        ending = worker.read(path, killer.media_type, PATIENT)
    _note(name, path.stat().st_size, ending)
    path.unlink()
    assert ending.verdict in killer.ends
    assert fitting(ending.verdict)
    assert ending.seconds < PATIENT.hard_s + SLACK_S
    assert ending.child_mb < MOST_CHILD_MB
    after = worker.read_good()
    assert (after.verdict, after.text_start) == ("ready", "The record speaks.")
    assert after.worker_mb - worker.first.worker_mb < MOST_GROWTH_MB


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measured through /proc")
def test_the_workers_memory_is_measured(worker):
    assert 10 < worker.first.worker_mb < 200


def test_no_entity_brings_in_what_lies_outside(worker, tmp_path):
    """The words beside it are read, and nothing of the file that it names."""
    secret = Path("/etc/passwd").read_text()[:4]
    for name in ("outside_docx", "outside_xlsx", "outside_pptx", "outside_odt", "outside_svg", "outside_html"):
        path = tmp_path / name
        KILLERS[name].write(path)
        ending = worker.read(path, KILLERS[name].media_type, LIMITS)
        assert "words" in ending.text_start
        assert secret not in ending.text_start


def test_names_of_killers_are_theirs_alone():
    assert len(KILLERS) == sum(len(family) for family in FAMILIES.values())


@pytest.mark.parametrize("verdict", ["", "partial", "gone", "internal"])
def test_an_ending_without_a_code_would_be_seen(verdict):
    assert not fitting(verdict)


def _note(name: str, size: int, ending: Ending) -> None:
    if table := os.environ.get("LEXINTEL_KILLERS_TABLE"):
        killer = KILLERS[name]
        given = {k: v for k, v in (killer.full or killer.small if FULL else killer.small).items() if k != "wrap"}
        said = ", ".join(f"{k} {v:,}" if isinstance(v, int) else f"{k} {str(v)[:24]!r}" for k, v in given.items())
        with open(table, "a") as file:
            row = [f"`{name}`", said.replace("|", "\\|"), f"{size / 1e6:,.2f}", f"{ending.seconds:.1f}"]
            print("|", " | ".join([*row, f"{ending.child_mb:.0f}", ending.verdict]), "|", file=file)
