"""A case at one moment: consistent in itself, bounded, and as dear for many cases as for one."""

import asyncio
import json
import threading

import pytest
from django.db import connection, transaction

from documents.models import Document, Page
from extraction import event_log, snapshot, snapshot_desk
from extraction.snapshot import Moment, take_snapshot
from extraction.snapshot_desk import SnapshotDesk
from extraction.tests.watching import change, in_thread
from lexintel import bus


def of(case) -> dict:
    return take_snapshot([case.pk]).cases[case.pk]


@pytest.mark.django_db
class TestContent:
    def test_a_case_without_documents_is_all_zeros(self, case):
        shown = of(case)
        assert (shown["v"], shown["case"], shown["documents"], shown["more"]) == (1, str(case.pk), [], 0)
        assert set(shown["counts"].values()) == {0}
        assert set(shown["counts"]) == {
            *("documents", "pages", "queued", "processing", "ready", "partial", "failed", "pages_unreadable")
        }

    def test_documents_that_are_not_finished_are_listed_as_their_events_would_tell_them(self, case, put_in):
        first, second = put_in(case, b"one"), put_in(case, b"two")
        Document.objects.filter(pk=second.pk).update(status="processing", page_count=10, pages_done=5)
        shown = of(case)
        assert [(d["doc"], d["status"], d["page"], d["pages"], d["pct"]) for d in shown["documents"]] == [
            (str(first.pk), "queued", 0, 0, 0),
            (str(second.pk), "processing", 5, 10, 40),
        ]
        assert not {"v", "case", "at"} & set(shown["documents"][0])

    def test_finished_documents_and_their_pages_are_counted(self, case, put_in):
        ready, failed = put_in(case, b"one"), put_in(case, b"two")
        Document.objects.filter(pk=ready.pk).update(status="partial", version=1)
        Document.objects.filter(pk=failed.pk).update(status="failed", error_code="corrupt")
        for number, state in enumerate(["text", "blank", "unreadable"], 1):
            reason = "resource_time" if state == "unreadable" else ""
            Page.objects.create(document=ready, version=1, number=number, state=state, reason=reason, chars=0)
        counts = of(case)["counts"]
        assert counts == {
            "documents": 2,
            "queued": 0,
            "processing": 0,
            "ready": 0,
            "partial": 1,
            "failed": 1,
            "pages": 3,
            "pages_unreadable": 1,
        }

    def test_more_than_are_listed_are_counted(self, case, put_in, monkeypatch):
        monkeypatch.setattr(snapshot, "MAX_DOCUMENTS", 3)
        documents = [put_in(case, b"%d" % n) for n in range(5)]
        shown = of(case)
        assert [d["doc"] for d in shown["documents"]] == [str(d.pk) for d in documents[:3]]
        assert (shown["more"], shown["counts"]["queued"]) == (2, 5)

    def test_even_ten_thousand_documents_make_a_snapshot_of_at_most_64_kb(self, case):
        Document.objects.bulk_create(
            Document(
                case=case,
                name="x.pdf",
                sha256=f"{n:064x}",
                size=1,
                status="processing",
                page_count=5_000,
                pages_done=4_999,
            )
            for n in range(10_000)
        )
        shown = of(case)
        assert (len(shown["documents"]), shown["more"]) == (500, 9_500)
        assert len(json.dumps(shown, separators=(",", ":"))) <= 64_000

    def test_a_case_shows_nothing_of_another(self, case, other_case, put_in):
        put_in(other_case, b"one")
        both = take_snapshot([case.pk, other_case.pk])
        assert both.cases[case.pk]["documents"] == [] and both.cases[case.pk]["counts"]["documents"] == 0
        assert len(both.cases[other_case.pk]["documents"]) == 1

    def test_ten_cases_cost_as_many_queries_as_one(self, case, alice, put_in, django_assert_num_queries):
        from cases.models import Case

        ids = [case.pk] + [Case.objects.create(name=f"{n}", reference=f"{n}").pk for n in range(9)]
        for id in ids:
            put_in(Case.objects.get(pk=id), b"one")
        for asked in (ids[:1], ids):
            with django_assert_num_queries(7):  # five, and the savepoint of the test's own transaction
                assert len(take_snapshot(asked).cases) == len(asked)

    def test_no_cases_are_no_snapshots(self, db):
        assert take_snapshot([]).cases == {}


@pytest.mark.parametrize(
    ("transaction_number", "included"),
    [(0, False), (5, True), (9, True), (10, True), (12, False), (19, True), (20, False)],
)
def test_a_moment_includes_what_was_committed_before_it(transaction_number, included):
    moment = Moment(low=10, high=20, running=frozenset([12, 15]))
    assert moment.includes(transaction_number) is included


