"""The ledger in the admin."""

from datetime import timedelta

import pytest
from django.contrib.admin import helpers
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import Membership, Role
from documents.models import Document
from extraction import ledger
from extraction.models import ExtractionJob

LIST = reverse("admin:extraction_extractionjob_changelist")


@pytest.fixture
def staff(alice):
    alice.is_staff = True
    alice.save()
    alice.user_permissions.set(Permission.objects.all())
    return alice


def page(job, view="change"):
    return reverse(f"admin:extraction_extractionjob_{view}", args=[job.pk])


def ticked(action, *jobs, **more):
    return {"action": action, helpers.ACTION_CHECKBOX_NAME: [str(j.pk) for j in jobs]} | more


def test_it_tells_how_old_a_lease_is_and_whether_it_ran_out(case, staff, put_in, client):
    document = put_in(case, b"x")
    job = ExtractionJob.objects.get(document=document)
    client.force_login(staff)
    assert ledger.claim(job.pk, "host/1") is not None
    assert "renewed 0 s ago" in client.get(page(job)).content.decode()
    assert "1 of 4" in client.get(LIST).content.decode()
    ExtractionJob.objects.update(lease_until=Now() - timedelta(seconds=90))
    assert "ran out 90 s ago" in client.get(page(job)).content.decode()


def test_jobs_of_other_cases_are_neither_listed_nor_reached_superusers_included(
    case, other_case, staff, put_in, client
):
    foreign = put_in(other_case, b"x", name="canary.txt")
    job = ExtractionJob.objects.get(document=foreign)
    for person in (staff, User.objects.create_superuser("root")):
        client.force_login(person)
        for query in ({}, {"q": "canary"}, {"case": str(other_case.pk)}, {"state__exact": "queued"}):
            response = client.get(LIST, query)
            assert list(response.context["cl"].result_list) == []
            assert "canary.txt" not in response.content.decode()
        assert client.get(page(job)).status_code == 404
        ExtractionJob.objects.update(state="quarantined")
        client.post(LIST, ticked("release", job, confirmed="yes"))
        assert ExtractionJob.objects.count() == 1
        ExtractionJob.objects.update(state="queued")


def test_nothing_in_it_can_be_edited_or_deleted_by_hand(case, staff, put_in, client):
    job = ExtractionJob.objects.get(document=put_in(case, b"x"))
    client.force_login(staff)
    assert client.get(page(job)).status_code == 200
    assert client.post(page(job), {"state": "done"}).status_code == 403
    assert client.post(page(job, "delete"), {"post": "yes"}).status_code == 403
    assert client.get(reverse("admin:extraction_extractionjob_add")).status_code == 403
    client.post(LIST, ticked("delete_selected", job, post="yes"))
    assert ExtractionJob.objects.get().state == "queued"


@pytest.mark.parametrize(("action", "state"), [("release", "quarantined"), ("try_again", "failed")])
def test_what_was_set_aside_or_failed_is_queued_anew_after_asking(case, staff, put_in, client, action, state):
    document, other = put_in(case, b"x", name="x.txt"), put_in(case, b"y", name="y.txt")
    ExtractionJob.objects.update(state=state, error_code="quarantined", interruptions=3)
    Document.objects.update(status="failed", error_code="quarantined")
    job = ExtractionJob.objects.get(document=document)
    client.force_login(staff)
    body = client.post(LIST, ticked(action, job)).content.decode()
    assert "x.txt" in body
    assert "1 document" in body
    assert not ExtractionJob.objects.filter(state="queued").exists()
    client.post(LIST, ticked(action, job, confirmed="yes"))
    fresh = ExtractionJob.objects.get(state="queued")
    assert (fresh.document, fresh.interruptions, fresh.attempt) == (document, 0, 0)
    document.refresh_from_db()
    other.refresh_from_db()
    assert (document.status, document.error_code) == ("queued", "")
    assert other.status == "failed"


def test_each_action_passes_over_jobs_in_another_state(case, staff, put_in, client):
    job = ExtractionJob.objects.get(document=put_in(case, b"x"))
    client.force_login(staff)
    for action in ("release", "try_again"):
        assert "nothing to be done" in client.post(LIST, ticked(action, job)).content.decode()
        client.post(LIST, ticked(action, job, confirmed="yes"))
    assert ExtractionJob.objects.get().pk == job.pk


def test_a_failed_indexing_begins_again_at_indexing(case, staff, make_document, client):
    document = make_document(case)
    job = ExtractionJob.objects.get(document=document, stage="index", state="done")
    ExtractionJob.objects.filter(pk=job.pk).update(state="failed", error_code="internal_error")
    client.force_login(staff)
    client.post(LIST, ticked("try_again", job, confirmed="yes"))
    assert ExtractionJob.objects.get(state="queued").stage == "index"


def test_a_viewer_tries_nothing_again(case, staff, put_in, client):
    Membership.objects.filter(user=staff).update(role=Role.VIEWER)
    job = ExtractionJob.objects.get(document=put_in(case, b"x"))
    ExtractionJob.objects.update(state="failed", error_code="corrupt")
    client.force_login(staff)
    client.post(LIST, ticked("try_again", job, confirmed="yes"))
    assert ExtractionJob.objects.get().state == "failed"


def test_the_number_of_queries_does_not_grow_with_jobs(case, staff, put_in, client, django_assert_num_queries):
    put_in(case, b"0")
    client.force_login(staff)
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for n in range(6):
        put_in(case, b"more %d" % n)
    with django_assert_num_queries(len(few)):
        client.get(LIST)
