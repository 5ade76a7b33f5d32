"""The heartbeat: the lease is kept, progress is told, and whoever has lost the job learns of it."""

import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db.models.functions import Now

from documents.models import Document
from extraction import heartbeat, ledger
from extraction.heartbeat import PROGRESS_EVERY_S, Heartbeat
from extraction.jobs import Stopping
from extraction.models import ExtractionJob

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock(monkeypatch):
    """Time as the heartbeat sees it."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(heartbeat, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.fixture
def held(case, put_in):
    return ledger.claim(ExtractionJob.objects.get(document=put_in(case, b"some text")).pk, "w")


def beating(held, clock, check=lambda: None):
    return Heartbeat(held, check, renewed=clock.now, saved=clock.now)


def run_down(held):
    """The lease as if it would end in a second."""
    ExtractionJob.objects.filter(pk=held.job_id).update(lease_until=Now() + timedelta(seconds=1))


def lease_left(held):
    left = ExtractionJob.objects.annotate(now=Now()).values_list("lease_until", "now").get(pk=held.job_id)
    return (left[0] - left[1]).total_seconds()


def test_the_lease_is_renewed_after_a_third_of_it_and_not_before(held, clock, settings):
    settings.LEXINTEL_LEASE_S = 30
    heart = beating(held, clock)
    run_down(held)
    clock.now += 9
    heart.beat()
    assert lease_left(held) < 2
    clock.now += 2
    heart.beat()
    assert lease_left(held) > 25


def test_progress_is_saved_told_and_renews_the_lease(held, clock):
    heart = beating(held, clock)
    run_down(held)
    clock.now += PROGRESS_EVERY_S
    heart.beat(3, 12)
    document = Document.objects.get(pk=held.document_id)
    assert (document.pages_done, document.page_count) == (3, 12)
    assert lease_left(held) > 20


def test_progress_is_saved_four_times_a_second_at_most(held, clock, django_assert_num_queries):
    heart = beating(held, clock)
    clock.now += PROGRESS_EVERY_S
    heart.beat(1, 100)
    with django_assert_num_queries(0):
        for page in range(2, 50):
            clock.now += PROGRESS_EVERY_S / 100
            heart.beat(page, 100)
    assert Document.objects.get(pk=held.document_id).pages_done == 1


def test_a_beat_without_news_asks_the_database_nothing(held, clock, django_assert_num_queries):
    heart = beating(held, clock)
    with django_assert_num_queries(0):
        for _ in range(100):
            clock.now += 0.05
            heart.beat(0, None)


@pytest.mark.parametrize("pages", [0, 5])
def test_whoever_has_lost_the_job_learns_of_it_and_changes_nothing(held, clock, pages):
    heart = beating(held, clock)
    ExtractionJob.objects.filter(pk=held.job_id).update(fence=99)
    clock.now += 60
    with pytest.raises(ledger.LostLease):
        heart.beat(pages, 10)
    assert Document.objects.get(pk=held.document_id).pages_done == 0


def test_a_document_that_is_gone_is_a_lost_lease(held, clock):
    heart = beating(held, clock)
    Document.objects.filter(pk=held.document_id).delete()
    clock.now += 60
    with pytest.raises(ledger.LostLease):
        heart.beat(5, 10)


def test_a_worker_asked_to_stop_stops_at_the_next_beat(held, clock):
    def check():
        raise Stopping

    with pytest.raises(Stopping):
        beating(held, clock, check).beat()


def test_the_lease_is_kept_while_something_else_is_done(held, settings):
    settings.LEXINTEL_LEASE_S = 1
    assert Heartbeat(held, lambda: None).while_doing(lambda: time.sleep(2) or "done") == "done"
    assert lease_left(held) > 0


def test_who_is_told_to_stop_does_not_wait_for_what_is_being_done(held):
    told = iter([None, None, Stopping()])

    def check():
        if error := next(told):
            raise error

    started = time.monotonic()
    with pytest.raises(Stopping):
        Heartbeat(held, check).while_doing(lambda: time.sleep(4))
    assert time.monotonic() - started < 3


def test_what_goes_wrong_meanwhile_is_raised(held):
    with pytest.raises(ZeroDivisionError):
        Heartbeat(held, lambda: None).while_doing(lambda: 1 // 0)
