"""What an event and a snapshot cost: bytes, time, and how many a process can publish."""

import json
import time
from statistics import median
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.test.utils import override_settings

from cases.models import Membership, Role
from extraction import event_log, progress
from extraction.snapshot import take_snapshot
from lexintel import bus
from lexintel.benchmarks.watched_case import watched_case

EVENTS, DOCUMENTS, LOOKS = 20_000, 10_000, 20


def run(documents: int = DOCUMENTS) -> dict[str, Any]:
    """Of a case with so many documents that are being read."""
    case, made = watched_case(documents, 12, "bench-costs")
    lines = []
    started = time.monotonic()
    for number in range(EVENTS):
        document = made[number % len(made)]
        event = progress.event_of(document, at=time.time_ns() // 1_000_000, page=number % 12)
        lines.append(event.line())
        event_log.append_event(case.pk, document.pk, lines[-1], time.time_ns() // 1000)
    per_second = EVENTS / (time.monotonic() - started)
    stream: Any = bus.client()
    key = bus.case_stream(case.pk)
    bytes_each = int(stream.memory_usage(key, samples=0)) / int(stream.xlen(key))
    snapshot_ms = _p50(lambda: take_snapshot([case.pk]))
    said = json.dumps(take_snapshot([case.pk]).cases[case.pk], separators=(",", ":"))
    return {
        "published_per_s": round(per_second),
        "event_bytes_max": max(map(len, lines)),
        "redis_bytes_each": round(bytes_each),
        "documents": documents,
        "snapshot_bytes": len(said),
        "snapshot_p50_ms": snapshot_ms,
        "case_page_p50_ms": _case_page(case),
    }


def _case_page(case: Any) -> float:
    person = User.objects.create(username="reader")
    Membership.objects.create(case=case, user=person, role=Role.VIEWER)
    client = Client()
    client.force_login(person)
    # Static files by their own names: nobody has collected them here.
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    hosts = ["testserver", *settings.ALLOWED_HOSTS]
    with override_settings(ALLOWED_HOSTS=hosts, STORAGES=settings.STORAGES | plain):
        return _p50(lambda: client.get(f"/cases/{case.pk}/"))


def _p50(do: Any) -> float:
    spent = []
    for _ in range(LOOKS):
        started = time.monotonic()
        do()
        spent.append((time.monotonic() - started) * 1000)
    return round(median(spent), 1)
