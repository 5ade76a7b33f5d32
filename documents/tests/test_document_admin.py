"""Documents in the admin."""

import pytest
from django.contrib.admin import helpers
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import Membership, Role
from documents import storage
from documents.models import Document
from extraction.models import ExtractionJob

LIST = reverse("admin:documents_document_changelist")


@pytest.fixture
def staff(alice):
    alice.is_staff = True
    alice.save()
    alice.user_permissions.set(Permission.objects.all())
    return alice


@pytest.fixture
def root(db):
    """A superuser who is a member of nothing."""
    return User.objects.create_superuser("root")


def page(document, view="change"):
    return reverse(f"admin:documents_document_{view}", args=[document.pk])


def ticked(*documents, action="read_again", **more):
    return {"action": action, helpers.ACTION_CHECKBOX_NAME: [str(d.pk) for d in documents]} | more


def test_staff_see_the_documents_of_their_cases_with_the_state_of_their_jobs(case, other_case, staff, put_in, client):
    put_in(case, b"mine", name="mine.txt")
    put_in(other_case, b"theirs", name="canary.txt")
    client.force_login(staff)
    body = client.get(LIST).content.decode()
    assert "mine.txt" in body
    assert "read, queued" in body
    assert "canary" not in body


def test_a_superuser_who_is_no_member_sees_no_document(case, root, put_in, client):
    document = put_in(case, b"x", name="canary.txt", custodian="canary-custodian")
    client.force_login(root)
    assert "canary" not in client.get(LIST).content.decode()
    for view in ("change", "delete", "history"):
        assert client.get(page(document, view)).status_code == 404
    assert client.post(page(document), {"name": "mine now"}).status_code == 404
    assert client.post(page(document, "delete"), {"post": "yes"}).status_code == 404
    client.post(LIST, ticked(document, confirmed="yes"))
    client.post(LIST, ticked(document, action="delete_selected", post="yes"))
    assert Document.objects.get().name == "canary.txt"
    assert ExtractionJob.objects.count() == 1


@pytest.mark.parametrize("query", [{"q": "canary"}, {"error_code": "corrupt"}, {"media_type": "text/plain"}])
def test_no_filter_and_no_search_finds_another_case_s(case, other_case, staff, put_in, client, query):
    foreign = put_in(other_case, b"theirs", name="the-canary.txt")
    Document.objects.filter(pk=foreign.pk).update(error_code="corrupt")
    client.force_login(staff)
    assert "the-canary" not in client.get(LIST, query).content.decode()
    body = client.get(LIST, {"case": str(other_case.pk)}).content.decode()
    assert "the-canary" not in body
    assert other_case.name not in body
    assert "text/plain" not in client.get(LIST).content.decode()


def test_filters_narrow_the_list(case, staff, put_in, client):
    put_in(case, b"", name="void.txt")
    put_in(case, b"full", name="full.txt")
    client.force_login(staff)
    for query, found in [
        ({"error_code": "empty"}, {"void.txt"}),
        ({"status__exact": "queued"}, {"full.txt"}),
        ({"case": str(case.pk)}, {"void.txt", "full.txt"}),
        ({"q": "ful"}, {"full.txt"}),
        ({"media_type": "text/plain"}, {"full.txt"}),
    ]:
        listed = {d.name for d in client.get(LIST, query).context["cl"].result_list}
        assert listed == found, query


def test_the_page_of_a_document_lists_jobs_and_pages_without_texts(case, staff, make_document, client):
    document = make_document(case, ["canary-text one", "canary-text two"], name="log.txt")
    client.force_login(staff)
    body = client.get(page(document)).content.decode()
    assert f"/documents/{document.pk}/pages/2/" in body
    assert "Index words" in body
    assert "canary-text" not in body


def test_renaming_reaches_search_and_cleans_the_name(case, staff, make_document, client):
    document = make_document(case, name="old.txt")
    client.force_login(staff)
    data = {"name": "../new\u202e.txt", "custodian": "K. Holm", "source": ""}
    data |= {f"{prefix}-{total}": "0" for prefix in ("jobs", "pages") for total in ("TOTAL_FORMS", "INITIAL_FORMS")}
    assert client.post(page(document), data).status_code == 302
    document.refresh_from_db()
    assert (document.name, document.custodian) == ("new.txt", "K. Holm")
    assert document.chunks.get().title == "new.txt"


