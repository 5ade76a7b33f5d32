"""Known-item search: eight words copied from the record, as they stand and with two typos, must lead back to it."""

import random
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from cases.models import Case
from documents.models import Chunk
from lexintel.benchmarks.percentiles import percentile
from search.language.tokens import QUOTES
from search.query import parse
from search.retrieval import retrieve
from search.scope import Scope

WORDS = 8
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def with_typos(text: str, dice: random.Random, count: int = 2) -> str:
    """The text with so many letters replaced, left out or doubled."""
    for _ in range(count):
        letters = [i for i, letter in enumerate(text) if letter.isalpha()]
        place = dice.choice(letters or range(len(text)))
        kind = dice.random()
        typed = dice.choice(LETTERS) if kind < 0.5 else "" if kind < 0.75 else text[place] * 2
        text = text[:place] + typed + text[place + 1 :]
    return text


def measure(case: Case, *, count: int = 200, seed: int = 5) -> dict[str, Any]:
    """Shares of fragments found first and among the first ten, and how long a search took."""
    dice = random.Random(seed)
    chunks = {pk: " ".join(body.split()) for pk, body in Chunk.objects.filter(case=case).values_list("pk", "body")}
    fragments = list(_fragments(list(chunks.values()), dice, count))
    scope = Scope((case.pk,))

    def look(change: Callable[[str], str]) -> dict[str, Any]:
        first = ten = 0
        seconds = []
        for fragment in fragments:
            started = perf_counter()
            ranked = retrieve(parse(change(fragment)), scope, "lexical").ranked[:10]
            seconds.append(perf_counter() - started)
            holds = [fragment in chunks[hit.chunk_id] for hit in ranked]
            first += bool(holds[:1] == [True])
            ten += any(holds)
        n = len(fragments)
        return {
            "first": round(first / n, 4),
            "in_ten": round(ten / n, 4),
            "p50_ms": round(median(seconds) * 1000, 1),
            "p95_ms": percentile([spent * 1000 for spent in seconds], 0.95, 1),
        }

    return {"verbatim": look(str), "two_typos": look(lambda text: with_typos(text, dice))}


def _fragments(bodies: list[str], dice: random.Random, count: int) -> Any:
    found = 0
    for _ in range(count * 50):
        words = dice.choice(bodies).split()
        if len(words) <= WORDS or found == count:
            continue
        start = dice.randrange(len(words) - WORDS)
        fragment = " ".join(words[start : start + WORDS])
        # In quotation marks it would be another question.
        if not any(mark in fragment for mark in QUOTES) and sum(map(str.isalpha, fragment)) >= WORDS:
            found += 1
            yield fragment
