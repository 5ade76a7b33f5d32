"""Is this process alive, and does everything it needs answer?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import structlog
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from documents import storage
from extraction import code_age, worker_life
from extraction.ledger_figures import figures
from lexintel import alive, bus

log = structlog.get_logger("lexintel.health")


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """As `alive.healthz`, where no event loop of ours serves."""
    return HttpResponse(alive.BODY, content_type="application/json")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Each dependency: `ok`, or what is the matter. 503 if one that requests need does not answer.

    Workers and what waits for them are told, but not needed: without them uploads are kept and searches answered.
    """
    states = {name: _state(name, check) for name, check in NEEDED.items()}
    ready = all(s["status"] == "ok" for s in states.values())
    states["worker"] = _state("worker", _worker)
    body: dict[str, Any] = {"status": "ok" if ready else "unavailable", "dependencies": states}
    if states["database"]["status"] == "ok":
        body["work"] = _state("work", _work)
    return JsonResponse(body, status=200 if ready else 503)


def _state(name: str, check: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return {"status": "ok"} | check()
    except Exception as error:  # what a client library raises when its server is away is no short list
        log.warning("dependency_unavailable", dependency=name, error=type(error).__name__)
        return {"status": "unavailable"}


def _database() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {}


def _schema() -> dict[str, Any]:
    return {"status": code_age.schema()}


def _redis() -> dict[str, Any]:
    bus.client().ping()
    return {}


def _storage() -> dict[str, Any]:
    try:
        storage.require()
    except storage.StorageError as error:
        if error.code == "storage_full":
            return {"status": "full"}
        raise
    return {}


def _worker() -> dict[str, Any]:
    alive = worker_life.alive()
    return {"status": "ok" if alive else "absent", "alive": alive}


def _work() -> dict[str, Any]:
    found = figures()
    ages = {name: round(value, 1) if isinstance(value, float) else value for name, value in asdict(found).items()}
    return {"status": "stuck" if found.expired else "ok"} | ages


NEEDED: dict[str, Callable[[], dict[str, Any]]] = {
    "database": _database,
    "schema": _schema,
    "redis": _redis,
    "storage": _storage,
}
