"""How long a document still waits: its place among its case's jobs, and seconds from what was done lately."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from documents.models import Document
from extraction import ledger, waiting
from extraction.models import ExtractionJob
from extraction.pace import MIN_JOBS
from extraction.waiting import Wait, until_done, waits

pytestmark = pytest.mark.django_db


def finished(document: Document, *, began_s: float, ended_s: float) -> None:
    """As if its reading had taken place then, in seconds before now."""
    ago = {"started_at": Now() - timedelta(seconds=began_s), "finished_at": Now() - timedelta(seconds=ended_s)}
    ExtractionJob.objects.filter(document=document).update(state="done", lease_until=None, **ago)


def of(document: Document) -> Wait:
    return waits([document.pk])[document.pk]


@pytest.fixture
def queue(case, put_in):
    """Four queued documents of the case, in the order in which they came."""
    documents = [put_in(case, b"%d" % n) for n in range(4)]
    for n, document in enumerate(documents):
        ExtractionJob.objects.filter(document=document).update(
            not_before=Now() - timedelta(seconds=60 - n), created_at=Now() - timedelta(seconds=60 - n)
        )
    return documents


def test_nothing_asked_is_nothing_answered(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert waits([]) == {}


def test_a_queued_documents_position_is_the_number_before_it_in_its_case(queue, other_case, put_in):
    put_in(other_case, b"somebody else's, and earlier")
    assert [of(document).position for document in queue] == [0, 1, 2, 3]


def test_those_not_asked_for_count_too(queue):
    assert waits([queue[3].pk]) == {queue[3].pk: Wait(3, None)}


def test_a_retry_waits_behind_those_that_are_due(queue):
    ledger.fail(ledger.claim(ExtractionJob.objects.get(document=queue[0]).pk, "w"), "storage_unavailable")
    assert [of(document).position for document in queue] == [3, 0, 1, 2]


def test_without_enough_jobs_done_lately_there_is_no_estimate(queue, case, put_in):
    for n in range(MIN_JOBS - 1):
        finished(put_in(case, b"done %d" % n), began_s=20, ended_s=10)
    assert [of(document).eta_s for document in queue] == [None] * 4


def test_the_estimate_is_the_pace_of_the_case_times_the_place(queue, case, other_case, put_in):
    # Five jobs within fifty seconds: ten seconds each, however many workers shared them.
    for n in range(5):
        finished(put_in(case, b"done %d" % n), began_s=60 - 10 * n, ended_s=50 - 10 * n)
    for n in range(5):
        finished(put_in(other_case, b"done %d" % n), began_s=500, ended_s=1)
    assert [of(document).eta_s for document in queue] == pytest.approx([10, 20, 30, 40], abs=1)


def test_what_was_done_long_ago_does_not_count(queue, case, put_in):
    long_ago = waiting.LATELY.total_seconds()
    for n in range(5):
        finished(put_in(case, b"done %d" % n), began_s=long_ago + 60, ended_s=long_ago + 50)
    assert of(queue[0]).eta_s is None


def test_a_document_being_read_has_no_position_and_the_time_its_other_pages_take(queue):
    job = ExtractionJob.objects.get(document=queue[0])
    ledger.claim(job.pk, "w")
    assert of(queue[0]) == Wait(None, None)
    Document.objects.filter(pk=queue[0].pk).update(page_count=10, pages_done=4)
    ExtractionJob.objects.filter(pk=job.pk).update(started_at=Now() - timedelta(seconds=20))
    assert of(queue[0]).position is None
    assert of(queue[0]).eta_s == pytest.approx(30, abs=1)
    assert [of(document).position for document in queue[1:]] == [0, 1, 2]


def test_more_pages_done_than_counted_is_no_negative_time(queue):
    job = ExtractionJob.objects.get(document=queue[0])
    ledger.claim(job.pk, "w")
    Document.objects.filter(pk=queue[0].pk).update(page_count=3, pages_done=5)
    assert of(queue[0]).eta_s == 0


def test_finished_documents_and_those_found_by_word_already_wait_for_nothing(case, make_document):
    document = make_document(case)
    assert waits([document.pk]) == {}
    ledger.queue(document, "embed", version=1)
    assert waits([document.pk]) == {}


def test_many_documents_cost_as_many_queries_as_one(queue, django_assert_max_num_queries):
    for asked in (queue[:1], queue):
        with django_assert_max_num_queries(4):
            assert len(waits([document.pk for document in asked])) == len(asked)


def test_members_of_the_other_case_do_not_count_in_what_is_told_of_this_one(queue, case, other_case, put_in):
    for n in range(5):
        finished(put_in(other_case, b"done %d" % n), began_s=60 - 10 * n, ended_s=50 - 10 * n)
    put_in(other_case, b"waits")
    found = until_done([case.pk, other_case.pk])
    assert found[case.pk] is None
    assert found[other_case.pk] is not None


def test_a_case_is_done_when_all_that_waits_is_read(queue, case, put_in):
    for n in range(5):
        document = put_in(case, b"done %d" % n)
        finished(document, began_s=60 - 10 * n, ended_s=50 - 10 * n)
        Document.objects.filter(pk=document.pk).update(status="ready", stage="done")
    assert until_done([case.pk])[case.pk].likely == pytest.approx(40, abs=1)


def test_a_pause_in_which_there_was_nothing_to_do_makes_nothing_slower(queue, case, put_in):
    for n in range(4):
        began = 500 if n < 2 else 20
        finished(put_in(case, b"done %d" % n), began_s=began - 5 * (n % 2), ended_s=began - 5 * (n % 2) - 5)
    assert [of(document).eta_s for document in queue] == pytest.approx([5, 10, 15, 20], abs=1)