@pytest.mark.django_db(transaction=True)
def test_a_moment_knows_what_is_committed_and_what_is_still_running(case, put_in):
    def number() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            return cursor.fetchone()[0]

    with transaction.atomic():
        committed = number()
    began, may_end, running = threading.Event(), threading.Event(), []

    def work() -> None:
        with transaction.atomic():
            running.append(number())
            began.set()
            may_end.wait(10)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    began.wait(10)
    with transaction.atomic():
        later = number()
    moment = take_snapshot([case.pk]).moment
    may_end.set()
    thread.join()
    assert [moment.includes(n) for n in (committed, running[0], later)] == [True, False, True]


@pytest.mark.django_db(transaction=True)
def test_counts_and_list_are_of_the_same_moment_though_others_commit_in_between(case, put_in, monkeypatch):
    document = put_in(case, b"one")
    counts = snapshot.case_counts

    def counts_and_then_somebody_commits(ids: object) -> object:
        found = counts(ids)
        thread = threading.Thread(target=lambda: (change(document, status="ready", stage="done"), connection.close()))
        thread.start()
        thread.join()
        return found

    monkeypatch.setattr(snapshot, "case_counts", counts_and_then_somebody_commits)
    shown = of(case)
    assert shown["counts"]["queued"] == 1 == len(shown["documents"])
    assert of(case)["counts"]["queued"] == 0


@pytest.mark.django_db(transaction=True)
class TestDesk:
    @pytest.fixture
    async def redis(self):
        client = bus.async_client()
        yield client
        await client.aclose()

    async def test_who_asks_at_the_same_time_shares_one_snapshot(self, redis, case, monkeypatch):
        taken = []
        monkeypatch.setattr(snapshot_desk, "take_snapshot", lambda ids: taken.append(ids) or take_snapshot(ids))
        desk = SnapshotDesk()
        asked = frozenset([case.pk])
        answers = await asyncio.gather(*(desk.take(redis, asked) for _ in range(50)))
        assert len(taken) == 1 and len({id(a) for a in answers}) == 1

    async def test_who_asks_while_one_is_being_taken_gets_a_later_one(self, redis, case, put_in, monkeypatch):
        began, may_end = threading.Event(), threading.Event()

        def slow(ids: object) -> object:
            found = take_snapshot(ids)
            began.set()
            may_end.wait(10)
            return found

        monkeypatch.setattr(snapshot_desk, "take_snapshot", slow)
        desk, asked = SnapshotDesk(), frozenset([case.pk])
        first = asyncio.create_task(desk.take(redis, asked))
        await asyncio.to_thread(began.wait, 10)
        await in_thread(put_in, case, b"one")
        second = asyncio.create_task(desk.take(redis, asked))
        await asyncio.sleep(0)
        may_end.set()
        assert '"documents":0' in (await first).messages[0].data
        assert '"documents":1' in (await second).messages[0].data

    async def test_the_id_was_the_records_end_before_the_database_was_read(self, redis, case, put_in, monkeypatch):
        document = await in_thread(put_in, case, b"one")

        def told_meanwhile(ids: object) -> object:
            change(document, pages_done=1)
            return take_snapshot(ids)

        monkeypatch.setattr(snapshot_desk, "take_snapshot", told_meanwhile)
        answer = await SnapshotDesk().take(redis, frozenset([case.pk]))
        last = (await in_thread(bus.client().xrevrange, bus.case_stream(case.pk), "+", "-", 1))[0][0]
        assert event_log.order(answer.id) < event_log.order(last)

    async def test_a_failure_is_told_to_all_who_asked_and_to_nobody_after_them(self, redis, case, monkeypatch):
        desk, asked = SnapshotDesk(), frozenset([case.pk])
        with monkeypatch.context() as patched:
            patched.setattr(snapshot_desk, "take_snapshot", lambda ids: 1 / 0)
            failures = await asyncio.gather(*(desk.take(redis, asked) for _ in range(3)), return_exceptions=True)
        assert [type(f) for f in failures] == [ZeroDivisionError] * 3
        assert (await desk.take(redis, asked)).messages

    async def test_who_leaves_does_not_spoil_it_for_the_others(self, redis, case):
        desk, asked = SnapshotDesk(), frozenset([case.pk])
        leaver, stayer = (asyncio.create_task(desk.take(redis, asked)) for _ in range(2))
        await asyncio.sleep(0)
        leaver.cancel()
        assert (await stayer).messages

    async def test_nobodys_cases_are_answered_with_nothing(self, redis, db):
        answer = await SnapshotDesk().take(redis, frozenset())
        assert answer.messages == [] and answer.id