def test_a_viewer_may_look_and_nothing_else(case, staff, put_in, client):
    Membership.objects.filter(user=staff).update(role=Role.VIEWER)
    document = put_in(case, b"x", name="kept.txt")
    client.force_login(staff)
    assert client.get(page(document)).status_code == 200
    assert client.post(page(document), {"name": "changed"}).status_code == 403
    assert client.post(page(document, "delete"), {"post": "yes"}).status_code == 403
    client.post(LIST, ticked(document, confirmed="yes"))
    client.post(LIST, ticked(document, action="delete_selected", post="yes"))
    assert Document.objects.get().name == "kept.txt"
    assert ExtractionJob.objects.count() == 1


def test_a_reviewer_does_not_delete(case, staff, put_in, client):
    Membership.objects.filter(user=staff).update(role=Role.REVIEWER)
    document = put_in(case, b"x")
    client.force_login(staff)
    assert client.post(page(document, "delete"), {"post": "yes"}).status_code == 403
    client.post(LIST, ticked(document, action="delete_selected", post="yes"))
    assert Document.objects.filter(pk=document.pk).exists()


def test_deleting_goes_the_way_of_every_removal(case, staff, put_in, client, django_capture_on_commit_callbacks):
    document = put_in(case, b"twice", name="first.txt")
    copy = put_in(case, b"twice", name="copy.txt")
    single = put_in(case, b"once", name="single.txt")
    client.force_login(staff)
    assert client.get(page(document, "delete")).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(page(document, "delete"), {"post": "yes"}).status_code == 302
        client.post(LIST, ticked(single, action="delete_selected", post="yes"))
    copy.refresh_from_db()
    assert copy.duplicate_of is None
    assert copy.jobs.exists()
    assert list(Document.objects.all()) == [copy]
    assert storage.place().path_of(copy.sha256).exists()
    assert not storage.place().path_of(single.sha256).exists()


def test_deleting_an_archive_and_its_member_at_once_works(case, staff, put_in, client):
    archive, member = put_in(case, b"archive", name="a.txt"), put_in(case, b"member", name="m.txt")
    Document.objects.filter(pk=member.pk).update(parent=archive)
    client.force_login(staff)
    client.post(LIST, ticked(archive, member, action="delete_selected", post="yes"))
    assert not Document.objects.exists()


def test_reading_again_asks_first_and_leaves_out_what_i_may_not(case, other_case, staff, make_document, client):
    mine, viewed = make_document(case, name="mine.txt"), make_document(other_case, name="viewed.txt")
    Membership.objects.create(case=other_case, user=staff, role=Role.VIEWER)
    client.force_login(staff)
    response = client.post(LIST, ticked(mine, viewed))
    body = response.content.decode()
    assert "Read again: 1 document." in body
    assert "1 of those you chose is left out" in body
    assert not ExtractionJob.objects.filter(state="queued").exists()
    client.post(LIST, ticked(mine, viewed, confirmed="yes"))
    assert ExtractionJob.objects.get(state="queued").document == mine


def test_reading_again_everything_that_matches_reaches_past_the_shown_rows(case, staff, put_in, client):
    shown, beyond = put_in(case, b"1", name="a.txt"), put_in(case, b"2", name="b.txt")
    failed = put_in(case, b"", name="c.txt")
    ExtractionJob.objects.update(state="done")
    client.force_login(staff)
    query = "?status__exact=queued"
    body = client.post(LIST + query, ticked(shown, select_across="1")).content.decode()
    assert "2 documents" in body
    assert 'name="select_across"' in body
    client.post(LIST + query, ticked(shown, select_across="1", confirmed="yes"))
    queued = ExtractionJob.objects.filter(state="queued")
    assert {job.document for job in queued} == {shown, beyond}
    assert failed.jobs.count() == 0


def test_the_number_of_queries_does_not_grow_with_documents(case, staff, put_in, client, django_assert_num_queries):
    put_in(case, b"0")
    client.force_login(staff)
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for n in range(6):
        put_in(case, b"more %d" % n)
    with django_assert_num_queries(len(few)):
        client.get(LIST)


def test_documents_are_not_added_here(case, staff, client):
    client.force_login(staff)
    assert client.get(reverse("admin:documents_document_add")).status_code == 403
