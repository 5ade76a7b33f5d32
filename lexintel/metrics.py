"""/metrics: what an operator watches, for Prometheus. Numbers only: no name, no id of a case, document or person.

What is the same for all web processes (the ledger, what workers did) each of them tells; `max by` or any one will do.
Requests, streams and the pool are this process's own.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from documents import storage
from documents.models import Status
from extraction import counters, reconcile, worker_life
from extraction.ledger_figures import figures_by_stage
from extraction.live_stream import open_streams
from lexintel import bus, sql
from lexintel.request_times import REGISTRY

log = structlog.get_logger("lexintel.metrics")

# However many scrapers there are, others are asked this often.
KEEP_S = 5.0
_BY_STATUS = "SELECT status, error_code, count(*) FROM documents_document GROUP BY 1, 2"


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever has the token; without one configured, for whoever asks from this machine and through no proxy."""
    if not _may(request):
        raise Http404
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def _may(request: HttpRequest) -> bool:
    wanted = settings.LEXINTEL_METRICS_TOKEN
    if wanted:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), wanted.encode())
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP")):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lexintel_{name}", meaning, value=value)


def _ledger() -> Iterator[Metric]:
    jobs = GaugeMetricFamily("lexintel_jobs", "Jobs by stage and state.", labels=["stage", "state"])
    ages = {
        "oldest_queued_s": GaugeMetricFamily(
            "lexintel_queue_oldest_seconds", "Since the job that waits longest has been due.", labels=["stage"]
        ),
        "oldest_running_s": GaugeMetricFamily(
            "lexintel_running_oldest_seconds", "Since the oldest running attempt began.", labels=["stage"]
        ),
        "oldest_lease_s": GaugeMetricFamily(
            "lexintel_lease_oldest_seconds", "Since the lease that was renewed longest ago.", labels=["stage"]
        ),
    }
    for stage, found in figures_by_stage().items():
        for state in ("queued", "running", "retrying", "quarantined", "expired"):
            jobs.add_metric([stage, state], getattr(found, state))
        for name, family in ages.items():
            family.add_metric([stage], getattr(found, name))
    yield jobs
    yield from ages.values()


def _documents() -> Iterator[Metric]:
    documents = GaugeMetricFamily("lexintel_documents", "Documents by status.", labels=["status"])
    failed = GaugeMetricFamily("lexintel_documents_failed", "Failed documents by error code.", labels=["code"])
    by_status = dict.fromkeys(map(str, Status.values), 0)
    by_code: dict[str, int] = {}
    for status, code, number in sql.rows(_BY_STATUS, []):
        by_status[status] += number
        if status == Status.FAILED:
            by_code[code] = by_code.get(code, 0) + number
    for status, number in by_status.items():
        documents.add_metric([status], number)
    for code, number in by_code.items():
        failed.add_metric([code], number)
    yield documents
    yield failed


def _pool() -> Iterator[Metric]:
    pool = getattr(connection, "pool", None)
    stats = pool.get_stats() if pool else {}
    yield gauge("pool_connections", "Database connections that this process has open.", stats.get("pool_size", 0))
    yield gauge("pool_available", "Of these, those that nobody uses.", stats.get("pool_available", 0))
    yield gauge("pool_waiting", "Requests that wait for a connection.", stats.get("requests_waiting", 0))
    waits = stats.get("requests_wait_ms", 0) / 1000
    yield CounterMetricFamily("lexintel_pool_wait_seconds", "Time spent waiting for a connection.", value=waits)


def _workers() -> Iterator[Metric]:
    yield gauge("workers_alive", "Worker processes that have said so lately.", worker_life.alive())
    yield gauge("reconciled_seconds_ago", "Since somebody last looked for lost work.", reconcile.seconds_ago())
    done = counters.counted()
    labels = {counters.PAGES: "reader", counters.PAGE_SECONDS: "reader"}
    meanings = {
        counters.PAGES: "Pages read, by reader.",
        counters.PAGE_SECONDS: "Seconds spent reading them, by reader.",
        counters.CHUNKS: "Passages that got a vector.",
    }
    for name, meaning in meanings.items():
        family = CounterMetricFamily(f"lexintel_{name}", meaning, labels=[labels[name]] if name in labels else [])
        for label, number in done[name].items():
            family.add_metric([label] if name in labels else [], number)
        yield family
    ended = CounterMetricFamily("lexintel_jobs_ended", "Jobs by stage and outcome.", labels=["stage", "outcome"])
    for label, number in done[counters.JOBS].items():
        ended.add_metric(label.split(" ", 1), number)
    yield ended
    published = bus.client().hget(bus.event_clock(), "published")
    yield CounterMetricFamily("lexintel_events_published", "Progress events.", value=float(str(published or 0)))


def _storage() -> Iterator[Metric]:
    incoming = storage.place().incoming
    incoming.mkdir(parents=True, exist_ok=True)
    free = os.statvfs(incoming)
    yield gauge("storage_free_bytes", "Where originals come in on this machine.", free.f_bavail * free.f_frsize)


def _streams() -> Iterator[Metric]:
    yield gauge("streams_open", "Event streams that this process serves.", open_streams())


SOURCES: dict[str, Callable[[], Iterator[Metric]]] = {
    "ledger": _ledger,
    "documents": _documents,
    "pool": _pool,
    "workers": _workers,
    "storage": _storage,
    "streams": _streams,
}


class _Figures(Collector):
    """Asks each source, but not more often than every KEEP_S; one that is away leaves its own metrics out."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[float, list[Metric]]] = {}

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("lexintel_up", "Whether what is named answered.", labels=["of"])
        for name, source in SOURCES.items():
            found = self._ask(name, source)
            up.add_metric([name], 0 if found is None else 1)
            yield from found or ()
        yield up

    def _ask(self, name: str, source: Callable[[], Iterator[Metric]]) -> list[Metric] | None:
        at, found = self.kept.get(name, (0.0, []))
        if found and time.monotonic() - at < KEEP_S:
            return found
        try:
            found = list(source())
        except Exception as error:  # what a client library raises when its server is away is no short list
            log.warning("source_unavailable", source=name, error=type(error).__name__)
            self.kept.pop(name, None)
            return None
        self.kept[name] = time.monotonic(), found
        return found


FIGURES = _Figures()
REGISTRY.register(FIGURES)
