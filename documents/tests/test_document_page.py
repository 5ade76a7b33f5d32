"""The page of one document."""

import re

import pytest
from django.contrib.messages import get_messages
from django.utils.html import escape

from documents.models import Document, Page
from extraction.models import ExtractionJob


@pytest.fixture
def visit(client):
    """Get a document's page (or what stands below it) as somebody; its text."""

    def get(user, document, below="", status=200, **query):
        client.force_login(user)
        response = client.get(f"/documents/{document.pk}/{below}", query)
        assert response.status_code == status
        return response.content.decode()

    return get


def test_it_tells_everything_about_a_ready_document(case, bob, make_document, visit):
    document = make_document(
        case,
        ["The vessel sailed.", ""],
        name="log.txt",
        path="Ship/log.txt",
        custodian="A. Brandt",
        source="production 2",
    )
    body = visit(bob, document)
    for told in [
        "Ship/log.txt",
        "A. Brandt",
        "production 2",
        document.sha256,
        "text/plain",
        "1 text, 1 blank",
        "Ready",
    ]:
        assert told in body
    assert f"/documents/{document.pk}/pages/2/" in body
    assert f"/api/v1/documents/{document.pk}/file/" in body
    assert "Index words" in body


def test_pages_that_have_a_name_are_listed_by_it(case, bob, make_document, visit):
    document = make_document(case, ["a", "b"])
    Page.objects.filter(document=document, number=2).update(label="Exhibit <B>")
    assert "Exhibit &lt;B&gt;, text" in visit(bob, document)


def test_an_outsider_and_a_stranger_are_told_nothing(case, charlie, dana, other_case, put_in, client, visit):
    document = put_in(case, b"secret", name="canary-name.txt")
    for below in ("", "edit/", "delete/"):
        for person in (charlie, dana):
            assert "canary-name" not in visit(person, document, below, status=404)
    for below in ("reprocess/", "edit/", "delete/"):
        assert client.post(f"/documents/{document.pk}/{below}").status_code == 404
    client.logout()
    assert client.get(f"/documents/{document.pk}/").url.startswith("/login/")
    assert Document.objects.filter(pk=document.pk, name="canary-name.txt").exists()


def test_hostile_names_are_escaped(case, bob, put_in, visit):
    name = '"><script>alert(1)</script>.txt'
    document = put_in(case, b"x", name=name, custodian="<img src=x>")
    body = visit(bob, document)
    assert "<script>alert" not in body
    assert "<img src=x>" not in body
    assert escape(document.name) in body


def test_a_failure_says_why_and_what_to_do_and_offers_to_try_again_if_that_may_help(case, alice, put_in, visit):
    document = put_in(case, b"%PDF-1.4 nothing", name="torn.pdf")
    Document.objects.filter(pk=document.pk).update(status="failed", error_code="corrupt")
    body = visit(alice, document)
    assert "The file is damaged and cannot be opened." in body
    assert "Ask whoever sent it for another copy" in body
    assert "<code>corrupt</code>" in body
    assert "Try again" in body


@pytest.mark.parametrize("code", ["encrypted", "quarantined"])
def test_trying_again_is_not_offered_where_it_cannot_help(case, alice, put_in, visit, code):
    document = put_in(case, b"%PDF-1.4 locked", name="locked.pdf")
    Document.objects.filter(pk=document.pk).update(status="failed", error_code=code)
    body = visit(alice, document)
    assert "Try again" not in body
    # Only a password makes a difference.
    assert ("reprocess/" in body) == ("Read it with a password" in body) == (code == "encrypted")


def test_what_no_reader_knows_is_not_offered_to_be_read_again(case, alice, put_in, visit):
    body = visit(alice, put_in(case, b"\x7fELF\x02\x01\x01" + bytes(100), name="brief.pdf"))
    assert "This kind of file cannot be read." in body
    assert "reprocess/" not in body


def test_pages_that_could_not_be_read_are_told_in_stretches_with_links(case, bob, make_document, visit):
    document = make_document(case, [f"Page {n}" for n in range(1, 10)])
    bad = Page.objects.filter(document=document, number__in=[2, 3, 4, 7])
    bad.update(state="unreadable", reason="resource_time", text="", chars=0)
    Document.objects.filter(pk=document.pk).update(status="partial")
    body = visit(bob, document)
    assert "4 pages could not be read" in body
    assert f'<a href="/documents/{document.pk}/pages/2/">page 2–4</a>' in body
    assert f'<a href="/documents/{document.pk}/pages/7/">page 7</a>' in body
    assert "Reading took longer than is allowed, and ended before this page." in body


