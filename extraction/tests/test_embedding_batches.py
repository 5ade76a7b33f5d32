"""Batches: every text once, likes together, never beyond the budget but for a text that alone exceeds it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from extraction.embedding import bench
from extraction.embedding.batches import TOKEN_BUDGET, feed, plan
from extraction.tests.tiny_bert import write_model


@given(st.lists(st.integers(2, 256), max_size=200), st.integers(1, 2000))
def test_every_text_is_in_one_batch_within_the_budget(lengths, budget):
    batches = list(plan(lengths, budget))
    assert sorted(position for batch in batches for position in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or max(lengths[p] for p in batch) * len(batch) <= budget


@given(st.lists(st.integers(2, 256), min_size=1, max_size=200))
def test_no_batch_is_shorter_than_what_comes_after_it(lengths):
    flat = [lengths[position] for batch in plan(lengths) for position in batch]
    assert flat == sorted(lengths, reverse=True)


def test_little_of_256_chunks_of_usual_lengths_is_padding():
    lengths = np.random.default_rng(0).integers(20, 170, 256).tolist()
    padded = sum(max(lengths[p] for p in batch) * len(batch) for batch in plan(lengths))
    assert padded / sum(lengths) < 1.05
    assert TOKEN_BUDGET >= 2 * 256


def test_a_batch_is_padded_with_zeros_that_the_mask_hides():
    made = feed([[101, 7, 102], [101, 102]])
    assert made["input_ids"].tolist() == [[101, 7, 102], [101, 102, 0]]
    assert made["attention_mask"].tolist() == [[1, 1, 1], [1, 1, 0]]
    assert {array.dtype for array in made.values()} == {np.dtype(np.int64)}


def test_the_bare_session_is_measured_over_all_texts(tmp_path):
    texts = ["a lease", "rent " * 40, "the court"] * 10
    measured = bench.measure(texts, seconds=30, model=str(write_model(tmp_path / "tiny")))
    assert measured["chunks"] == len(texts) * bench.MAX_PASSES
    assert measured["raw_chunks_per_s"] > 0


def test_a_measurement_ends_when_its_time_is_over_and_without_texts_at_once(tmp_path):
    model = str(write_model(tmp_path / "tiny"))
    assert bench.measure(["a lease"] * 1000, seconds=0, model=model)["chunks"] <= TOKEN_BUDGET
    assert bench.measure([], seconds=30, model=model)["raw_chunks_per_s"] == 0
