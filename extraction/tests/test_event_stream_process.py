"""Event streams of a real web process, over real connections."""

import json
import os
import signal
import socket
import struct
import time
import uuid
from contextlib import ExitStack
from pathlib import Path

import pytest

from cases.models import Membership, Role
from extraction import event_log
from extraction.subscription import MAX_PENDING
from extraction.tests.watching import bearer, change, cookie_of
from lexintel import bus
from lexintel.tests.processes import eventually, needs_proc
from lexintel.tests.web_process import Stream, Web, serving

pytestmark = pytest.mark.django_db(transaction=True)

TEXT, CLOSE = 1, 8
# Long: a parser looks for it in random bytes.
BOUNDARY = b"----------between-two-parts-of-a-form"


@pytest.fixture(scope="module")
def web(django_db_setup, tmp_path_factory):
    with serving(tmp_path_factory.mktemp("web")) as web:
        yield web


def events_of(case) -> str:
    return f"/api/v1/cases/{case.pk}/events/"


def memory_mib(web: Web) -> float:
    """What the process has in memory now."""
    fields = Path(f"/proc/{web.pid}/status").read_text().split("VmRSS:")[1].split()
    return int(fields[0]) / 1024


def connections(web: Web) -> int:
    """How many files and sockets the process has open."""
    return len(list(Path(f"/proc/{web.pid}/fd").iterdir()))


def publish(case, numbers: range, documents: int) -> None:
    """Events as fast as Redis takes them, about documents that are nowhere else; the numbers are their pages."""
    docs = [uuid.uuid4() for _ in range(documents)]
    with bus.client().pipeline(transaction=False) as pipe:
        for page in numbers:
            line = json.dumps({"v": 1, "case": str(case.pk), "doc": str(docs[page % documents]), "page": page})
            keys = [bus.event_clock(), bus.case_stream(case.pk), bus.newest_of_case(case.pk)]
            event_log._append(pipe, keys, "progress", line.ljust(180))
            if page % 500 == 499:
                pipe.execute()
        pipe.execute()


def publish_to(fast: Stream, case, number: int, documents: int) -> None:
    """The same, no faster than a client that reads takes them; it misses nothing."""
    heard: list[int] = []
    for start in range(0, number, 1000):
        publish(case, range(start, start + 1000), documents)
        while not heard or heard[-1] < start + 999:
            frame = fast.next()
            assert frame.event == "progress"
            heard += pages([frame])
    assert heard == list(range(number))


def pages(frames) -> list[int]:
    return [json.loads(f.data)["page"] for f in frames if f.event == "progress"]


def test_snapshot_and_events_come_over_http(web, case, bob, put_in):
    document = put_in(case, b"one")
    with web.stream(events_of(case), bearer(bob)) as stream:
        assert stream.next().event == "snapshot"
        for page in range(1, 21):
            change(document, status="processing", page_count=20, pages_done=page)
            frame = stream.next()
            assert (frame.event, json.loads(frame.data)["page"]) == ("progress", page)


def test_an_event_comes_soon_after_its_commit(web, case, bob, put_in):
    document, took = put_in(case, b"one"), []
    with web.stream(events_of(case), bearer(bob)) as stream:
        stream.next()
        for page in range(1, 51):
            change(document, pages_done=page)
            committed = time.monotonic()
            stream.next()
            took.append(time.monotonic() - committed)
    # Milliseconds on a machine that has nothing else to do; what is asked here is that nobody polls.
    assert sorted(took)[25] < 0.1


def test_the_same_comes_over_a_websocket(web, case, bob, put_in):
    document = put_in(case, b"one")
    headers = cookie_of(bob) | {"Origin": web.url}
    with web.socket(f"/ws/cases/{case.pk}/events/", headers) as connection:
        assert connection.status == 101
        assert json.loads(connection.next()[1])["event"] == "snapshot"
        change(document, pages_done=1)
        opcode, text = connection.next()
        assert opcode == TEXT and json.loads(text)["page"] == 1


@pytest.mark.parametrize("origin", ["null", "http://evil.example", "http://127.0.0.1:1", None])
def test_a_websocket_of_another_origin_is_refused(web, case, bob, origin):
    headers = cookie_of(bob) | ({"Origin": origin} if origin else {})
    with web.socket(f"/ws/cases/{case.pk}/events/", headers) as connection:
        assert connection.status in (400, 403)


