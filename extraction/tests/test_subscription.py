"""One stream's end of the relay: every event to a client that keeps up, the newest states to one that does not."""

import json
import uuid

import pytest

from extraction.event_log import Entry
from extraction.snapshot import Moment
from extraction.subscription import MAX_PENDING, Message, ProgressMessage, Subscription, notice, progress_message

CASE = uuid.uuid4()


def entry(number: int, doc: str = "d", *, transaction: int = 0) -> Entry:
    return Entry("s", f"1000-{number}", "progress", json.dumps({"doc": doc, "page": number}), transaction)


def event(number: int, doc: str = "d", *, case: uuid.UUID = CASE, transaction: int = 0) -> ProgressMessage:
    return progress_message(entry(number, doc, transaction=transaction), case)


def pages(messages: list[Message]) -> list[int]:
    return [json.loads(m.data)["page"] for m in messages]


@pytest.fixture
async def subscription():
    return Subscription(frozenset([CASE]))


async def test_a_client_that_keeps_up_gets_every_event_in_order(subscription):
    for number in range(MAX_PENDING):
        subscription.push(event(number))
    assert pages(subscription.take()) == list(range(MAX_PENDING))
    assert subscription.take() == []


async def test_one_that_falls_behind_gets_the_newest_state_of_each_document(subscription):
    for number in range(4 * MAX_PENDING):
        subscription.push(event(number, doc=f"d{number % 3}"))
    assert pages(subscription.take()) == [4 * MAX_PENDING - 3, 4 * MAX_PENDING - 2, 4 * MAX_PENDING - 1]
    assert subscription.take_reset() == ""
    # And every event again, once it has caught up.
    for number in range(5000, 5005):
        subscription.push(event(number))
    assert pages(subscription.take()) == list(range(5000, 5005))


async def test_one_that_is_behind_with_more_documents_than_fit_is_reset(subscription):
    for number in range(MAX_PENDING + 1):
        subscription.push(event(number, doc=f"d{number}"))
    assert subscription.take() == []
    assert subscription.take_reset() == "behind"
    assert subscription.take_reset() == ""


async def test_what_is_pending_is_bounded_whatever_comes(subscription):
    for number in range(20_000):
        subscription.push(event(number, doc=f"d{number % 1000}"))
        assert len(subscription._pending) <= MAX_PENDING


async def test_events_up_to_the_id_that_was_told_are_not_told_again(subscription):
    for number in range(5):
        subscription.push(event(number))
    subscription.start_after("1000-2")
    subscription.push(event(1))
    subscription.push(event(5))
    assert pages(subscription.take()) == [3, 4, 5]


async def test_events_that_a_snapshot_has_seen_are_not_told_after_it(subscription):
    moment = Moment(low=10, high=20, running=frozenset([12]))
    for number, transaction in enumerate([9, 12, 19, 20, 0], 1):
        subscription.push(event(number, transaction=transaction))
    subscription.start_after("", moment)
    subscription.push(event(6, transaction=15))
    subscription.push(event(7, transaction=12))
    # In progress when it was taken, begun later, or unknown: those it cannot have seen.
    assert pages(subscription.take()) == [2, 4, 5, 7]


async def test_events_of_cases_that_are_closed_to_the_person_are_dropped_even_if_they_came_before(subscription):
    other = uuid.uuid4()
    subscription.admit(frozenset([CASE, other]))
    subscription.push(event(1))
    subscription.push(event(2, case=other))
    assert subscription.admit(frozenset([CASE])) == frozenset()
    subscription.push(event(3, case=other))
    assert pages(subscription.take()) == [1]


async def test_while_held_nothing_is_handed_out_and_nothing_is_lost(subscription):
    subscription.push(event(1))
    subscription.hold()
    subscription.push(event(2))
    assert subscription.take() == []
    assert subscription.admit(frozenset([CASE])) == frozenset()
    assert pages(subscription.take()) == [1, 2]


async def test_a_reset_waits_while_held(subscription):
    subscription.hold()
    subscription.reset("lost")
    assert subscription.take_reset() == ""
    subscription.admit(frozenset([CASE]))
    assert subscription.take_reset() == "lost"


async def test_after_bye_nothing_is_handed_out(subscription):
    subscription.push(event(1))
    subscription.hold()
    subscription.say_bye("removed")
    subscription.push(event(2))
    subscription.reset("lost")
    assert (subscription.take(), subscription.take_reset(), subscription.bye) == ([], "", "removed")
    await subscription.admitted()


async def test_the_first_reason_is_the_one_that_is_told(subscription):
    subscription.reset("lost")
    subscription.reset("behind")
    subscription.say_bye("removed")
    subscription.say_bye("shutdown")
    assert subscription.bye == "removed"


class Client:
    """Takes what is sent at once while it `takes`."""

    def __init__(self) -> None:
        self.takes, self.got = True, []

    def __call__(self, messages: list[Message]) -> bool:
        if self.takes:
            self.got += pages(messages)
        return self.takes


async def test_a_client_that_waits_is_sent_to_at_once_and_one_that_is_being_told_something_is_not():
    client = Client()
    subscription = Subscription(frozenset([CASE]), client)
    subscription.push(event(1))
    subscription.flush()
    assert client.got == [] and pages(subscription.take()) == [1]
    waiting = subscription.wait(60)
    waiting.send(None)
    for number in (2, 3):
        subscription.push(event(number))
    subscription.flush()
    assert client.got == [2, 3] and subscription.take() == []
    waiting.close()


async def test_what_cannot_be_sent_at_once_is_kept_in_order():
    client = Client()
    subscription = Subscription(frozenset([CASE]), client)
    waiting = subscription.wait(60)
    waiting.send(None)
    client.takes = False
    subscription.push(event(1))
    subscription.flush()
    client.takes = True
    subscription.push(event(2))
    subscription.flush()
    assert client.got == [1, 2]
    for silence in (subscription.hold, lambda: subscription.reset("lost"), lambda: subscription.say_bye("removed")):
        subscription.push(event(3))
        silence()
        subscription.flush()
    assert client.got == [1, 2]
    waiting.close()


def test_a_websocket_message_carries_event_and_id_inside_the_same_object():
    message = Message("progress", '{"v":1,"doc":"d"}', "5-0")
    assert json.loads(message.text) == {"event": "progress", "id": "5-0", "v": 1, "doc": "d"}
    assert message.sse == b'event: progress\nid: 5-0\ndata: {"v":1,"doc":"d"}\n\n'
    assert json.loads(notice("bye", "shutdown").text)["event"] == "bye"


@pytest.mark.parametrize("value", ["", "no json", "[]", "5", "{}", '{"case":"c"}'])
def test_an_entry_that_is_not_ours_is_refused(value):
    with pytest.raises((ValueError, KeyError, TypeError)):
        progress_message(Entry("s", "1-1", "progress", value), CASE)
