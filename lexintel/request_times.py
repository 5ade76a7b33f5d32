"""How long requests take in this process, by route and status; see metrics.py."""

from prometheus_client import CollectorRegistry, Histogram

REGISTRY = CollectorRegistry()
_SECONDS = Histogram(
    "lexintel_request_seconds",
    "Requests of this web process, by route (never by address), method and class of status.",
    ["route", "method", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def observe(route: str, method: str, status: int, seconds: float) -> None:
    """`route`: as the resolver has it, empty for an address that there is not."""
    _SECONDS.labels(route or "none", known(method), f"{status // 100}xx").observe(seconds)


def known(method: str | None) -> str:
    """A client may send anything as one."""
    return method if method in _METHODS else "other"