def test_an_outsider_and_nobody_get_problems(web, case, charlie):
    for headers, status, code in [(bearer(charlie), 404, "not_found"), ({}, 401, "not_authenticated")]:
        with web.connect([f"GET {events_of(case)} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]) as connection:
            answer = b""
            while not answer.rstrip().endswith((b"}", b"0")):
                answer += connection.recv(4096)
        assert f" {status} ".encode() in answer and f'"code": "{code}"'.encode() in answer


@needs_proc
def test_clients_that_leave_are_gone_within_two_seconds(web, case, alice, bob):
    for user in (alice, bob):
        with web.stream(events_of(case), bearer(user)) as stream:
            stream.next()
    time.sleep(1)
    before = connections(web)
    for round in range(5):
        streams = [web.stream(events_of(case), bearer(user)) for user in (alice, bob) for _ in range(15)]
        for n, stream in enumerate(streams):
            if round != 2:  # and once before they have been told anything
                stream.next()
            if n % 2:
                stream.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            stream.connection.close()
        # A few database connections may have been opened meanwhile.
        eventually(lambda: connections(web) <= before + 8, within=2, what="connections are closed")
    with ExitStack() as kept:
        for _ in range(20):  # as many as a person may have: none of those that left is counted any more
            assert kept.enter_context(web.stream(events_of(case), bearer(bob))).next().event == "snapshot"
    assert "took too long" not in web.manage.output() and web.said("event_stream_failed") is None


@needs_proc
def test_clients_that_never_read_cost_no_memory_and_hold_up_nobody(web, case, alice, bob, put_in):
    document = put_in(case, b"one")
    with ExitStack() as opened:
        fast = opened.enter_context(web.stream(events_of(case), bearer(alice)))
        fast.next()
        before, token = memory_mib(web), bearer(bob)
        slow = [opened.enter_context(web.stream(events_of(case), token, receive_buffer=4096)) for _ in range(15)]
        for stream in slow:
            stream.next()
        publish_to(fast, case, 20_000, documents=1000)
        assert memory_mib(web) - before < 50
        # And each of the others learns what is true as soon as it reads.
        change(document, pages_done=7, page_count=9)
        for stream in slow[:3]:
            frames = [stream.next()]
            while not (frames[-1].event == "snapshot" and json.loads(frames[-1].data)["documents"][0]["page"] == 7):
                frames.append(stream.next())
            assert {json.loads(f.data)["reason"] for f in frames if f.event == "reset"} <= {"behind"}
            assert pages(frames) == sorted(pages(frames))


def test_a_slow_client_of_few_documents_gets_their_newest_states(web, case, alice, bob):
    with web.stream(events_of(case), bearer(bob), receive_buffer=4096) as slow:
        with web.stream(events_of(case), bearer(alice)) as fast:
            assert slow.next().event == fast.next().event == "snapshot"
            publish_to(fast, case, 40_000, documents=5)
        heard: list[int] = []
        while not heard or heard[-1] != 39_999:
            frame = slow.next()
            assert frame.event == "progress"
            heard += pages([frame])
    assert heard == sorted(heard)
    assert set(heard) >= set(range(39_995, 40_000)), "the newest of each"
    assert len(heard) < 40_000 - MAX_PENDING, "not all of them"


def test_a_member_who_is_removed_hears_nothing_more(web, case, alice, bob, put_in):
    document = put_in(case, b"one")
    with web.stream(events_of(case), bearer(bob)) as removed, web.stream(events_of(case), bearer(alice)) as stays:
        assert removed.next().event == stays.next().event == "snapshot"
        # By another process than the one that serves the streams.
        Membership.objects.get(case=case, user=bob).delete()
        started = time.monotonic()
        for page in range(1, 6):
            change(document, pages_done=page)
        assert [f.event for f in removed.to_the_end()] == ["bye"]
        assert time.monotonic() - started < 5
        assert [json.loads(stays.next().data)["page"] for _ in range(5)] == [1, 2, 3, 4, 5]


def test_at_its_end_it_says_bye_to_everybody_and_they_resume_at_the_next_one(
    django_db_setup, tmp_path, case, alice, bob, put_in
):
    document = put_in(case, b"one")
    tokens, cookie = [bearer(user) for user in (alice, bob)], cookie_of(alice)
    with serving(tmp_path) as web, ExitStack() as opened:
        streams = [opened.enter_context(web.stream(events_of(case), tokens[n % 2])) for n in range(20)]
        headers = cookie | {"Origin": web.url}
        connection = opened.enter_context(web.socket(f"/ws/cases/{case.pk}/events/", headers))
        for stream in streams:
            last = stream.next().id
        assert json.loads(connection.next()[1])["event"] == "snapshot"
        code, seconds = web.manage.stop(signal.SIGTERM)
        assert (code, seconds < 4) == (0, True)
        for stream in streams:
            (bye,) = stream.to_the_end()
            assert (bye.event, json.loads(bye.data)["reason"]) == ("bye", "shutdown")
        assert json.loads(connection.next()[1])["reason"] == "shutdown"
        opcode, reason = connection.next()
        assert (opcode, struct.unpack("!H", reason[:2])[0]) == (CLOSE, 4503)
        assert "failed" not in web.manage.output()
    change(document, pages_done=1)
    (tmp_path / "again").mkdir()
    with serving(tmp_path / "again") as web, web.stream(events_of(case), tokens[0] | {"Last-Event-ID": last}) as stream:
        frame = stream.next()
        assert (frame.event, json.loads(frame.data)["page"]) == ("progress", 1)


def test_a_large_upload_does_not_pass_through_memory(web, case, bob):
    import http.client

    Membership.objects.filter(case=case, user=bob).update(role=Role.REVIEWER)
    size = 64 << 20
    head = b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="files"; filename="video.bin"\r\n\r\n'
    end = b"\r\n--" + BOUNDARY + b"--\r\n"
    block = os.urandom(1 << 20)

    def body():
        yield head
        for _ in range(size >> 20):
            yield block
        yield end

    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=60)
    headers = bearer(bob) | {"Content-Type": "multipart/form-data; boundary=" + BOUNDARY.decode()}
    headers["Content-Length"] = str(len(head) + size + len(end))
    before = memory_mib(web)
    connection.request("POST", f"/api/v1/cases/{case.pk}/documents/", body=body(), headers=headers)
    answer = connection.getresponse()
    taken = json.loads(answer.read())
    connection.close()
    assert answer.status == 202 and taken["documents"][0]["size"] == size
    peak = int(Path(f"/proc/{web.pid}/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    # Django's own modules for such a request are loaded meanwhile.
    assert peak - before < 40


def test_nothing_of_tokens_cookies_or_names_is_in_the_log(web, case, bob, put_in):
    token = bearer(bob)
    document = put_in(case, b"one", name="Whistleblower memo.txt")
    with web.stream(f"{events_of(case)}?last_event_id=5-5", token) as stream:
        stream.next()
        change(document, pages_done=1)
        while stream.next().event != "progress":
            pass
    log = web.manage.output()
    for secret in (token["Authorization"].split()[1], "Whistleblower", "bob", "last_event_id"):
        assert secret not in log
