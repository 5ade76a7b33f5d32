"""The same events over a WebSocket, and who may open one."""

import asyncio

import pytest

from cases.models import ApiToken, Membership
from extraction import live_stream
from extraction.tests.watching import PATIENCE_S, Socket, bearer, change, cookie_of, data, in_thread, watching
from lexintel.asgi import application

pytestmark = pytest.mark.django_db(transaction=True)

HOST = "localhost:8000"
OURS = {"Host": HOST, "Origin": f"http://{HOST}"}


def socket_of(case) -> str:
    return f"/ws/cases/{case.pk}/events/"


async def opened(path: str, headers: dict[str, str]) -> Socket:
    socket = Socket(path, headers)
    assert await socket.open()
    return socket


async def test_it_carries_the_same_objects_as_the_stream_with_event_and_id_inside(case, bob, put_in):
    document, headers = await in_thread(put_in, case, b"one"), await in_thread(cookie_of, bob)
    async with watching(f"/api/v1/cases/{case.pk}/events/", headers) as stream:
        socket = await opened(socket_of(case), OURS | headers)
        over_stream, over_socket = await stream.next("snapshot"), await socket.next()
        assert over_socket.pop("event") == "snapshot" and over_socket.pop("id") == over_stream.id
        told = data(over_stream)
        for at in (told, over_socket):
            at.pop("at")
        assert over_socket == told
        await in_thread(change, document, status="processing", page_count=2, pages_done=1)
        frame = await stream.next("progress")
        assert await socket.next() == {"event": "progress", "id": frame.id, **data(frame)}
        await socket.leave()


async def test_all_my_cases_come_over_one_socket(case, alice, put_in):
    document = await in_thread(put_in, case, b"one")
    socket = await opened("/ws/events/", OURS | await in_thread(cookie_of, alice))
    assert (await socket.next())["case"] == str(case.pk)
    await in_thread(change, document, status="processing")
    assert (await socket.next())["doc"] == str(document.pk)
    await socket.leave()


async def test_it_resumes_by_the_id_in_the_query(case, bob, put_in):
    document, headers = await in_thread(put_in, case, b"one"), OURS | await in_thread(cookie_of, bob)
    first = await opened(socket_of(case), headers)
    id = (await first.next())["id"]
    await first.leave()
    await in_thread(change, document, pages_done=1)
    again = await opened(f"{socket_of(case)}?last_event_id={id}", headers)
    assert ((await again.next())["page"], again.outbox.qsize()) == (1, 0)
    await again.leave()
    unknown = await opened(f"{socket_of(case)}?last_event_id=5-5", headers)
    assert [(await unknown.next())["event"] for _ in range(2)] == ["reset", "snapshot"]
    await unknown.leave()


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "",
        "file://",
        "http://localhost:9000",
        "http://localhost",
        "https://localhost:8000",
        "http://localhost:8000.evil.example",
        "http://evil.example/?http://localhost:8000",
        None,
    ],
)
async def test_a_page_of_another_origin_is_refused_though_the_cookie_is_good(origin, case, bob):
    headers = {"Host": HOST} | await in_thread(cookie_of, bob) | ({} if origin is None else {"Origin": origin})
    assert not await Socket(socket_of(case), headers).open()


async def test_a_trusted_origin_is_let_in(case, bob, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://lexintel.example.org", "https://*.example.net"]
    headers = {"Host": HOST} | await in_thread(cookie_of, bob)
    for origin, expected in [
        ("https://lexintel.example.org", True),
        ("https://a.example.net", True),
        ("http://lexintel.example.org", False),
    ]:
        socket = Socket(socket_of(case), headers | {"Origin": origin})
        assert await socket.open() == expected, origin
        await socket.leave()


async def test_a_program_with_a_token_needs_no_origin_but_one_that_names_a_wrong_one_is_refused(case, bob):
    headers = {"Host": HOST} | await in_thread(bearer, bob)
    socket = await opened(socket_of(case), headers)
    assert (await socket.next())["event"] == "snapshot"
    await socket.leave()
    assert not await Socket(socket_of(case), headers | {"Origin": "http://evil.example"}).open()


async def test_nobody_an_outsider_and_a_wrong_token_are_refused_before_it_opens(case, charlie):
    for headers in ({}, await in_thread(cookie_of, charlie), {"Authorization": "Bearer lx_unknown"}):
        assert not await Socket(socket_of(case), OURS | headers).open()


@pytest.mark.parametrize("path", ["/ws/", "/ws/cases/nothing/events/", "/api/v1/events/"])
async def test_there_is_no_socket_anywhere_else(path, case, bob):
    assert not await Socket(path, OURS | await in_thread(cookie_of, bob)).open()


async def test_the_twenty_first_is_refused_whatever_carries_the_others(case, bob):
    headers = OURS | await in_thread(cookie_of, bob)
    limit = live_stream.MAX_STREAMS_PER_PERSON
    sockets = [await opened(socket_of(case), headers) for _ in range(limit - 1)]
    async with watching(f"/api/v1/cases/{case.pk}/events/", headers) as stream:
        assert stream.status == 200
        assert not await Socket(socket_of(case), headers).open()
    sockets.append(await opened(socket_of(case), headers))
    await asyncio.gather(*(s.leave() for s in sockets))


async def test_it_closes_with_a_code_that_says_why(case, alice, bob, put_in):
    document = await in_thread(put_in, case, b"one")
    removed = await opened(socket_of(case), OURS | await in_thread(cookie_of, bob))
    revoked = await opened(socket_of(case), {"Host": HOST} | await in_thread(bearer, alice))
    stays = await opened(socket_of(case), OURS | await in_thread(cookie_of, alice))
    for socket in (removed, revoked, stays):
        await socket.next()
    await in_thread(lambda: Membership.objects.get(case=case, user=bob).delete())
    await in_thread(lambda: ApiToken.objects.get(user=alice).delete())
    await in_thread(change, document, status="processing")
    assert (await removed.next())["event"] == "bye" and await removed.closed() == 4404
    assert (await revoked.next())["reason"] == "signed_out" and await revoked.closed() == 4401
    assert (await stays.next())["event"] == "progress"
    await live_stream.say_goodbye("shutdown")
    assert (await stays.next())["reason"] == "shutdown" and await stays.closed() == 4503


async def test_what_the_client_says_is_not_read(case, bob, put_in):
    document = await in_thread(put_in, case, b"one")
    socket = await opened(socket_of(case), OURS | await in_thread(cookie_of, bob))
    await socket.next()
    for words in ("", "{}", '{"subscribe":"*"}', "\0" * 1000):
        socket.say({"type": "websocket.receive", "text": words})
    socket.say({"type": "websocket.receive", "bytes": b"\xff" * 1000})
    await in_thread(change, document, status="processing")
    assert (await socket.next())["event"] == "progress"
    await socket.leave()


async def test_a_client_that_leaves_is_forgotten_even_before_it_is_let_in(case, bob):
    headers = OURS | await in_thread(cookie_of, bob)
    socket = await opened(socket_of(case), headers)
    await socket.leave()
    hasty = Socket(socket_of(case), headers)
    hasty.say({"type": "websocket.connect"})
    hasty.say({"type": "websocket.disconnect", "code": 1001})
    hasty.task = asyncio.create_task(application(hasty.scope, hasty.inbox.get, hasty.outbox.put))
    await asyncio.wait_for(hasty.task, PATIENCE_S)
    shared = live_stream.live()
    assert not shared.relay.subscriptions and shared.watch.streams_of(bob.pk) == 0
