"""Passages put in order by a reranker: an endpoint of the /v1/rerank shape. Off unless RERANK_BASE_URL is set.

    POST {base}/v1/rerank {model, query, documents, top_n} → {results: [{index, relevance_score}]}

as llama.cpp, vLLM, Jina and Cohere have it. Some servers answer with scores that mean nothing, so a reranker is used
only after it told an obvious pair apart; and what it says is hostile until it is one finite number for each passage.
"""

import json
import math
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field

from django.conf import settings

from extraction.embedding.base import EmbeddingUnavailable, Service, plain
from extraction.embedding.breaker import CircuitBreaker
from extraction.embedding.endpoint import TimeLimits, parse, post
from search.recent import Recent

SERVICE = Service("reranker", "RERANK")
# For everything together: looking the host up, the check, and the answer.
BUDGET_S = 2.0
MAX_CHARS = 4_000
# Answers are remembered: the next page of results must be in the same order, and asks for the same.
CACHE_SIZE = 100
CHECK_QUESTION = "On which day must the tenant pay the rent?"
CHECK_PASSAGES = (
    "The crane was painted yellow and stood beside the harbour wall.",
    "The tenant shall pay the rent on the first day of each month.",
)


class RerankerUnavailable(Exception):
    """No order now. The message tells the operator what to do; it holds no text, key or foreign answer."""


@dataclass(frozen=True)
class RerankOptions:
    """As the settings RERANK_… say."""

    base_url: str
    model: str
    api_key: str = field(repr=False)


class Reranker:
    """One endpoint; safe to use from several threads."""

    def __init__(self, options: RerankOptions, *, budget_s: float = BUDGET_S) -> None:
        """Raises RerankerUnavailable if address, model or key cannot be used."""
        if not (options.api_key.isascii() and (options.api_key + "x").isprintable()):
            raise RerankerUnavailable("RERANK_API_KEY holds characters that no key has. Copy it again.")
        try:
            self._endpoint = parse(options.base_url, "rerank", SERVICE)
        except EmbeddingUnavailable as error:
            raise RerankerUnavailable(str(error)) from None
        self._model, self._budget_s = options.model, budget_s
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if options.api_key:
            self._headers["Authorization"] = f"Bearer {options.api_key}"
        self._limits = TimeLimits(budget_s / 2, budget_s)
        self._breaker = CircuitBreaker()
        # A few at once: a search waits for its own answer and no longer than the budget.
        self._executor = ThreadPoolExecutor(max_workers=4, thread_name_prefix="reranker")
        self._known: Recent[tuple[str, ...], tuple[float, ...]] = Recent(CACHE_SIZE)
        self._checked = False

    def scores(self, question: str, passages: Sequence[str]) -> tuple[float, ...]:
        """One finite number for each passage, higher is better, within the budget. Raises RerankerUnavailable."""
        future: Future[tuple[float, ...]] = self._executor.submit(self._scores, question, tuple(passages))
        try:
            return future.result(timeout=self._budget_s)
        except FutureTimeout:
            future.cancel()
            raise RerankerUnavailable(f"The reranker did not answer within {self._budget_s:g} s.") from None

    def check(self) -> None:
        """Raises RerankerUnavailable if it cannot tell an obvious pair apart."""
        unrelated, right = self._ask(CHECK_QUESTION, CHECK_PASSAGES)
        if right <= unrelated:
            raise RerankerUnavailable(
                "The reranker puts a passage that does not answer an obvious question above the one that does; it is "
                "not used. Choose another model or server (RERANK_MODEL, RERANK_BASE_URL)."
            )

    def _scores(self, question: str, passages: tuple[str, ...]) -> tuple[float, ...]:
        key = (question, *passages)
        known = self._known.get(key)
        if known is not None:
            return known
        try:
            with self._breaker.watched():
                made = self._answer(question, passages)
        except EmbeddingUnavailable as error:
            raise RerankerUnavailable(str(error)) from None
        self._known.put(key, made)
        return made

    def _answer(self, question: str, passages: tuple[str, ...]) -> tuple[float, ...]:
        try:
            if not self._checked:
                self.check()
                self._checked = True
            return self._ask(question, passages)
        except RerankerUnavailable as error:
            # In the terms of the breaker, which then keeps everybody from asking for a while.
            raise EmbeddingUnavailable(str(error)) from None

    def _ask(self, question: str, passages: Sequence[str]) -> tuple[float, ...]:
        documents = [plain(text)[:MAX_CHARS] or " " for text in passages]
        asked = {"query": plain(question)[:MAX_CHARS], "documents": documents, "top_n": len(documents)}
        if self._model:
            asked["model"] = self._model
        try:
            content = post(self._endpoint, json.dumps(asked).encode(), self._headers, self._limits)
        except EmbeddingUnavailable as error:
            raise RerankerUnavailable(str(error)) from None
        return read_scores(content, len(documents))


def read_scores(content: bytes, count: int) -> tuple[float, ...]:
    """The scores in the order asked. Raises RerankerUnavailable unless each passage has exactly one finite number."""
    found: dict[int, float] = {}
    try:
        for item in json.loads(content)["results"]:
            index, score = item["index"], item["relevance_score"]
            if type(index) is not int or not 0 <= index < count or index in found or type(score) not in (int, float):
                raise ValueError("index or score")
            found[index] = float(score)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        found = {}
    if len(found) != count or not all(map(math.isfinite, found.values())):
        raise RerankerUnavailable("The reranker's answer is not one finite number for each passage.")
    return tuple(found[index] for index in range(count))


_made: dict[RerankOptions, Reranker] = {}
_lock = threading.Lock()


def configured() -> Reranker | None:
    """The configured reranker, None where there is none. Raises RerankerUnavailable."""
    if not settings.RERANK_BASE_URL:
        return None
    options = RerankOptions(settings.RERANK_BASE_URL, settings.RERANK_MODEL, settings.RERANK_API_KEY)
    with _lock:
        if options not in _made:
            _made[options] = Reranker(options)
        return _made[options]
