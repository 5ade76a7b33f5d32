"""What an endpoint says: only whole, finite, ordered vectors come through."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.embedding import EmbeddingUnavailable
from extraction.embedding.answers import read_vectors


def answer(*rows: Any, indices: list[Any] | None = None) -> bytes:
    numbered = zip(indices or range(len(rows)), rows, strict=True)
    return json.dumps({"data": [{"index": i, "embedding": row} for i, row in numbered]}).encode()


def test_vectors_come_in_the_order_of_their_indices_at_length_one():
    vectors = read_vectors(answer([0, 2], [3, 4], indices=[1, 0]), 2)
    assert vectors.dtype == np.float32
    assert vectors.tolist() == pytest.approx(np.array([[0.6, 0.8], [0, 1]]))


def test_very_large_and_very_small_numbers_keep_their_direction():
    vectors = read_vectors(answer([3e300, 4e300], [3e-300, 4e-300]), 2)
    assert np.allclose(vectors, [[0.6, 0.8], [0.6, 0.8]])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>busy</html>",
        b"[]",
        b"null",
        b'{"error": {"message": "no"}}',
        b'{"data": null}',
        b'{"data": [null, null]}',
        b'{"data": {"0": [1, 2]}}',
        b"[" * 200_000,
        answer([1, 2]),
        answer([1, 2], [1, 2], [1, 2]),
        answer([1, 2], [1, 2], indices=[0, 0]),
        answer([1, 2], [1, 2], indices=[0, 2]),
        answer([1, 2], [1, 2], indices=[-1, 0]),
        answer([1, 2], [1, 2], indices=["0", "1"]),
        answer([1, 2], [1, 2], indices=[False, True]),
        answer([1, 2], [1, 2, 3]),
        answer([], []),
        answer([[1]], [[2]]),
        answer("12", "34"),
        answer([1, "2"], [1, 2]),
        answer([1, None], [1, 2]),
        answer([True, True], [True, True]),
        answer([1, float("nan")], [1, 2]),
        answer([1, float("inf")], [1, 2]),
        answer([1, 10**400], [1, 2]),
        answer([0, 0], [1, 2]),
        answer([1.0] * 20_000, [1.0] * 20_000),
    ],
)
def test_anything_else_is_refused(content):
    with pytest.raises(EmbeddingUnavailable) as caught:
        read_vectors(content, 2)
    assert caught.value.__cause__ is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["data", "index", "embedding", "x"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.builds(lambda value: json.dumps(value).encode(), JSON) | st.binary(max_size=50), st.integers(1, 3))
def test_no_answer_makes_anything_but_vectors_or_embedding_unavailable(content, count):
    try:
        vectors = read_vectors(content, count)
    except EmbeddingUnavailable:
        return
    assert vectors.shape[0] == count
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
