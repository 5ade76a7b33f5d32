"""What a returning client missed: exactly that, or the reason why nobody can tell."""

import json
import uuid

import pytest

from extraction import event_log, replay
from extraction.replay import CannotReplay, missed
from extraction.tests.watching import change, cookie_of, data, in_thread, watching
from lexintel import bus

CASE, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
async def redis():
    """Empty streams of two cases."""
    client = bus.async_client()
    await _forget(client)
    yield client
    await _forget(client)
    await client.aclose()


async def _forget(client) -> None:
    await client.delete(*(bus.case_stream(case) for case in (CASE, OTHER)), bus.notice_stream(), bus.event_clock())


def append(case: uuid.UUID, page: int) -> str:
    id = event_log.append_event(case, uuid.uuid4(), json.dumps({"doc": "d", "page": page}), 1)
    assert id
    return id


async def pages_after(redis, id: str, *cases: uuid.UUID) -> list[int]:
    streams = {bus.case_stream(case): case for case in cases or (CASE,)}
    found = await missed(redis, streams, id, await event_log.position(redis))
    return [json.loads(m.message.data)["page"] for m in found]


async def test_exactly_what_followed_is_told_in_order(redis):
    await event_log.position(redis)
    ids = [append(CASE, page) for page in range(10)]
    for seen in range(10):
        assert await pages_after(redis, ids[seen]) == list(range(seen + 1, 10))


async def test_several_cases_are_told_in_one_order(redis):
    await event_log.position(redis)
    first, *_ = [append(CASE if page % 3 else OTHER, page) for page in range(12)]
    assert await pages_after(redis, first, CASE, OTHER) == list(range(1, 12))
    assert await pages_after(redis, first, CASE) == [p for p in range(1, 12) if p % 3]


async def test_an_id_between_two_events_is_as_good_as_one_of_an_event(redis):
    position = await event_log.position(redis)
    append(CASE, 1)
    assert await pages_after(redis, position.last) == [1]


async def test_what_comes_after_the_position_is_left_to_the_relay(redis):
    await event_log.position(redis)
    seen = append(CASE, 1)
    append(CASE, 2)
    now = await event_log.position(redis)
    append(CASE, 3)
    found = await missed(redis, {bus.case_stream(CASE): CASE}, seen, now)
    assert [json.loads(m.message.data)["page"] for m in found] == [2]


@pytest.mark.parametrize("id", ["nonsense", "", "99999999999999999-0", "99999999999999-5", "'; DROP", "0x5-1"])
async def test_an_id_nobody_gave_is_unknown(redis, id):
    with pytest.raises(CannotReplay) as cannot:
        await pages_after(redis, id)
    assert cannot.value.reason == "unknown"


@pytest.mark.parametrize("id", ["0-0", "1-1"])
async def test_an_id_from_before_anything_that_is_remembered_is_trimmed(redis, id):
    with pytest.raises(CannotReplay) as cannot:
        await pages_after(redis, id)
    assert cannot.value.reason == "trimmed"


async def test_an_id_from_before_what_was_trimmed_is_trimmed_and_a_later_one_is_not(redis, monkeypatch):
    await event_log.position(redis)
    ids = [append(CASE, page) for page in range(50)]
    await redis.xtrim(bus.case_stream(CASE), maxlen=10, approximate=False)
    with pytest.raises(CannotReplay) as cannot:
        await pages_after(redis, ids[5])
    assert cannot.value.reason == "trimmed"
    assert await pages_after(redis, ids[45]) == [46, 47, 48, 49]


async def test_another_case_that_was_trimmed_is_no_obstacle_unless_it_is_asked_for(redis):
    await event_log.position(redis)
    first = append(CASE, 0)
    for page in range(1, 20):
        append(OTHER, page)
    await redis.xtrim(bus.case_stream(OTHER), maxlen=5, approximate=False)
    assert await pages_after(redis, first, CASE) == []
    with pytest.raises(CannotReplay):
        await pages_after(redis, first, CASE, OTHER)


async def test_an_id_older_than_streams_are_kept_is_trimmed_even_if_the_stream_is_gone(redis, monkeypatch):
    await event_log.position(redis)
    id = append(CASE, 1)
    await redis.delete(bus.case_stream(CASE))
    assert await pages_after(redis, id) == []
    monkeypatch.setattr(event_log, "KEEP_S", -1)
    with pytest.raises(CannotReplay) as cannot:
        await pages_after(redis, id)
    assert cannot.value.reason == "trimmed"


