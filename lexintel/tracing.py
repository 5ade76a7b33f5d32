"""How long requests and jobs took, told to a collector of OpenTelemetry that the administrator names; off unless
OTEL_EXPORTER_OTLP_ENDPOINT is set.

A span has a name, times, ids, counts and codes, as log lines do: no address, no question, no name of a person or a
file. All that one request led to, its jobs in other processes too, is one trace: its number is made of the request's
id, so that nothing has to be handed on.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import time
from contextvars import ContextVar
from typing import Any

from django.conf import settings

SEND_S = 5

_request: ContextVar[str] = ContextVar("request", default="")


def told(name: str, seconds: float, request_id: str, *, failed: bool = False, **said: str | int) -> None:
    """A span that has just ended. `said`: what else, by OpenTelemetry's names with `__` for a dot."""
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        return
    attributes = {key.replace("__", "."): value for key, value in said.items()}
    # Whatever is wrong with it, a request or a job must not fail for it.
    with contextlib.suppress(Exception):
        _tell(name, seconds, request_id, failed, attributes)


def _tell(name: str, seconds: float, request_id: str, failed: bool, attributes: dict[str, str | int]) -> None:
    from opentelemetry.trace import Status, StatusCode

    ended = time.time_ns()
    # Each process tells by itself: a thread that sends does not survive a fork.
    tracer = _tracer(settings.OTEL_EXPORTER_OTLP_ENDPOINT, os.getpid())
    before = _request.set(request_id)
    try:
        if request_id:
            attributes["lexintel.request_id"] = request_id
        span = tracer.start_span(name, start_time=ended - int(seconds * 1e9), attributes=attributes)
    finally:
        _request.reset(before)
    if failed:
        span.set_status(Status(StatusCode.ERROR))
    span.end(end_time=ended)


def trace_of(request_id: str) -> int:
    """The number of the trace, 128 bits, that a request and its jobs belong to."""
    return int.from_bytes(hashlib.sha256(request_id.encode()).digest()[:16])


@functools.lru_cache(maxsize=1)
def _tracer(endpoint: str, process: int) -> Any:
    # Only where it is chosen.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class OfRequests(RandomIdGenerator):
        def generate_trace_id(self) -> int:
            request_id = _request.get()
            return trace_of(request_id) if request_id else super().generate_trace_id()

    # A resource of our own: the usual one tells the machine's name and the command.
    resource = Resource({"service.name": "lexintel"})
    # A worker that is told to end does not wait for a collector.
    provider = TracerProvider(resource=resource, id_generator=OfRequests(), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=SEND_S)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider.get_tracer("lexintel")
