"""From a recogniser's scores, step by step along a line, to characters: greedy CTC decoding.

Each step votes for a character or for the blank; a run of steps with one vote is one character (Graves et al. 2006).
"""

from dataclasses import dataclass

import numpy as np

BLANK = 0


@dataclass(frozen=True)
class Letter:
    """A character, how sure the network is of it, and where its middle is along the line, in steps."""

    text: str
    confidence: float
    step: float


@dataclass(frozen=True)
class Decoded:
    """`best`: for each letter the step it is surest at, as a row of the probabilities it was decoded from."""

    letters: tuple[Letter, ...]
    best: np.ndarray

    @property
    def confidence(self) -> float:
        """Mean over the letters; 0 where there are none."""
        return sum(letter.confidence for letter in self.letters) / max(1, len(self.letters))


def probabilities(scores: np.ndarray) -> np.ndarray:
    """Softmax over the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def decode(chances: np.ndarray, alphabet: list[str]) -> Decoded:
    """Letters of one line from probabilities (steps, characters), whose column `BLANK` is the blank."""
    votes = chances.argmax(axis=1)
    starts = np.flatnonzero(np.diff(votes, prepend=-1))
    ends = np.append(starts[1:], len(votes))
    letters, best = [], []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        vote = votes[start]
        if vote == BLANK:
            continue
        top = start + int(chances[start:end, vote].argmax())
        letters.append(Letter(alphabet[vote], float(chances[top, vote]), (start + end) / 2))
        best.append(top)
    return Decoded(tuple(letters), np.array(best, dtype=int))
