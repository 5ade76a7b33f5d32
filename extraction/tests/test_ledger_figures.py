"""What is stuck can be seen: in /readyz, in the admin and in doctor."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db.models.functions import Now
from django.urls import reverse

from extraction import doctor, ledger
from extraction.ledger_figures import Figures, figures, figures_by_case
from extraction.models import ExtractionJob

NOTHING = Figures(0, 0.0, 0, 0.0, 0.0, 0, 0, 0)


def job_of(document):
    return ExtractionJob.objects.filter(document=document)


def ago(seconds):
    return Now() - timedelta(seconds=seconds)


@pytest.fixture
def busy(case, put_in):
    """One that waits for a minute, one that waits for its retry, one at work, one without a worker, one set aside."""
    waiting, retrying, running, left, killer = [put_in(case, f"{n}".encode()) for n in range(5)]
    job_of(waiting).update(not_before=ago(60))
    ledger.fail(ledger.claim(job_of(retrying).get().pk, "w"), "storage_unavailable")
    for document, lease_left_s, since_s in ((running, 20, 40), (left, -5, 90)):
        ledger.claim(job_of(document).get().pk, "w")
        job_of(document).update(lease_until=ago(-lease_left_s), started_at=ago(since_s))
    job_of(killer).update(state="quarantined", error_code="quarantined")
    return case


def is_as_expected(found):
    """The same counts, and ages that have not grown by more than a slow machine needs to tell them."""
    return all(0 <= value - EXPECTED.__dict__[name] < 20 for name, value in found.__dict__.items())


EXPECTED = Figures(
    queued=2,
    oldest_queued_s=60,
    running=2,
    oldest_running_s=90,
    oldest_lease_s=35,
    retrying=1,
    quarantined=1,
    expired=1,
)


def test_an_idle_ledger_has_nothing_to_tell(db):
    assert figures() == NOTHING


def test_figures_are_those_of_the_ledger_and_of_each_case(busy, other_case, put_in):
    assert is_as_expected(figures())
    put_in(other_case, b"another")
    by_case = figures_by_case([busy.pk, other_case.pk])
    assert is_as_expected(by_case[busy.pk])
    assert by_case[other_case.pk].queued == 1
    assert figures_by_case([other_case.pk]).keys() == {other_case.pk}


def test_readiness_tells_what_waits_and_hangs_and_is_ready_all_the_same(busy, client):
    response = client.get("/readyz")
    work = response.json()["work"]
    assert response.status_code == 200
    assert (work["status"], work["queued"], work["expired"], work["quarantined"]) == ("stuck", 2, 1, 1)
    assert 60 <= work["oldest_queued_s"] < 80
    assert 35 <= work["oldest_lease_s"] < 55


def test_doctor_names_work_without_a_worker_as_a_problem(busy):
    found = doctor.CHECKS["work"]()
    assert not found.ok
    assert "1 quarantined, 1 without a living worker" in found.detail
    assert "1 waiting to retry" in found.detail


def test_the_admin_tells_the_figures_of_ones_own_cases_alone(busy, other_case, alice, put_in, client):
    alice.is_staff = True
    alice.save()
    alice.user_permissions.set(Permission.objects.all())
    put_in(other_case, b"another")
    client.force_login(alice)
    page = client.get(reverse("admin:extraction_extractionjob_changelist")).content.decode()
    table = page.partition('id="ledger-figures"')[2].partition("</table>")[0]
    assert busy.name in table
    assert other_case.name not in page
    assert re.findall(r"<td>(\d+)</td>", table) == ["2", "2", "1", "1", "1"]