async def test_who_missed_that_events_were_lost_must_look_again(redis):
    await event_log.position(redis)
    before = append(CASE, 1)
    event_log.append_notice("snapshot")
    after = append(CASE, 2)
    with pytest.raises(CannotReplay) as cannot:
        await pages_after(redis, before)
    assert cannot.value.reason == "lost"
    assert await pages_after(redis, after) == []


async def test_notices_about_people_are_no_obstacle(redis):
    await event_log.position(redis)
    before = append(CASE, 1)
    event_log.append_notice("admission", "5")
    append(CASE, 2)
    assert await pages_after(redis, before) == [2]


async def test_who_is_too_far_behind_gets_a_snapshot_instead(redis, monkeypatch):
    await event_log.position(redis)
    monkeypatch.setattr(replay, "MAX_REPLAY", 10)
    ids = [append(CASE, page) for page in range(12)]
    with pytest.raises(CannotReplay) as cannot:
        await pages_after(redis, ids[0])
    assert cannot.value.reason == "behind"
    assert len(await pages_after(redis, ids[1])) == 10


async def test_an_emptied_redis_knows_no_earlier_id(redis):
    old = (await event_log.position(redis)).last
    await redis.delete(bus.event_clock(), bus.case_stream(CASE))
    append(CASE, 1)
    with pytest.raises(CannotReplay) as cannot:
        await pages_after(redis, old)
    assert cannot.value.reason == "trimmed"


@pytest.mark.django_db(transaction=True)
class TestOverAStream:
    @staticmethod
    def path(case) -> str:
        return f"/api/v1/cases/{case.pk}/events/"

    async def first_id(self, case, headers) -> str:
        async with watching(self.path(case), headers) as stream:
            return (await stream.next("snapshot")).id

    async def test_what_was_missed_comes_without_a_snapshot_and_what_follows_goes_on(self, case, bob, put_in):
        headers, document = await in_thread(cookie_of, bob), await in_thread(put_in, case, b"one")
        id = await self.first_id(case, headers)
        for page in (1, 2, 3):
            await in_thread(change, document, pages_done=page)
        async with watching(self.path(case), headers | {"Last-Event-ID": id}) as stream:
            assert [data(await stream.next("progress"))["page"] for _ in range(3)] == [1, 2, 3]
            await in_thread(change, document, pages_done=4)
            assert data(await stream.next("progress"))["page"] == 4

    async def test_the_id_may_come_in_the_query_and_the_header_counts_more(self, case, bob, put_in):
        headers, document = await in_thread(cookie_of, bob), await in_thread(put_in, case, b"one")
        id = await self.first_id(case, headers)
        await in_thread(change, document, pages_done=1)
        async with watching(self.path(case), headers, query=f"last_event_id={id}") as stream:
            newest = await stream.next("progress")
        assert data(newest)["page"] == 1
        newer = headers | {"Last-Event-ID": newest.id}
        async with watching(self.path(case), newer, query=f"last_event_id={id}") as stream:
            await stream.nothing_for(0.3)

    async def test_who_missed_nothing_is_told_nothing_but_that_the_stream_is_there(self, case, bob):
        headers = await in_thread(cookie_of, bob)
        id = await self.first_id(case, headers)
        async with watching(self.path(case), headers | {"Last-Event-ID": id}) as stream:
            await stream.nothing_for(0.3)
            assert stream.heartbeats == 1

    @pytest.mark.parametrize(
        ("id", "reason"), [("rubbish", "unknown"), ("1-1", "trimmed"), ("9" * 14 + "-0", "unknown")]
    )
    async def test_any_other_id_is_answered_with_a_reset_and_a_snapshot(self, case, bob, id, reason):
        headers = await in_thread(cookie_of, bob)
        async with watching(self.path(case), headers | {"Last-Event-ID": id}) as stream:
            assert data(await stream.next("reset"))["reason"] == reason
            assert (await stream.next("snapshot")).id

    async def test_events_of_a_case_that_is_closed_to_them_meanwhile_are_not_replayed(self, case, bob, charlie, put_in):
        from cases.models import Membership, Role

        document, headers = await in_thread(put_in, case, b"one"), await in_thread(cookie_of, charlie)
        membership = await in_thread(lambda: Membership.objects.create(case=case, user=charlie, role=Role.VIEWER))
        id = await self.first_id(case, headers)
        await in_thread(change, document, pages_done=1)
        await in_thread(membership.delete)
        async with watching("/api/v1/events/", headers | {"Last-Event-ID": id}) as stream:
            await stream.nothing_for(0.3)
        async with watching(self.path(case), headers | {"Last-Event-ID": id}) as stream:
            assert stream.status == 404
