"""The SSE stream of a case, and of all cases: what comes, in which order, in which form."""

import asyncio

import pytest

from cases.models import Case, Membership, Role
from documents.models import Document
from extraction import event_log, live_stream
from extraction.progress import MAX_BYTES
from extraction.tests.watching import PATIENCE_S, bearer, change, cookie_of, data, in_thread, watching

pytestmark = pytest.mark.django_db(transaction=True)

ALL = "/api/v1/events/"


def events_of(case: Case) -> str:
    return f"/api/v1/cases/{case.pk}/events/"


async def test_a_stream_begins_with_a_snapshot_and_goes_on_with_what_is_committed(case, bob, put_in):
    document = await in_thread(put_in, case, b"one")
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        first = await stream.next("snapshot")
        assert data(first)["case"] == str(case.pk)
        assert data(first)["counts"]["queued"] == 1
        assert [d["doc"] for d in data(first)["documents"]] == [str(document.pk)]
        await in_thread(change, document, status="processing", page_count=4, pages_done=1)
        event = await stream.next("progress")
    told = data(event)
    at = told.pop("at")
    assert told == {
        "v": 1,
        "case": str(case.pk),
        "doc": str(document.pk),
        "status": "processing",
        "stage": "read",
        "page": 1,
        "pages": 4,
        "pct": 20,
    }
    assert abs(at - data(first)["at"]) < 60_000
    assert event.id and len(event.data) <= MAX_BYTES


async def test_the_answer_is_an_event_stream_that_nothing_may_store_or_hold_back(case, bob):
    async with watching(events_of(case), await in_thread(bearer, bob)) as stream:
        await stream.next("snapshot")
        assert stream.status == 200
        assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.headers["cache-control"] == "no-store"
        assert stream.headers["x-accel-buffering"] == "no"
        assert stream.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in stream.headers["content-security-policy"]
        name, milliseconds = stream.retry.split(b": ")
        assert name == b"retry" and 1000 <= int(milliseconds) <= 3000


async def test_what_is_rolled_back_is_never_told(case, bob, put_in):
    document = await in_thread(put_in, case, b"one")

    def change_and_regret() -> None:
        from django.db import transaction

        with pytest.raises(ZeroDivisionError), transaction.atomic():
            change(document, status="failed", error_code="corrupt")
            1 / 0

    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        await stream.next("snapshot")
        await in_thread(change_and_regret)
        await in_thread(change, document, status="processing")
        assert data(await stream.next("progress"))["status"] == "processing"


async def test_events_of_another_case_do_not_come(case, other_case, bob, put_in):
    ours, theirs = await in_thread(put_in, case, b"one"), await in_thread(put_in, other_case, b"two")
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        await stream.next("snapshot")
        await in_thread(change, theirs, status="processing")
        await in_thread(change, ours, status="processing")
        assert data(await stream.next("progress"))["doc"] == str(ours.pk)


async def test_the_stream_of_all_my_cases_has_one_snapshot_for_each_and_the_events_of_all(case, alice, put_in):
    def second_case() -> Case:
        made = Case.objects.create(name="Second", reference="2")
        Membership.objects.create(case=made, user=alice, role=Role.VIEWER)
        return made

    second = await in_thread(second_case)
    here, there = await in_thread(put_in, case, b"one"), await in_thread(put_in, second, b"two")
    async with watching(ALL, await in_thread(cookie_of, alice)) as stream:
        snapshots = [await stream.next("snapshot"), await stream.next("snapshot")]
        assert {data(s)["case"] for s in snapshots} == {str(case.pk), str(second.pk)}
        # Whoever has only the first of them is not to resume from there.
        assert [bool(s.id) for s in snapshots] == [False, True]
        await in_thread(change, there, status="processing")
        await in_thread(change, here, status="processing")
        told = [data(await stream.next("progress"))["doc"] for _ in range(2)]
    assert told == [str(there.pk), str(here.pk)]


async def test_the_stream_of_somebody_without_a_case_is_silent_until_they_get_one(case, charlie, put_in):
    document = await in_thread(put_in, case, b"one")
    async with watching(ALL, await in_thread(cookie_of, charlie)) as stream:
        await in_thread(change, document, status="processing")
        await stream.nothing_for(0.3)
        await in_thread(lambda: Membership.objects.create(case=case, user=charlie, role=Role.VIEWER))
        assert data(await stream.next("reset"))["reason"] == "cases"
        assert data(await stream.next("snapshot"))["case"] == str(case.pk)
        await in_thread(change, document, pages_done=1)
        assert data(await stream.next("progress"))["page"] == 1


