"""Whatever happens and whenever a client leaves and comes back: what it knows in the end is what is true."""

import asyncio
import json
import random
import uuid

import pytest
from django.db import transaction

from documents.models import Document
from extraction import ledger, progress
from extraction.intake import Incoming, take_in
from extraction.snapshot import take_snapshot
from extraction.tests.watching import change, cookie_of, data, in_thread, watching
from lexintel import bus, sse

pytestmark = pytest.mark.django_db(transaction=True)

FINISHED = {"ready", "partial", "failed", "deleted"}
# What a snapshot tells of a document.
SHOWN = {"doc", "status", "stage", "page", "pages", "pct", "code"}


class Mirror:
    """What a client knows: it does what docs/events.md tells clients to do, and notes what should never happen."""

    def __init__(self) -> None:
        self.documents: dict[str, dict] = {}
        self.last_id = ""
        self.ids: list[str] = []
        self.resets: list[str] = []

    def hear(self, frame: sse.Frame) -> None:
        told = data(frame)
        if frame.event == "reset":
            self.documents = {}
            self.resets.append(told["reason"])
        elif frame.event == "snapshot":
            kept = {doc: known for doc, known in self.documents.items() if known["case"] != told["case"]}
            self.documents = kept | {d["doc"]: d | {"case": told["case"]} for d in told["documents"]}
        else:
            known = self.documents.get(told["doc"], {})
            # Also right after a snapshot: what it has seen is not told again.
            assert told["at"] >= known.get("told_at", 0), "a document went back in time"
            page = known.get("page", 0)
            assert told.get("page", page) >= page or told["status"] == "queued", "a page was taken back"
            if told["status"] in FINISHED:
                self.documents.pop(told["doc"], None)
            else:
                self.documents[told["doc"]] = told | {"told_at": told["at"]}
            self.ids.append(frame.id)
        if frame.id:
            self.last_id = frame.id

    def shows(self) -> dict[str, dict]:
        return {doc: {k: v for k, v in d.items() if k in SHOWN} for doc, d in self.documents.items()}


def truth(case_id: uuid.UUID) -> dict[str, dict]:
    documents = take_snapshot([case_id]).cases[case_id]["documents"]
    return {d["doc"]: d for d in documents}


def something_happens(chance: random.Random, case) -> None:
    """One transaction of a kind that a case sees in its life."""
    ids = list(Document.objects.filter(case=case).order_by("pk").values_list("pk", flat=True))
    if len(ids) < 3 or chance.random() < 0.1:
        take_in(case, [chance.randbytes(8)], Incoming(name="letter.txt"))
        return
    document = Document.objects.get(pk=chance.choice(ids))
    match chance.choice(["page", "page", "page", "stage", "finish", "fail", "again", "delete"]):
        case "page":
            done = document.pages_done + chance.randint(0, 3)
            change(document, status="processing", page_count=max(40, done), pages_done=done)
        case "stage":
            change(document, status="processing", stage=chance.choice(["index", "embed"]))
        case "finish":
            change(document, status=chance.choice(["ready", "partial"]), stage="done")
        case "fail":
            change(document, status="failed", error_code="embedding_unavailable")
        case "again":
            change(document, status="queued", stage="read", pages_done=0, error_code="")
        case "delete":
            with transaction.atomic():
                locked = Document.objects.select_for_update().get(pk=document.pk)
                ledger.cancel_live(locked)
                progress.announce_gone(locked)
                locked.delete()


def history(seed: int, case, steps: int) -> None:
    chance = random.Random(seed)
    for _ in range(steps):
        something_happens(chance, case)


async def watch_until_over(chance: random.Random, mirror: Mirror, case, headers, over: asyncio.Event, *, by_id: bool):
    """Connect, listen to a few events, leave in the middle, and come again; until it is over and all is heard."""
    path = f"/api/v1/cases/{case.pk}/events/"
    while not over.is_set():
        resume = {"Last-Event-ID": mirror.last_id} if by_id and mirror.last_id else {}
        async with watching(path, headers | resume) as stream:
            for _ in range(chance.randint(0, 12)):
                try:
                    mirror.hear(await stream.next(patience_s=0.5))
                except TimeoutError:
                    break
    async with watching(path, headers | ({"Last-Event-ID": mirror.last_id} if by_id else {})) as stream:
        while True:
            try:
                mirror.hear(await stream.next(patience_s=0.4))
            except TimeoutError:
                return


@pytest.mark.parametrize("seed", range(2))
async def test_who_resumes_by_id_hears_every_event_once_and_in_order(seed, case, bob):
    headers = await in_thread(cookie_of, bob)
    await in_thread(history, seed, case, 10)
    mirror, over = Mirror(), asyncio.Event()
    async with watching(f"/api/v1/cases/{case.pk}/events/", headers) as stream:
        mirror.hear(await stream.next("snapshot"))
    first = mirror.last_id
    watching_it = asyncio.create_task(watch_until_over(random.Random(seed), mirror, case, headers, over, by_id=True))
    await in_thread(history, seed + 100, case, 150)
    over.set()
    await watching_it
    stream = bus.case_stream(case.pk)
    everything = [id for id, _ in await in_thread(bus.client().xrange, stream, f"({first}", "+")]
    assert len(everything) == 150
    assert mirror.resets == []
    assert mirror.ids == everything
    assert mirror.shows() == await in_thread(truth, case.pk)


@pytest.mark.parametrize("seed", range(2))
async def test_a_snapshot_and_what_follows_it_always_make_the_next_snapshot(seed, case, bob):
    headers = await in_thread(cookie_of, bob)
    mirror, over = Mirror(), asyncio.Event()
    watching_it = asyncio.create_task(watch_until_over(random.Random(seed), mirror, case, headers, over, by_id=False))
    await in_thread(history, seed, case, 120)
    over.set()
    await watching_it
    assert mirror.shows() == await in_thread(truth, case.pk)


async def test_twenty_lost_connections_during_three_hundred_events_leave_no_gap_and_no_step_back(case, bob, put_in):
    headers = await in_thread(cookie_of, bob)
    documents = [await in_thread(put_in, case, b"%d" % n) for n in range(5)]
    path, chance, heard, last = f"/api/v1/cases/{case.pk}/events/", random.Random(20), [], ""

    def write() -> None:
        for page in range(1, 61):
            for document in documents:
                change(document, status="processing", page_count=60, pages_done=page)

    writing = asyncio.create_task(in_thread(write))
    for connection in range(21):
        async with watching(path, headers | ({"Last-Event-ID": last} if last else {})) as stream:
            if not last:
                snapshot = await stream.next("snapshot")
                known = {d["doc"]: d["page"] for d in data(snapshot)["documents"]}
                last = snapshot.id
            for _ in range(chance.randint(3, 20)) if connection < 20 else iter(int, 1):
                frame = await stream.next("progress")
                heard.append(json.loads(frame.data))
                last = frame.id
                if sum(e["page"] == 60 for e in heard) == len(documents):
                    break
    await writing
    for document in documents:
        pages = [e["page"] for e in heard if e["doc"] == str(document.pk)]
        assert pages == list(range(known[str(document.pk)] + 1, 61))
