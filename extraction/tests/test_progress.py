"""Events: what they say, that they are small, and that they are told after commit, in the order of commits."""

import json
import uuid

import pytest
from django.db import transaction

from documents.models import Document, Stage, Status
from extraction import event_log, ledger, progress
from extraction.errors import ERRORS
from extraction.models import ExtractionJob
from extraction.progress import MAX_BYTES, ProgressEvent, event_of, percent
from extraction.tests.watching import change
from lexintel import bus

LONGEST = {"status": "processing", "stage": "index", "page": 99_999, "pages": 99_999, "pct": 100, "at": 10**13 - 1}


def told(case) -> list[dict]:
    """Every event of a case's stream, oldest first."""
    return [json.loads(fields["progress"]) for _, fields in bus.client().xrange(bus.case_stream(case.pk))]


@pytest.mark.parametrize("code", ["", *sorted(ERRORS)])
def test_the_longest_event_of_every_code_fits(code):
    fields = LONGEST | {"status": Status.FAILED.value if code else "processing"}
    event = ProgressEvent(case=str(uuid.uuid4()), doc=str(uuid.uuid4()), code=code, **fields)
    assert len(event.line().encode()) <= MAX_BYTES
    shown = json.loads(event.line())
    assert shown.get("code", "") == code and shown["doc"] == event.doc and shown["status"] == fields["status"]


def failed(code: str) -> ProgressEvent:
    return ProgressEvent(case=str(uuid.uuid4()), doc=str(uuid.uuid4()), code=code, **(LONGEST | {"status": "failed"}))


def test_numbers_are_left_out_only_where_a_long_code_needs_their_place():
    assert json.loads(failed("empty").line())["pages"] == 99_999
    longest = failed("x" * Document._meta.get_field("error_code").max_length)
    assert len(longest.line()) <= MAX_BYTES
    assert "page" not in json.loads(longest.line()) and json.loads(longest.line())["code"] == longest.code


def test_an_event_is_one_line_of_ids_numbers_and_words_of_ours():
    document = Document(case_id=uuid.uuid4(), name="Secret\nmemo.pdf", path="a/b", custodian="Jane", status="queued")
    line = event_of(document, at=5).line()
    assert set(json.loads(line)) == {"v", "case", "doc", "status", "stage", "page", "pages", "pct", "at"}
    assert "\n" not in line and "memo" not in line and "Jane" not in line


def test_the_percentage_never_goes_back_on_a_documents_way():
    way = [
        Document(status="queued", stage="read"),
        *(Document(status="processing", stage="read", page_count=7, pages_done=n) for n in range(8)),
        Document(status="processing", stage=Stage.INDEX, page_count=7, pages_done=7),
        Document(status="processing", stage=Stage.EMBED, page_count=7, pages_done=7),
        Document(status="processing", stage=Stage.DONE, page_count=7, pages_done=7),
        Document(status="ready", stage=Stage.DONE, page_count=7, pages_done=7),
    ]
    shown = [percent(document) for document in way]
    assert shown == sorted(shown) and (shown[0], shown[-1]) == (0, 100) and max(shown[:-1]) < 100


@pytest.mark.parametrize("pages", [(0, 9), (None, 9), (3, 9)])
def test_more_pages_done_than_counted_is_never_more_than_all(pages):
    count, done = pages
    assert percent(Document(status="processing", stage="read", page_count=count, pages_done=done)) <= 80