def test_warnings_are_told_in_words_on_a_copy_too(case, bob, put_in, visit):
    first, copy = put_in(case, b"long text", name="a.txt"), put_in(case, b"long text", name="b.txt")
    Document.objects.filter(pk=first.pk).update(warnings=["text_truncated", "a_new_one"])
    for document in (first, copy):
        body = visit(bob, document)
        assert "what comes after the limit is missing" in body
        assert "A new one." in body


def test_copies_lead_to_each_other_and_never_to_another_case(case, other_case, bob, put_in, visit):
    first = put_in(case, b"the same", name="a.txt", path="x/a.txt")
    copy = put_in(case, b"the same", name="b.txt", path="y/b.txt", custodian="K. Holm")
    foreign = put_in(other_case, b"the same", name="foreign-canary.txt")
    body = visit(bob, first)
    assert f'<a href="/documents/{copy.pk}/">y/b.txt</a>, K. Holm' in body
    assert "foreign-canary" not in body
    assert str(foreign.pk) not in body
    body = visit(bob, copy)
    assert f'The same file as <a href="/documents/{first.pk}/">x/a.txt</a>' in body
    assert "foreign-canary" not in body


def test_family_leads_up_and_down(case, bob, put_in, visit):
    mail, attachment = put_in(case, b"mail", name="mail.txt"), put_in(case, b"annex", name="annex.txt")
    Document.objects.filter(pk=attachment.pk).update(parent=mail)
    assert f'<a href="/documents/{attachment.pk}/">annex.txt</a>' in visit(bob, mail)
    assert f'<a href="/documents/{mail.pk}/">mail.txt</a>' in visit(bob, attachment)


def test_a_job_that_will_be_tried_again_says_when(case, bob, put_in, visit):
    document = put_in(case, b"later")
    ExtractionJob.objects.filter(document=document).update(attempt=1, error_code="storage_unavailable")
    body = visit(bob, document)
    assert re.search(r"The file storage does not answer\. Tried again at <time [^>]*>\d\d:\d\d:\d\d UTC</time>", body)
    assert "1 of 4" in body


def test_a_waiting_document_says_how_many_are_before_it(case, bob, put_in, visit):
    put_in(case, b"first", name="1.txt")
    assert "1 before it in this case" in visit(bob, put_in(case, b"second", name="2.txt"))


def test_a_page_number_leads_to_its_page_and_one_that_is_not_there_is_said_to_be_missing(
    case, bob, make_document, visit, client
):
    document = make_document(case, ["one", "two"])
    client.force_login(bob)
    assert client.get(f"/documents/{document.pk}/?page=2").url == f"/documents/{document.pk}/pages/2/"
    assert "There is no page 3." in visit(bob, document, page="3")
    for nonsense in ("-1", "²", "9" * 50, "a", ""):
        assert "Go to page" in visit(bob, document, page=nonsense)


def test_many_pages_are_listed_in_stretches(case, bob, put_in, visit):
    document = put_in(case, b"long", name="long.txt")
    Document.objects.filter(pk=document.pk).update(version=1, page_count=250, status="ready", stage="done")
    Page.objects.bulk_create(
        Page(document=document, version=1, number=n, state="text", text="t", chars=1) for n in range(1, 251)
    )
    body = visit(bob, document)
    assert body.count('class="is-text"') == 100
    assert "?from=101#" in body
    body = visit(bob, document, **{"from": "201"})
    assert body.count('class="is-text"') == 50
    assert "?from=101#" in body
    assert "?from=301#" not in body


def test_a_viewer_is_offered_nothing_they_may_not_do(case, bob, alice, rita, make_document, visit, client):
    document = make_document(case)
    offers = [f"/documents/{document.pk}/{below}" for below in ("edit/", "reprocess/", "delete/")]
    assert [offer in visit(bob, document) for offer in offers] == [False, False, False]
    assert [offer in visit(rita, document) for offer in offers] == [True, True, False]
    assert [offer in visit(alice, document) for offer in offers] == [True, True, True]
    client.force_login(bob)
    assert [client.post(offer).status_code for offer in offers] == [403, 403, 403]
    client.force_login(rita)
    assert client.get(offers[2]).status_code == client.post(offers[2]).status_code == 403
    assert Document.objects.filter(pk=document.pk).exists()


