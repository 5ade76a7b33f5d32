"""Redis emptied, restarted and away, under open streams: they stay open, and end up true."""

import asyncio
import os
import signal
import time

import pytest

from documents.models import Document
from extraction import event_log, progress, publisher
from extraction.tests.watching import change, cookie_of, data, in_thread, watching
from lexintel import bus
from lexintel.embedded.services import Services

pytestmark = pytest.mark.django_db(transaction=True)

RESET_WITHIN_S = 5.0


class OwnRedis:
    """A Valkey of the test's own, to be ended and started again."""

    def __init__(self, folder) -> None:
        self.services = Services(folder, postgres=False)
        self.url = self.services.start().redis_url

    def kill(self) -> None:
        """As when its machine loses power."""
        pid = self.services.pids["valkey"]
        os.kill(pid, signal.SIGKILL)
        while "valkey" not in self.services.poll():
            time.sleep(0.01)

    def start(self) -> None:
        self.services.restart("valkey")


@pytest.fixture
def own_redis(tmp_path, settings):
    redis = OwnRedis(tmp_path / "data")
    settings.REDIS_URL = redis.url
    yield redis
    redis.services.stop()


@pytest.fixture
def impatient(monkeypatch):
    """Publishers try again soon."""
    monkeypatch.setattr(publisher, "PAUSE_S", 0.2)
    monkeypatch.setattr(progress, "publisher", publisher.Publisher())


def events_of(case) -> str:
    return f"/api/v1/cases/{case.pk}/events/"


async def test_an_emptied_redis_is_noticed_and_the_client_gets_a_new_snapshot(own_redis, case, bob, put_in):
    document = await in_thread(put_in, case, b"one")
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        old = await stream.next("snapshot")
        # Told to nobody: it is gone before the relay could have read it.
        await in_thread(lambda: Document.objects.filter(pk=document.pk).update(pages_done=3, page_count=4))
        await in_thread(lambda: bus.client().flushall())
        started = time.monotonic()
        assert data(await stream.next("reset", patience_s=RESET_WITHIN_S))["reason"] == "reconnected"
        snapshot = await stream.next("snapshot")
        assert time.monotonic() - started < RESET_WITHIN_S
        assert data(snapshot)["documents"][0]["page"] == 3
        await in_thread(change, document, pages_done=4)
        event = await stream.next("progress")
        assert data(event)["page"] == 4
        assert event_log.order(old.id) < event_log.order(snapshot.id) < event_log.order(event.id)


async def test_a_restarted_redis_is_found_again_and_the_client_gets_a_new_snapshot(
    own_redis, impatient, case, bob, put_in
):
    document = await in_thread(put_in, case, b"one")
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        await stream.next("snapshot")
        await in_thread(own_redis.kill)
        await in_thread(change, document, pages_done=1, page_count=4)
        await in_thread(own_redis.start)
        started = time.monotonic()
        assert data(await stream.next("reset", patience_s=RESET_WITHIN_S))["reason"] == "reconnected"
        assert data(await stream.next("snapshot"))["documents"][0]["page"] == 1
        assert time.monotonic() - started < RESET_WITHIN_S
        await in_thread(change, document, pages_done=2)
        # As soon as the publisher has noticed too.
        frames = await stream.until(lambda f: '"page":2' in f.data)
        assert {f.event for f in frames} <= {"reset", "snapshot", "progress"}


async def test_a_stream_opened_while_redis_is_away_has_its_snapshot_and_is_told_of_the_rest_later(
    own_redis, impatient, case, bob, put_in
):
    document = await in_thread(put_in, case, b"one")
    await in_thread(own_redis.kill)
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        snapshot = await stream.next("snapshot")
        assert snapshot.id == "" and len(data(snapshot)["documents"]) == 1
        await in_thread(change, document, pages_done=1, page_count=4)
        await in_thread(own_redis.start)
        await stream.next("reset", patience_s=RESET_WITHIN_S)
        again = await stream.next("snapshot")
        assert again.id and data(again)["documents"][0]["page"] == 1


async def test_an_id_from_before_a_restart_is_answered_with_a_snapshot(own_redis, case, bob):
    headers = await in_thread(cookie_of, bob)
    async with watching(events_of(case), headers) as stream:
        id = (await stream.next("snapshot")).id
    # Its last second may be lost: what the client missed cannot be known.
    await in_thread(own_redis.kill)
    await in_thread(own_redis.start)
    async with watching(events_of(case), headers | {"Last-Event-ID": id}) as stream:
        assert data(await stream.next("reset"))["reason"] == "trimmed"
        id = (await stream.next("snapshot")).id
    async with watching(events_of(case), headers | {"Last-Event-ID": id}) as stream:
        await stream.nothing_for(0.3)


async def test_a_change_never_waits_for_redis_and_what_was_not_told_is_made_good_by_a_snapshot(
    own_redis, impatient, case, bob, put_in
):
    document = await in_thread(put_in, case, b"one")
    await in_thread(own_redis.kill)
    started = time.monotonic()
    for page in range(1, 21):
        await in_thread(change, document, pages_done=page, page_count=40)
    assert time.monotonic() - started < 5
    await in_thread(own_redis.start)
    while not any("snapshot" in fields for _, fields in await in_thread(bus.client().xrange, bus.notice_stream())):
        await asyncio.sleep(0.05)
        assert time.monotonic() - started < 10
    # And from there on events are told again.
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        assert data(await stream.next("snapshot"))["documents"][0]["page"] == 20
        await in_thread(change, document, pages_done=21)
        assert data((await stream.until(lambda f: f.event == "progress"))[-1])["page"] == 21


async def test_right_changes_while_redis_is_away_are_found_out_all_the_same(own_redis, impatient, case, bob):
    from cases.models import Membership

    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        await stream.next("snapshot")
        await in_thread(own_redis.kill)
        await in_thread(lambda: Membership.objects.get(case=case, user=bob).delete())
        bye = (await stream.until(lambda f: f.event == "bye"))[-1]
        assert data(bye)["reason"] == "removed"


async def test_an_entry_that_is_not_ours_is_passed_over(own_redis, case, bob, put_in):
    document = await in_thread(put_in, case, b"one")
    async with watching(events_of(case), await in_thread(cookie_of, bob)) as stream:
        await stream.next("snapshot")
        await in_thread(event_log.append_event, case.pk, document.pk, "no json", 1)
        await in_thread(change, document, pages_done=1)
        assert data(await stream.next("progress"))["page"] == 1