@pytest.mark.django_db(transaction=True)
class TestTelling:
    def test_nothing_is_told_before_the_commit(self, case, put_in):
        document = put_in(case, b"one")
        before = len(told(case))
        with transaction.atomic():
            change(document, status="processing")
            assert len(told(case)) == before
        assert [e["status"] for e in told(case)[before:]] == ["processing"]

    def test_what_is_rolled_back_is_not_told(self, case, put_in):
        document = put_in(case, b"one")
        before = told(case)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            change(document, status="processing")
            1 / 0
        assert told(case) == before

    def test_a_documents_way_is_told_step_by_step(self, case, make_document):
        document = make_document(case, ["One page.", "And another."])
        mine = [e for e in told(case) if e["doc"] == str(document.pk)]
        steps = [(e["status"], e["stage"]) for e in mine]
        assert steps[0] == ("queued", "read") and steps[-1] == ("ready", "done")
        assert ("processing", "embed") in steps
        assert [e["pct"] for e in mine] == sorted(e["pct"] for e in mine)
        assert [e["at"] for e in mine] == sorted(e["at"] for e in mine)

    def test_a_failure_is_told_with_its_code(self, case, put_in):
        job = ExtractionJob.objects.get(document=put_in(case, b"one"))
        ledger.fail(ledger.claim(job.pk, "w"), "encrypted")
        assert (told(case)[-1]["status"], told(case)[-1]["code"]) == ("failed", "encrypted")

    def test_a_passing_error_is_told_as_waiting_and_without_a_code(self, case, put_in):
        job = ExtractionJob.objects.get(document=put_in(case, b"one"))
        ledger.fail(ledger.claim(job.pk, "w"), "storage_unavailable")
        assert told(case)[-1]["status"] == "queued" and "code" not in told(case)[-1]

    def test_a_worker_that_lost_its_lease_tells_nothing_more(self, case, put_in):
        job = ExtractionJob.objects.get(document=put_in(case, b"one"))
        stale = ledger.claim(job.pk, "w1")
        ledger.queue(job.document, "read")
        before = told(case)
        with pytest.raises(ledger.LostLease), ledger.writing(stale) as document:
            progress.announce(document, page=3)
        ledger.fail(stale, "corrupt")
        assert told(case) == before

    def test_a_deleted_document_is_told_by_its_id(self, case, put_in):
        document = put_in(case, b"one")
        pk = str(document.pk)
        with transaction.atomic():
            progress.announce_gone(document)
            document.delete()
        assert (told(case)[-1]["doc"], told(case)[-1]["status"]) == (pk, "deleted")

    def test_a_state_that_is_older_than_one_told_already_is_dropped(self, case, put_in):
        document = put_in(case, b"one")
        before = len(told(case))
        at = progress.database_time_us()
        assert event_log.append_event(case.pk, document.pk, "{}", at + 2000)
        assert event_log.append_event(case.pk, document.pk, "{}", at + 1000) is None
        assert event_log.append_event(case.pk, uuid.uuid4(), "{}", at + 1000), "another document's is not"
        assert len(told(case)) == before + 2

    def test_a_database_clock_that_is_set_back_mutes_nobody(self, case, put_in):
        document, at = put_in(case, b"one"), progress.database_time_us()
        assert event_log.append_event(case.pk, document.pk, "{}", at + 3600 * 10**6)
        assert event_log.append_event(case.pk, document.pk, "{}", at)

    def test_ids_rise_across_all_cases(self, case, other_case):
        ids = [
            event_log.append_event(which.pk, uuid.uuid4(), "{}", 1) for _ in range(50) for which in (case, other_case)
        ]
        orders = [event_log.order(id) for id in ids]
        assert orders == sorted(set(orders))

    def test_a_stream_is_bounded(self, case, monkeypatch):
        monkeypatch.setattr(event_log, "MAX_EVENTS", 100)
        for _ in range(500):
            event_log.append_event(case.pk, uuid.uuid4(), "{}", 1)
        # Redis trims whole nodes of a hundred entries.
        assert 100 <= bus.client().xlen(bus.case_stream(case.pk)) <= 300
        assert 0 < bus.client().ttl(bus.case_stream(case.pk)) <= event_log.KEEP_S


@pytest.mark.parametrize("wrong", ["", "5", "a-b", "5-", "-5", "5-5-5", "٣-٣", "9" * 60 + "-1", "1.0-1", "+1-1"])
def test_what_is_no_id_is_refused(wrong):
    with pytest.raises(ValueError, match="not an event id"):
        event_log.order(wrong)
