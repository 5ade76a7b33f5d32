"""Which texts go through the model together: of like length, so that little is padding."""

from collections.abc import Iterator, Sequence

import numpy as np

# What one batch works on stays in a core's cache: 512 was measured 5–15 % faster than 2,048.
TOKEN_BUDGET = 512


def plan(lengths: Sequence[int], budget: int = TOKEN_BUDGET) -> Iterator[list[int]]:
    """Positions in `lengths` in batches, longest first: longest × count is within the budget, or the count is 1."""
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batch and lengths[batch[0]] * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def feed(pieces: Sequence[Sequence[int]]) -> dict[str, np.ndarray]:
    """The model's input for a batch, padded with 0 to its longest: int64 (batch, length) each."""
    ids = np.zeros((len(pieces), max(len(row) for row in pieces)), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, values in enumerate(pieces):
        ids[row, : len(values)], mask[row, : len(values)] = values, 1
    return {"input_ids": ids, "attention_mask": mask}
