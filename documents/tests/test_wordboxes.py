"""Words and where they are, packed."""

import struct
import zlib

import numpy as np
import pytest

from documents.wordboxes import MAX_WORDS, SCALE, VERSION, Word, pack, unpack, unpack_array


def test_words_come_back_within_a_twentieth_of_a_point_and_never_smaller():
    rng = np.random.default_rng(7)
    starts = np.cumsum(rng.integers(1, 9, 500))
    x0, y0 = rng.uniform(-10, 600, 500), rng.uniform(-10, 800, 500)
    words = np.column_stack([starts, starts + 5, x0, y0, x0 + rng.uniform(0, 60, 500), y0 + rng.uniform(0, 12, 500)])
    back = unpack_array(pack(words))
    assert (back[:, :2] == words[:, :2]).all()
    assert np.abs(back[:, 2:] - words[:, 2:]).max() <= 1 / SCALE + 1e-9
    assert (back[:, 2:4] <= words[:, 2:4] + 1e-9).all()
    assert (back[:, 4:] >= words[:, 4:] - 1e-9).all()


def test_a_word_has_names():
    assert unpack(pack([[3, 8, 72, 72, 100, 84]])) == [Word(3, 8, 72.0, 72.0, 100.0, 84.0)]


@pytest.mark.parametrize("none", [[], np.zeros((0, 6)), ()])
def test_no_words_are_no_bytes(none):
    assert pack(none) == b""
    assert unpack(b"") == []
    assert unpack_array(b"").shape == (0, 6)


def test_the_farthest_corners_that_are_taken_come_back(limit=5e7):
    words = [[0, 1, -limit, limit, limit, limit], [1, 2, limit, -limit, limit, limit], [2, 3, -limit, -limit, 0, 0]]
    assert (unpack_array(pack(words)) == np.array(words)).all()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 6e7, 1e300])
def test_what_is_no_place_on_a_page_is_refused(value):
    for column in range(6):
        row = [0.0, 1.0, 0.0, 0.0, 1.0, 1.0]
        row[column] = value
        with pytest.raises(ValueError, match="out of bounds"):
            pack([row])


def test_too_many_words_are_refused():
    with pytest.raises(ValueError, match="out of bounds"):
        pack(np.zeros((MAX_WORDS + 1, 6)))


GOOD = pack([[0, 4, 1, 1, 2, 2], [5, 9, 3, 1, 4, 2]])
HEAD = struct.Struct("<BI")


@pytest.mark.parametrize(
    "data",
    [
        b"\x01",
        b"nonsense that is long enough",
        GOOD[:-3],
        HEAD.pack(VERSION + 1, 2) + GOOD[HEAD.size :],
        HEAD.pack(VERSION, 0) + GOOD[HEAD.size :],
        HEAD.pack(VERSION, 1) + GOOD[HEAD.size :],
        HEAD.pack(VERSION, 3) + GOOD[HEAD.size :],
        HEAD.pack(VERSION, MAX_WORDS + 1) + zlib.compress(bytes((MAX_WORDS + 1) * 24)),
        HEAD.pack(VERSION, 2**32 - 1) + GOOD[HEAD.size :],
        HEAD.pack(VERSION, 1) + zlib.compress(bytes(100_000_000)),
    ],
)
def test_bytes_that_were_not_packed_here_are_refused_without_being_blown_up(data):
    with pytest.raises(ValueError, match="not packed words"):
        unpack_array(data)


def test_a_page_of_a_filing_takes_a_few_kilobytes():
    rng = np.random.default_rng(1)
    rows, at = [], 0
    for line in range(40):
        x = 72.0
        for _ in range(10):
            length = int(rng.integers(2, 9))
            rows.append([at, at + length, x, 72 + 16 * line, x + 6 * length, 84 + 16 * line])
            at, x = at + length + 1, x + 6 * length + 4
    assert len(pack(rows)) < 4000
