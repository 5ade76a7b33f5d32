"""Small files of every format, cut and changed in hundreds of ways, through confined children: each ends with a code.

test_readers_robust.py does the same within the process; here a crash in C, an endless loop and a hunger for memory are
survived as well.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from extraction.confinement.limits import Limits
from extraction.readers import READERS
from extraction.tests import pdf_making
from extraction.tests.killers.ordeal import Ordeal
from extraction.tests.test_killers import fitting
from extraction.tests.test_readers_robust import SAMPLES

PDF = pdf_making.made(
    lambda canvas: canvas.drawString(72, 700, "The record speaks."),
    lambda canvas: canvas.grid([72, 144, 216], [600, 620, 640]),
)
FILES = {"application/pdf": PDF} | SAMPLES
COPIES = 18
LIMITS = Limits(soft_s=5, hard_s=8, page_s=4)
SLACK_S = 15


@pytest.fixture(scope="module")
def worker() -> Iterator[Ordeal]:
    made = Ordeal()
    yield made
    made.close()


def changed(data: bytes, chance: random.Random) -> bytes:
    """A copy with bytes flipped, runs overwritten, a stretch twice or gone, or its end cut off."""
    made = bytearray(data)
    way = chance.choice(("flip", "flip", "overwrite", "cut", "twice", "gone"))
    at = chance.randrange(len(made))
    length = chance.choice((1, 4, 30, 400))
    if way == "flip":
        for _ in range(chance.choice((1, 2, 8, 40))):
            made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
    elif way == "overwrite":
        made[at : at + length] = bytes([chance.choice((0, 0xFF, 0x41))]) * len(made[at : at + length])
    elif way == "cut":
        del made[at:]
    elif way == "twice":
        made[at:at] = made[at : at + length]
    else:
        del made[at : at + length]
    return bytes(made)


def test_there_are_more_than_five_hundred_copies_and_every_reader_has_some():
    assert len(FILES) * COPIES > 500
    assert {READERS[kind] for kind in FILES} == set(READERS.values())


@pytest.mark.parametrize("media_type", sorted(FILES))
def test_changed_copies_end_in_time_with_a_code_and_leave_the_worker_alive(worker, media_type, tmp_path):
    chance, process = random.Random(media_type), worker.process.pid
    path: Path = tmp_path / "file"
    for _ in range(COPIES):
        path.write_bytes(changed(FILES[media_type], chance))
        ending = worker.read(path, media_type, LIMITS)
        assert fitting(ending.verdict), ending.verdict
        assert ending.seconds < LIMITS.hard_s + SLACK_S
    path.write_bytes(FILES[media_type])
    worker.read(path, media_type, LIMITS)
    assert worker.process.poll() is None
    assert worker.process.pid == process
