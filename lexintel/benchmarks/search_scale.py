"""Completeness and speed of search in a database of many passages (made_up_passages.py)."""

import random
import threading
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import override_settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from cases.models import Case, Membership, Role
from documents.models import ChunkEmbedding
from extraction import vector_index, vector_models
from extraction.embedders import configured
from lexintel.benchmarks.made_up_passages import DIMENSIONS, WORDS_OF_ALL, word
from lexintel.benchmarks.percentiles import percentile
from search import query_vector
from search.api import SearchView
from search.lanes.semantic import QueryVector, approximate_hits, exact_hits, semantic
from search.query import parse
from search.retrieval import WINDOW, retrieve
from search.scope import Scope, scope_for

# Chunks of the cases whose completeness is looked at, as shares of all.
SHARES = (0.002, 0.01, 0.05, 0.3)
K = 20


def completeness(cases: list[Case], *, questions: int = 20) -> dict[str, Any]:
    """Rows and recall@10 of the meaning lane in each case, against every vector of it compared one by one."""
    rng, model, found = np.random.default_rng(3), configured().model, {}
    for case in cases:
        rows = ChunkEmbedding.objects.filter(case=case, model=model).values_list("chunk_id", "embedding")
        ids, vectors = zip(*rows, strict=True)
        matrix = np.asarray(vectors, dtype=np.float32)
        matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
        least, recalls = K, []
        for _ in range(questions):
            vector = rng.standard_normal(DIMENSIONS).astype(np.float32)
            hits = semantic(QueryVector(vector, model))(parse("anything"), Scope((case.pk,)), K)
            least = min(least, len(hits))
            exact = {ids[i] for i in np.argsort(-(matrix @ vector))[:10]}
            recalls.append(len(exact & {hit.chunk_id for hit in hits[:10]}) / min(10, len(ids)))
        found[str(len(ids))] = {"rows": least, "recall@10": round(float(np.mean(recalls)), 4)}
    return found


def across_cases(cases: list[Case], *, questions: int = 50) -> dict[str, float]:
    """Nearest vectors over all of the cases: by the approximate index, beside comparing every one."""
    model = vector_models.searched()
    assert model is not None
    started = perf_counter()
    vector_index.build(model)
    built = perf_counter() - started
    rng, scope = np.random.default_rng(5), Scope(tuple(case.pk for case in cases))
    spent: dict[str, list[float]] = {"exact": [], "index": []}
    found, least = 0, WINDOW
    stored = ChunkEmbedding.objects.filter(model=model.name).order_by("?").values_list("embedding", flat=True)
    for passage in stored[:questions]:
        # Something else about the topic of a passage.
        vector = np.asarray(passage, dtype=np.float32) + rng.uniform(-0.6, 0.6, DIMENSIONS).astype(np.float32)
        near = QueryVector(vector, model.name)
        lists = {}
        for name, hits in (("exact", exact_hits), ("index", approximate_hits)):
            started = perf_counter()
            lists[name] = hits(near, scope, WINDOW)
            spent[name].append(perf_counter() - started)
        found += len({h.chunk_id for h in lists["exact"][:10]} & {h.chunk_id for h in lists["index"][:10]})
        least = min(least, len(lists["index"]))
    return {
        "rows": least,
        "recall@10": round(found / questions / 10, 4),
        "index_p50_ms": round(median(spent["index"]) * 1000, 2),
        "exact_p50_ms": round(median(spent["exact"]) * 1000, 2),
        "index_built_s": round(built, 1),
    }


def speed(case: Case, *, repeats: int = 60) -> dict[str, float]:
    """A search in the case beside embedding its question, and one asked again beside an empty view."""
    embedder, dice = configured(), random.Random(1)
    embedder.embed(["warm"])

    def asked() -> str:
        return " ".join(word(dice.randrange(1, WORDS_OF_ALL)) for _ in range(6))

    def p50(call: Callable[[], object]) -> float:
        spent = []
        for _ in range(repeats):
            started = perf_counter()
            call()
            spent.append(perf_counter() - started)
        return median(spent) * 1000

    scope = Scope((case.pk,))
    embedding = p50(lambda: embedder.embed([asked()]))
    query_vector.forget()
    search = p50(lambda: retrieve(parse(asked()), scope, "hybrid"))
    person = User.objects.create(username="asks", is_superuser=False)
    Membership.objects.create(case=case, user=person, role=Role.VIEWER)
    again = asked()
    _view(SearchView, person, case, again)
    repeated = p50(lambda: _view(SearchView, person, case, again))
    empty = p50(lambda: _view(_EmptyView, person, case, again))
    return {
        "embedding_p50_ms": round(embedding, 2),
        "search_p50_ms": round(search, 2),
        "search_to_embedding": round(search / embedding, 3),
        "repeated_view_p50_ms": round(repeated, 2),
        "empty_view_p50_ms": round(empty, 2),
        "repeated_to_empty_view": round(repeated / empty, 3),
    }


class _EmptyView(APIView):
    """Looks whether the person may see the case, and says nothing."""

    def get(self, request: Request) -> Response:
        scope_for(request.user, request.query_params["case"])
        return Response({})


def _view(view: type[APIView], person: User, case: Case, question: str) -> None:
    """What a view of the API answers a member of the case."""
    request = APIRequestFactory().get("/api/v1/search/", {"q": question, "case": str(case.pk)})
    force_authenticate(request, person)
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        response = view.as_view()(request)
        response.render()
    if response.status_code != 200:
        raise RuntimeError(f"the search answered {response.status_code}")


def crowd(cases: list[Case], *, clients: int = 20, seconds: float = 15) -> dict[str, Any]:
    """So many at once, each searching in one of the cases: how long they wait, and what failed."""
    spent: list[float] = []
    errors: list[str] = []
    end = perf_counter() + seconds

    def ask(number: int) -> None:
        dice = random.Random(number)
        while perf_counter() < end:
            question = " ".join(word(dice.randrange(1, 400)) for _ in range(4))
            started = perf_counter()
            try:
                retrieve(parse(question), Scope((dice.choice(cases).pk,)), "hybrid")
                spent.append(perf_counter() - started)
            except Exception as error:
                errors.append(type(error).__name__)
        connection.close()

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    milliseconds = [seconds * 1000 for seconds in spent]
    return {
        "clients": clients,
        "searches": len(spent),
        "p50_ms": round(median(milliseconds), 1),
        "p95_ms": percentile(milliseconds, 0.95, 1),
        "errors": len(errors),
    }