async def test_a_deleted_document_is_told(case, alice, api, put_in):
    document = await in_thread(put_in, case, b"one")

    def delete() -> None:
        assert api(alice).delete(f"/api/v1/documents/{document.pk}/").status_code == 204

    async with watching(events_of(case), await in_thread(cookie_of, alice)) as stream:
        await stream.next("snapshot")
        await in_thread(delete)
        told = data(await stream.next("progress"))
    assert (told["doc"], told["status"]) == (str(document.pk), "deleted")


async def test_a_silent_stream_gives_a_sign_of_life(case, bob, monkeypatch):
    monkeypatch.setattr(live_stream, "HEARTBEAT_S", 0.1)
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        await stream.next("snapshot")
        with pytest.raises(TimeoutError):
            await stream.next(patience_s=0.5)
        assert 3 <= stream.heartbeats <= 5


async def test_only_get_is_understood(case, bob):
    async with watching(events_of(case), await in_thread(cookie_of, bob), method="POST") as stream:
        assert (stream.status, stream.headers["allow"]) == (405, "GET")
        assert stream.headers["content-type"] == "application/problem+json"
        assert b'"code": "method_not_allowed"' in await stream.rest()


async def test_more_streams_than_a_person_may_have_are_refused_and_a_closed_one_makes_room(case, alice, bob):
    headers = await in_thread(cookie_of, bob)
    open_ones = [watching(events_of(case), headers) for _ in range(live_stream.MAX_STREAMS_PER_PERSON)]
    streams = await asyncio.gather(*(s.__aenter__() for s in open_ones))
    assert {s.status for s in streams} == {200}
    async with watching(events_of(case), headers) as refused:
        assert (refused.status, refused.headers["retry-after"]) == (429, "5")
        assert b'"code": "too_many_streams"' in await refused.rest()
    async with watching(events_of(case), await in_thread(cookie_of, alice)) as somebody_else:
        assert somebody_else.status == 200
    await open_ones.pop().__aexit__(None, None, None)
    async with watching(events_of(case), headers) as again:
        assert again.status == 200
    await asyncio.gather(*(s.__aexit__(None, None, None) for s in open_ones))


async def test_streams_opened_in_the_same_moment_are_counted_too(case, bob):
    headers = await in_thread(cookie_of, bob)
    asked = [watching(events_of(case), headers) for _ in range(live_stream.MAX_STREAMS_PER_PERSON + 5)]
    streams = await asyncio.gather(*(s.__aenter__() for s in asked))
    assert sorted(s.status for s in streams) == [200] * live_stream.MAX_STREAMS_PER_PERSON + [429] * 5
    await asyncio.gather(*(s.__aexit__(None, None, None) for s in asked))


async def test_when_the_last_client_leaves_nothing_reads_redis_any_more(case, bob):
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        await stream.next("snapshot")
        shared = live_stream.live()
        assert shared.relay._reader is not None
    assert shared.relay._reader is None and not shared.relay.subscriptions
    assert shared.watch.streams_of(bob.pk) == 0


async def test_the_end_of_the_server_is_said_on_every_stream(case, bob, alice):
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as first:
        async with watching(ALL, await in_thread(cookie_of, alice)) as second:
            for stream in (first, second):
                await stream.next("snapshot")
            await live_stream.say_goodbye("shutdown")
            for stream in (first, second):
                assert data(await stream.next("bye"))["reason"] == "shutdown"
                await asyncio.wait_for(stream.rest(), PATIENCE_S)


async def test_documents_that_are_finished_are_counted_and_not_listed(case, bob, put_in):
    document = await in_thread(put_in, case, b"one")
    await in_thread(change, document, status="ready", stage="done")
    await in_thread(put_in, case, b"two")
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        snapshot = data(await stream.next("snapshot"))
    assert (snapshot["counts"]["ready"], snapshot["counts"]["documents"], snapshot["more"]) == (1, 2, 0)
    assert len(snapshot["documents"]) == 1 == await in_thread(Document.objects.filter(status="queued").count)


async def test_a_client_that_leaves_is_gone_even_if_its_cancellation_gets_lost(case, bob, monkeypatch):
    # What asyncio.wait_for does before Python 3.12 when it is done in the same moment.
    asked = asyncio.Event()
    position = event_log.position

    async def deaf(redis: object) -> event_log.Position:
        asked.set()
        try:
            await asyncio.sleep(PATIENCE_S)
        except asyncio.CancelledError:
            pass
        return await position(redis)

    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        await stream.next("snapshot")
        monkeypatch.setattr(event_log, "position", deaf)
        async with watching(events_of(case), await in_thread(cookie_of, bob)):
            await asyncio.wait_for(asked.wait(), PATIENCE_S)
            assert live_stream.live().watch.streams_of(bob.pk) == 2
        assert live_stream.live().watch.streams_of(bob.pk) == 1
