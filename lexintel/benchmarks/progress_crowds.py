"""Event streams of a web process when there are very many, and when some never read what they are sent."""

import http.client
import resource
import socket
import threading
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from documents.models import Document
from extraction import event_log, progress
from lexintel.benchmarks.child import Child, child
from lexintel.benchmarks.load import at_rate, latencies, port_of, watching
from lexintel.benchmarks.percentiles import percentile
from lexintel.benchmarks.resident import resident_kb
from lexintel.benchmarks.watched_case import watched_case, watchers

CONNECTIONS, DEAF, EVENTS = 10_000, 50, 100_000
# Descriptors that a process needs besides its connections.
_OTHERS = 200
# Events that all of a crowd get, and how far apart: what one takes to reach them all is asked.
_ALONE, _APART_S = 10, 2.5
_DEAF_RATE = 2_000.0
_NORMAL_RATE, _NORMAL_S = 50.0, 8.0


def crowd(environment: dict[str, str], folder: Path, connections: int = CONNECTIONS) -> dict[str, Any]:
    """So many open streams: what each costs, when an event has reached all, and whether others are still served."""
    least = connections + _OTHERS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < least:
        raise CommandError(f"{connections} connections need {least} descriptors; this machine allows {hard}.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, least), hard))
    case, documents = watched_case(1, _ALONE, "bench-crowd")
    headers = watchers(case, connections, "crowd")
    sent = array("q", bytes(8 * _ALONE))
    path = f"/api/v1/cases/{case.pk}/events/"
    with child(["manage.py", "web", "--port", "0"], environment) as web:
        with watching(web, path, headers[:1], 0, folder):
            base = memory_mb(web)
        with watching(web, path, headers, _ALONE, folder, patience_s=300) as seen:
            opened = memory_mb(web)
            with _looking_in(web) as answers:
                for number in range(_ALONE):
                    sent[number] = time.monotonic_ns()
                    _publish(documents[0], number)
                    time.sleep(_APART_S)
        found = latencies(sent, folder)
    return {
        "connections": connections,
        "kb_each": round((opened - base) * 1024 / connections, 1),
        "event_reaches_all_ms": found["max_ms"],
        "lost": found["lost"],
        "healthz_p99_ms": percentile(answers, 0.99, 1),
        "ended": seen["ended"],
    }


def deaf(environment: dict[str, str], folder: Path, clients: int = DEAF, events: int = EVENTS) -> dict[str, Any]:
    """Clients that never read, while many events are sent: the web process's memory, and a normal client's delay."""
    case, documents = watched_case(500, events, "bench-deaf")
    headers = watchers(case, clients + 1, "deaf")
    path = f"/api/v1/cases/{case.pk}/events/"
    with child(["manage.py", "web", "--port", "0"], environment) as web:
        alone = _normal(web, path, headers[0], documents[0], folder)
        base = memory_mb(web)
        with _never_reading(web, path, headers[1:]):
            highest = [base]
            achieved, _ = at_rate(
                lambda n: _publish_and_look(documents[n % len(documents)], n, web, highest), _DEAF_RATE, events, web
            )
            beside = _normal(web, path, headers[0], documents[0], folder)
            highest.append(memory_mb(web))
    return {
        "deaf_clients": clients,
        "events": events,
        "events_per_s": achieved,
        "memory_mb": round(max(highest) - base, 1),
        "normal_p99_ms_alone": alone["p99_ms"],
        "normal_p99_ms_beside": beside["p99_ms"],
        "normal_p99_ratio": round(beside["p99_ms"] / alone["p99_ms"], 2),
    }


def memory_mb(process: Child) -> float:
    """The resident memory of a process and of the one it may stand for."""
    return sum(map(resident_kb, _family(process.process.pid))) / 1024


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(int(c) for c in children)]


def _normal(web: Child, path: str, header: str, document: Document, folder: Path) -> dict[str, Any]:
    number = int(_NORMAL_RATE * _NORMAL_S)
    sent = array("q", bytes(8 * number))

    def publish(n: int) -> None:
        sent[n] = time.monotonic_ns()
        _publish(document, n)

    with watching(web, path, [header], number, folder):
        at_rate(publish, _NORMAL_RATE, number, web)
    return latencies(sent, folder)


def _publish_and_look(document: Document, number: int, web: Child, highest: list[float]) -> None:
    _publish(document, number)
    if number % 5_000 == 0:
        highest.append(memory_mb(web))


def _publish(document: Document, page: int) -> None:
    """As a commit would, without the database: it is the way from here on that is measured."""
    at_us = time.time_ns() // 1000
    event = progress.event_of(document, at=at_us // 1000, page=page)
    event_log.append_event(document.case_id, document.pk, event.line(), at_us)


@contextmanager
def _never_reading(web: Child, path: str, headers: list[str]) -> Iterator[None]:
    connections = []
    for header in headers:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port_of(web)))
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n\r\n".encode())
        connections.append(connection)
    time.sleep(2)
    try:
        yield
    finally:
        for connection in connections:
            connection.close()


@contextmanager
def _looking_in(web: Child) -> Iterator[list[float]]:
    """Ask /healthz twenty times a second while the block runs; milliseconds of each answer."""
    answers: list[float] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            started = time.monotonic()
            connection = http.client.HTTPConnection("127.0.0.1", port_of(web), timeout=10)
            try:
                connection.request("GET", "/healthz")
                connection.getresponse().read()
            finally:
                connection.close()
            answers.append((time.monotonic() - started) * 1000)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield answers
    finally:
        done.set()
        thread.join()
