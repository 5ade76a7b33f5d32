"""Clients that lose their connection again and again: in the end each must know what the database says."""

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from documents.models import Document, Status
from extraction import event_log, progress
from extraction.snapshot import take_snapshot
from lexintel import sse
from lexintel.benchmarks.child import child
from lexintel.benchmarks.load import at_rate, port_of
from lexintel.benchmarks.watched_case import watched_case, watchers

CLIENTS, DISCONNECTS, EVENTS, RATE = 20, 1_000, 20_000, 400.0
_DOCUMENTS = 200
# After the last event every client has heard it within this, or has not.
_SETTLE_S = 10.0


@dataclass
class Client:
    """One that follows a case: its picture of it, and what went wrong on the way."""

    port: int
    path: str
    header: tuple[str, str]
    connects: int
    dice: random.Random
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    last_id: str = ""
    last_order: tuple[int, int] = (0, 0)
    dropped: int = 0
    resets: int = 0
    out_of_order: int = 0
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Listen, leave at a random moment, come back; stay at the end until `done`."""
        while not self.done.is_set():
            self._listen(self.dice.uniform(0.05, 2.0) if self.dropped < self.connects else None)
            self.dropped += 1

    def _listen(self, seconds: float | None) -> None:
        opened = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        resume = {"Last-Event-ID": self.last_id} if self.last_id else {}
        opened.request("GET", self.path, headers=dict([self.header]) | resume)
        deadline = None if seconds is None else time.monotonic() + seconds
        try:
            answer = opened.getresponse()
            lines: list[str] = []
            while not self.done.is_set() and (deadline is None or time.monotonic() < deadline):
                line = answer.readline().decode().rstrip("\n")
                lines.append(line)
                if not line:
                    for frame in sse.decode(lines):
                        self._hear(frame)
                    lines = []
        except (OSError, http.client.HTTPException):
            pass
        finally:
            opened.close()

    def _hear(self, frame: sse.Frame) -> None:
        told = json.loads(frame.data)
        if frame.event == "snapshot":
            self.documents = {d["doc"]: d for d in told["documents"]}
        elif frame.event == "progress":
            self._hear_progress(told, frame.id)
        elif frame.event == "reset":
            self.documents, self.last_id = {}, ""
            self.resets += 1
        if frame.id:
            self.last_id = frame.id

    def _hear_progress(self, told: dict[str, Any], id: str) -> None:
        order = event_log.order(id)
        self.out_of_order += order <= self.last_order
        self.last_order = order
        if told["status"] in (Status.READY, Status.PARTIAL, Status.FAILED, "deleted"):
            self.documents.pop(told["doc"], None)
        else:
            self.documents[told["doc"]] = told

    def knows(self) -> dict[str, int]:
        """The page of each document that is being read."""
        return {doc: int(told["page"]) for doc, told in self.documents.items()}


def run(environment: dict[str, str], clients: int = CLIENTS, events: int = EVENTS) -> dict[str, Any]:
    """How many clients ended with what the database says, after so many disconnects between them."""
    case, documents = watched_case(_DOCUMENTS, events, "bench-disconnects")
    headers = [tuple(header.split(": ", 1)) for header in watchers(case, clients, "leaver")]

    def write(number: int) -> None:
        document = documents[number % len(documents)]
        with transaction.atomic():
            Document.objects.filter(pk=document.pk).update(pages_done=number)
            document.pages_done = number
            progress.announce(document)

    with child(["manage.py", "web", "--port", "0"], environment) as web:
        path = f"/api/v1/cases/{case.pk}/events/"
        everyone = [
            Client(port_of(web), path, (name, value), DISCONNECTS // clients, random.Random(n))
            for n, (name, value) in enumerate(headers)
        ]
        threads = [threading.Thread(target=client.run) for client in everyone]
        for thread in threads:
            thread.start()
        achieved, _ = at_rate(write, RATE, events, web, writers=2)
        truth = {d["doc"]: int(d["page"]) for d in take_snapshot([case.pk]).cases[case.pk]["documents"]}
        deadline = time.monotonic() + _SETTLE_S
        while time.monotonic() < deadline and any(client.knows() != truth for client in everyone):
            time.sleep(0.1)
        right = sum(client.knows() == truth for client in everyone)
        for client in everyone:
            client.done.set()
        # They wait for the next line: let there be one.
        write(events)
        for thread in threads:
            thread.join(25)
    connection.close()
    return {
        "clients": clients,
        "events": events,
        "events_per_s": achieved,
        "disconnects": sum(client.dropped for client in everyone),
        "clients_right_at_the_end": right,
        "out_of_order": sum(client.out_of_order for client in everyone),
        "resets": sum(client.resets for client in everyone),
    }
