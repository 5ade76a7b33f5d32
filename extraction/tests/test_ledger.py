"""The ledger: who may work on what, and that latecomers change nothing."""

import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now
from django.utils import timezone

from documents.models import Document, Page
from extraction import ledger
from extraction.models import ExtractionJob
from extraction.reconcile import reconcile


@pytest.fixture
def job(case, put_in):
    return ExtractionJob.objects.get(document=put_in(case, b"some text"))


def expire(job: ExtractionJob) -> None:
    """As if the lease had run out: what is left when a worker is killed."""
    ExtractionJob.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))


def test_a_claim_counts_the_attempt_and_raises_the_fence_before_any_work(job):
    held = ledger.claim(job.pk, "w1")
    assert (held.attempt, held.fence) == (1, 1)
    job.refresh_from_db()
    assert (job.state, job.attempt, job.document.status) == ("running", 1, "processing")


def test_a_claimed_job_cannot_be_claimed_again(job):
    assert ledger.claim(job.pk, "w1")
    assert all(ledger.claim(job.pk, f"w{n}") is None for n in range(2, 50))


def test_a_job_whose_lease_ran_out_is_claimed_by_another_and_the_first_writes_nothing(job):
    first = ledger.claim(job.pk, "w1")
    expire(job)
    second = ledger.claim(job.pk, "w2")
    assert (second.attempt, second.fence) == (2, 2)
    with pytest.raises(ledger.LostLease), ledger.writing(first):
        pytest.fail("a stale claim must not get here")
    with pytest.raises(ledger.LostLease):
        ledger.renew(first)
    ledger.fail(first, "corrupt")
    job.refresh_from_db()
    assert (job.state, job.document.status) == ("running", "processing")


def test_a_retryable_error_waits_60_120_240_seconds_and_then_fails(job):
    waits = []
    for _ in range(4):
        ExtractionJob.objects.filter(pk=job.pk).update(not_before=Now())
        ledger.fail(ledger.claim(job.pk, "w"), "storage_unavailable")
        job.refresh_from_db()
        if job.state == "queued":
            now = ExtractionJob.objects.annotate(now=Now()).values_list("now", flat=True)[0]
            waits.append(round((job.not_before - now).total_seconds()))
    assert waits == [60, 120, 240]
    document = Document.objects.get(pk=job.document_id)
    assert (job.state, job.attempt) == ("failed", 4)
    assert (document.status, document.error_code) == ("failed", "storage_unavailable")


def test_an_attempt_that_was_interrupted_is_made_again_at_once_and_the_next_ones_wait(job):
    ledger.fail(ledger.claim(job.pk, "w"), "interrupted")
    second = ledger.claim(job.pk, "w")
    assert second is not None
    assert second.attempt == 2
    ledger.fail(second, "interrupted")
    assert ledger.claim(job.pk, "w") is None
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("queued", "interrupted")


@pytest.mark.parametrize("wrong_s", [-3600, 3600])
def test_a_clock_that_is_wrong_by_an_hour_ends_no_lease_early_and_holds_none_for_ever(job, monkeypatch, wrong_s):
    real, now = time.time, timezone.now
    monkeypatch.setattr(time, "time", lambda: real() + wrong_s)
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(seconds=wrong_s))
    held = ledger.claim(job.pk, "w")
    left = ExpressionWrapper(F("lease_until") - Now(), output_field=DurationField())
    (until,) = ExtractionJob.objects.filter(pk=job.pk).values_list(left, flat=True)
    assert timedelta(seconds=25) < until <= timedelta(seconds=30)
    ledger.renew(held)
    assert ledger.claim(job.pk, "another") is None
    assert reconcile() == {"woken": 0, "expired": 0, "quarantined": 0}
    ExtractionJob.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))
    assert ledger.claim(job.pk, "another").attempt == 2


def test_a_job_that_waits_for_its_retry_cannot_be_claimed_early(job):
    ledger.fail(ledger.claim(job.pk, "w"), "storage_unavailable")
    assert ledger.claim(job.pk, "w") is None


def test_a_permanent_error_ends_at_once(job):
    ledger.fail(ledger.claim(job.pk, "w"), "encrypted")
    job.refresh_from_db()
    assert (job.state, job.attempt, job.document.error_code) == ("failed", 1, "encrypted")


def test_work_that_is_handed_back_costs_no_attempt(job):
    ledger.hand_back(ledger.claim(job.pk, "w"))
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("queued", 0)


def test_a_file_that_kills_three_workers_is_quarantined(job):
    for _ in range(3):
        assert ledger.claim(job.pk, "w") is not None
        expire(job)
    assert ledger.claim(job.pk, "w") is None
    assert reconcile()["quarantined"] == 1
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("quarantined", 3)
    assert (job.document.status, job.document.error_code) == ("failed", "quarantined")


def test_two_live_jobs_of_one_stage_are_impossible(job):
    with pytest.raises(IntegrityError), transaction.atomic():
        ExtractionJob.objects.create(document=job.document, stage="read", version=1)


def test_a_page_cannot_be_there_twice(job):
    page = {"document": job.document, "version": 1, "number": 1, "state": "text", "chars": 0}
    Page.objects.create(**page)
    with pytest.raises(IntegrityError), transaction.atomic():
        Page.objects.create(**page)


def test_a_chunk_outside_its_page_is_refused_by_the_database(case, make_document):
    document = make_document(case, ["Short page."])
    chunk = document.chunks.get()
    chunk.pk, chunk.ordinal, chunk.char_to = None, 99, 5000
    with pytest.raises(IntegrityError), transaction.atomic():
        chunk.save(force_insert=True)


def test_queueing_again_ends_the_running_attempt(job):
    held = ledger.claim(job.pk, "w")
    ledger.queue(job.document, "read")
    with pytest.raises(ledger.LostLease):
        ledger.renew(held)


def test_a_job_without_a_message_is_found_and_sent(job, django_capture_on_commit_callbacks):
    ExtractionJob.objects.update(enqueued_at=None)
    assert reconcile()["woken"] == 1
    job.refresh_from_db()
    assert job.enqueued_at is not None
    assert reconcile()["woken"] == 0


def test_the_first_job_of_every_case_is_woken_before_the_second_of_any(case, other_case, put_in, monkeypatch):
    from extraction import wake

    for n in range(5):
        put_in(case, f"bulk {n}".encode(), name=f"{n}.txt")
    lone = put_in(other_case, b"lone")
    sent = []
    monkeypatch.setattr(wake, "send", lambda job, stage: sent.append(job) or True)
    reconcile()
    assert ExtractionJob.objects.get(document=lone).pk in sent[:2]


def test_who_held_a_job_before_a_restore_has_it_no_more_and_it_costs_no_attempt(job):
    held = ledger.claim(job.pk, "gone")
    ExtractionJob.objects.filter(pk=job.pk).update(interruptions=ledger.MAX_INTERRUPTIONS - 1)
    assert ledger.take_up_all() == 1
    with pytest.raises(ledger.LostLease):
        ledger.renew(held)
    again = ledger.claim(job.pk, "here")
    assert (again.attempt, again.fence) == (1, held.fence + 2)
