"""A lease that ran out while the database was away is nobody's death."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db.models.functions import Now

from extraction import lease_watch, ledger, reconcile
from extraction.lease_watch import LeaseWatch
from extraction.models import ExtractionJob

BOOT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch, settings):
    clock = SimpleNamespace(now=500.0)
    monkeypatch.setattr(lease_watch, "time", SimpleNamespace(monotonic=lambda: clock.now))
    settings.LEXINTEL_LEASE_S = 30
    return clock


def test_who_looks_once_trusts_the_ledger(clock):
    assert LeaseWatch().can_tell()


def test_who_watches_can_tell_after_a_leases_time(clock):
    watch = LeaseWatch()
    watch.begin()
    watch.saw(BOOT)
    clock.now += 29
    watch.saw(BOOT)
    assert not watch.can_tell()
    clock.now += 2
    assert watch.can_tell()


def test_after_a_restart_of_the_server_everybody_gets_time_again(clock):
    watch = LeaseWatch()
    watch.begin()
    watch.saw(BOOT)
    clock.now += 100
    assert watch.can_tell()
    watch.saw(BOOT + timedelta(days=1))
    assert not watch.can_tell()
    clock.now += 31
    assert watch.can_tell()


@pytest.mark.django_db
def test_nobody_is_declared_dead_before_one_can_tell(case, put_in, clock, monkeypatch):
    lost = ExtractionJob.objects.get(document=put_in(case, b"some text"))
    killer = ExtractionJob.objects.get(document=put_in(case, b"other text"))
    ExtractionJob.objects.filter(pk=killer.pk).update(interruptions=2)
    for job in (lost, killer):
        assert ledger.claim(job.pk, "w")
        ExtractionJob.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1), enqueued_at=None)
    watch = LeaseWatch()
    monkeypatch.setattr(reconcile, "watch", watch)
    watch.begin()
    assert reconcile.reconcile() == {"woken": 0, "expired": 0, "quarantined": 0}
    clock.now += 31
    assert reconcile.reconcile() == {"woken": 0, "expired": 1, "quarantined": 1}