def test_a_reviewer_renames_it_and_the_new_name_is_cleaned(case, rita, make_document, client):
    document = make_document(case, name="old.txt")
    client.force_login(rita)
    given = {"name": "../\u202enew\x07.txt", "custodian": "K. Holm", "source": ""}
    assert client.post(f"/documents/{document.pk}/edit/", given).url == f"/documents/{document.pk}/"
    document.refresh_from_db()
    assert (document.name, document.custodian) == ("new.txt", "K. Holm")
    assert document.chunks.get().title == "new.txt"


def test_a_name_is_required_and_the_form_says_so(case, rita, put_in, client):
    document = put_in(case, b"x", name="kept.txt")
    client.force_login(rita)
    response = client.post(f"/documents/{document.pk}/edit/", {"name": "", "custodian": "x" * 201})
    assert response.status_code == 422
    assert "This field is required." in response.content.decode()
    assert "kept.txt" in response.content.decode()
    document.refresh_from_db()
    assert (document.name, document.custodian) == ("kept.txt", "")


def test_trying_again_queues_it_and_says_so(case, rita, make_document, client):
    document = make_document(case)
    client.force_login(rita)
    response = client.post(f"/documents/{document.pk}/reprocess/")
    assert response.url == f"/documents/{document.pk}/"
    assert "queued" in str(*get_messages(response.wsgi_request))
    job = ExtractionJob.objects.get(document=document, state="queued")
    assert (job.stage, job.version, set(job.options)) == ("read", 2, {"request_id"})


def test_it_can_be_read_again_in_part(case, rita, make_document, client):
    document = make_document(case, ["a", "b", "c", "d"])
    client.force_login(rita)
    client.post(f"/documents/{document.pk}/reprocess/", {"pages": "4, 1-2", "force_ocr": "yes", "from_stage": "read"})
    job = ExtractionJob.objects.get(document=document, state="queued")
    assert (job.options["pages"], job.options["force_ocr"]) == ([1, 2, 4], True)


def test_nonsense_for_pages_is_said_to_be_so(case, rita, make_document, client):
    document = make_document(case)
    client.force_login(rita)
    response = client.post(f"/documents/{document.pk}/reprocess/", {"pages": "9-3"})
    assert response.status_code == 422
    assert "Give page numbers" in response.content.decode()
    assert not ExtractionJob.objects.filter(document=document, state="queued").exists()


def test_deleting_asks_first_and_says_what_goes(case, alice, put_in, visit, client):
    document, copy = put_in(case, b"twice", name="a.txt"), put_in(case, b"twice", name="b.txt")
    body = visit(alice, document, "delete/")
    assert "1 more time" in body
    assert Document.objects.count() == 2
    assert client.post(f"/documents/{document.pk}/delete/").url == f"/cases/{case.pk}/"
    assert Document.objects.get() == copy


def test_it_takes_the_same_number_of_queries_however_large_its_family(
    case, bob, put_in, client, django_assert_num_queries, django_assert_max_num_queries
):
    document = put_in(case, b"parent", name="parent.txt")
    client.force_login(bob)
    with django_assert_max_num_queries(25) as first:
        client.get(f"/documents/{document.pk}/")
    for n in range(5):
        put_in(case, b"parent", name=f"copy{n}.txt")
        child = put_in(case, b"child %d" % n, name=f"child{n}.txt")
        Document.objects.filter(pk=child.pk).update(parent=document)
    with django_assert_num_queries(len(first.captured_queries)):
        client.get(f"/documents/{document.pk}/")


@pytest.mark.parametrize("below", ["edit/", "delete/", "reprocess/"])
def test_a_form_from_elsewhere_changes_nothing(case, alice, put_in, below):
    from django.test import Client

    document = put_in(case, b"x", name="kept.txt")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post(f"/documents/{document.pk}/{below}", {"name": "gone.txt"}).status_code == 403
    assert Document.objects.get().name == "kept.txt"
