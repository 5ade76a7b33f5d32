"""The one reader of a process: what it hands out, in which order, and that it notices what it could not read."""

import asyncio
import json
import random
import uuid

import pytest

from extraction import event_log, relay
from extraction.relay import Relay
from extraction.subscription import MAX_PENDING, Message, Subscription
from lexintel import bus

PATIENCE_S = 5.0


def publish(case: uuid.UUID, page: int, doc: str = "d") -> str:
    id = event_log.append_event(case, uuid.uuid4(), json.dumps({"doc": doc, "page": page}), 1)
    assert id
    return id


def pages(messages: list[Message]) -> list[int]:
    return [json.loads(m.data)["page"] for m in messages]


@pytest.fixture
async def reading():
    made = Relay(on_admission=lambda user: None)
    yield made
    for subscription in list(made.subscriptions):
        await made.leave(subscription)


async def take(subscription: Subscription, number: int) -> list[int]:
    """So many events, as a client's task takes them."""
    taken: list[int] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(taken) < number:
            await subscription.wait(PATIENCE_S)
            taken += pages(subscription.take())
    return taken


async def reset_of(subscription: Subscription) -> str:
    """Why it is to start over, as soon as it is."""
    async with asyncio.timeout(PATIENCE_S):
        while not (reason := subscription.take_reset()):
            await asyncio.sleep(0.02)
    return reason


async def test_events_of_many_cases_come_in_the_order_of_their_ids_however_they_are_read(reading, monkeypatch):
    # So few at a time that one stream's rest lies before another's.
    monkeypatch.setattr(relay, "_COUNT", 3)
    cases, chance = [uuid.uuid4() for _ in range(4)], random.Random(4)
    subscription = Subscription(frozenset(cases))
    await reading.join(subscription, cases)
    for page in range(200):
        publish(chance.choice(cases if page % 50 else cases[:1]), page)
    assert await take(subscription, 200) == list(range(200))


async def test_who_joins_gets_what_follows_and_nothing_from_before(reading):
    case = uuid.uuid4()
    publish(case, 1)
    first = Subscription(frozenset([case]))
    await reading.join(first, [case])
    publish(case, 2)
    assert await take(first, 1) == [2]
    second = Subscription(frozenset([case]))
    position = await reading.join(second, [case])
    second.start_after(position.last)
    publish(case, 3)
    assert (await take(first, 1), await take(second, 1)) == ([3], [3])


async def test_a_case_that_is_joined_while_the_reader_waits_is_heard_at_once(reading):
    here, there = uuid.uuid4(), uuid.uuid4()
    first, second = Subscription(frozenset([here])), Subscription(frozenset([there]))
    await reading.join(first, [here])
    await asyncio.sleep(0.1)
    await reading.join(second, [there])
    publish(there, 1)
    async with asyncio.timeout(0.5):
        assert await take(second, 1) == [1]


async def test_a_burst_does_not_make_a_client_that_keeps_up_look_as_if_it_did_not(reading):
    case, got = uuid.uuid4(), []
    written = Subscription(frozenset([case]), lambda messages: got.extend(pages(messages)) or True)
    woken = Subscription(frozenset([case]))
    burst = 3 * MAX_PENDING
    for subscription in (written, woken):
        await reading.join(subscription, [case])
    waiting = asyncio.create_task(written.wait(PATIENCE_S))
    taking = asyncio.create_task(take(woken, burst))
    await asyncio.sleep(0.05)
    with bus.client().pipeline(transaction=False) as pipe:
        for page in range(burst):
            keys = [bus.event_clock(), bus.case_stream(case), bus.newest_of_case(case)]
            event_log._append(pipe, keys, "progress", json.dumps({"doc": f"d{page}", "page": page}))
        pipe.execute()
    assert await taking == list(range(burst)) == got
    assert written.take_reset() == woken.take_reset() == ""
    waiting.cancel()


async def test_entries_that_were_trimmed_before_they_were_read_are_noticed(reading, monkeypatch):
    case, may_read = uuid.uuid4(), asyncio.Event()
    read = event_log.read

    async def slow(*args: object, **options: int) -> object:
        await may_read.wait()
        return await read(*args, **options)

    subscription, other = Subscription(frozenset([case])), Subscription(frozenset())
    await reading.join(other, [])
    monkeypatch.setattr(event_log, "read", slow)
    monkeypatch.setattr(event_log, "MAX_EVENTS", 600)
    await reading.join(subscription, [case])
    await asyncio.sleep(0.05)
    for page in range(1500):
        publish(case, page)
    may_read.set()
    reason = await reset_of(subscription)
    assert reason == "lost" and other.take_reset() == ""


async def test_notices_reach_everybody_and_say_whom_they_are_about(monkeypatch):
    suspects: list[str] = []
    made, subscription = Relay(on_admission=suspects.append), Subscription(frozenset())
    await made.join(subscription, [])
    await asyncio.sleep(0.1)
    event_log.append_notice("admission", "7")
    event_log.append_notice("snapshot")
    reason = await reset_of(subscription)
    assert (reason, suspects) == ("lost", ["7"])
    await made.leave(subscription)


async def test_an_error_of_ours_ends_no_stream(reading, monkeypatch):
    case = uuid.uuid4()
    subscription = Subscription(frozenset([case]))
    await reading.join(subscription, [case])
    with monkeypatch.context() as broken:
        broken.setattr(relay, "progress_message", lambda *args: 1 / 0)
        publish(case, 1)
        reason = await reset_of(subscription)
    assert reason == "reconnected"
    publish(case, 2)
    assert await take(subscription, 1) == [2]
