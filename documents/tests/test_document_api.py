"""The API of documents."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from cases.models import Membership, Role
from documents import api as document_api
from documents.models import Document, Page
from extraction import ledger
from extraction.models import ExtractionJob

DOCUMENTS = "/api/v1/documents/"
FIELDS = {
    "id",
    "case",
    "name",
    "path",
    "custodian",
    "source",
    "sha256",
    "size",
    "media_type",
    "status",
    "stage",
    "progress",
    "queue_position",
    "eta_s",
    "eta_range_s",
    "error",
    "warnings",
    "page_count",
    "pages_by_state",
    "parent",
    "children",
    "duplicate_of",
    "extractor_version",
    "timings",
    "created_at",
    "finished_at",
}


def one(document):
    return f"{DOCUMENTS}{document.pk}/"


def code(response, status):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    return response.json()["code"]


def names(response):
    assert response.status_code == 200, response.content
    return [d["name"] for d in response.json()["results"]]


def reviewer(case, user):
    Membership.objects.filter(case=case, user=user).update(role=Role.REVIEWER)
    return user


def test_a_ready_document_is_shown_whole(case, bob, api, make_document):
    document = make_document(
        case, ["a", "", "c"], name="log.txt", path="Ship/log.txt", custodian="K. Holm", source="p2"
    )
    Page.objects.filter(document=document, number=3).update(state="unreadable", reason="resource_time")
    shown = api(bob).get(one(document)).json()
    assert shown.keys() >= FIELDS
    assert (shown["id"], shown["case"]) == (str(document.pk), str(case.pk))
    assert (shown["name"], shown["path"], shown["custodian"], shown["source"]) == (
        "log.txt",
        "Ship/log.txt",
        "K. Holm",
        "p2",
    )
    assert (shown["status"], shown["stage"], shown["page_count"]) == ("ready", "done", 3)
    assert shown["progress"] == {"page": 3, "pages": 3, "percent": 100}
    assert shown["pages_by_state"] == {"text": 1, "ocr": 0, "blank": 1, "unreadable": 1}
    assert (shown["error"], shown["queue_position"], shown["eta_s"], shown["duplicate_of"]) == (None, None, None, None)
    assert len(shown["sha256"]) == 64
    assert shown["finished_at"]


def test_a_failed_document_says_why_and_what_to_do(case, bob, api, put_in):
    shown = api(bob).get(one(put_in(case, b"", name="void.pdf"))).json()
    assert shown["status"] == "failed"
    assert shown["error"]["code"] == "empty"
    assert shown["error"]["class"] == "permanent"
    assert shown["error"]["message"] == "The file is empty: it has no bytes."
    assert shown["error"]["advice"]


def test_a_waiting_document_knows_its_place(case, other_case, bob, api, put_in):
    put_in(other_case, b"elsewhere")
    first, second = put_in(case, b"1", name="1.txt"), put_in(case, b"2", name="2.txt")
    assert api(bob).get(one(first)).json()["queue_position"] == 0
    assert api(bob).get(one(second)).json()["queue_position"] == 1


def test_a_duplicate_shows_its_original_s_pages(case, bob, api, put_in, work_off, fake_embedder):
    first, copy = (put_in(case, b"One page of text.", name=name) for name in ("a.txt", "b.txt"))
    work_off()
    shown = api(bob).get(one(copy)).json()
    assert shown["duplicate_of"] == str(first.pk)
    assert (shown["status"], shown["page_count"], shown["pages_by_state"]["text"]) == ("ready", 1, 1)


def test_what_is_to_be_said_of_an_original_is_said_of_its_duplicates(case, bob, api, put_in):
    first, early = (put_in(case, b"Cut short.", name=name) for name in ("a.txt", "b.txt"))
    Document.objects.filter(pk=first.pk).update(warnings=["text_truncated"], status="partial", stage="done")
    first.refresh_from_db()
    ledger.settle_duplicates(first)
    late = put_in(case, b"Cut short.", name="c.txt")
    for document in (early, late):
        shown = api(bob).get(one(document)).json()
        assert (shown["status"], shown["warnings"]) == ("partial", ["text_truncated"])


def test_family_is_told_both_ways(case, bob, api, put_in):
    mail, annex = put_in(case, b"mail"), put_in(case, b"annex", name="annex.txt")
    Document.objects.filter(pk=annex.pk).update(parent=mail)
    assert api(bob).get(one(mail)).json()["children"] == [str(annex.pk)]
    assert api(bob).get(one(annex)).json()["parent"] == str(mail.pk)


def test_the_list_holds_the_documents_of_my_cases_and_no_others(
    case, other_case, alice, charlie, dana, api, put_in, make_document
):
    put_in(case, b"1", name="mine.txt")
    put_in(other_case, b"1", name="theirs.txt")
    assert names(api(alice).get(DOCUMENTS)) == ["mine.txt"]
    assert names(api(dana).get(DOCUMENTS)) == ["theirs.txt"]
    assert names(api(charlie).get(DOCUMENTS)) == []
    assert names(api(alice).get(DOCUMENTS, {"case": str(other_case.pk)})) == []
    assert names(api(alice).get(DOCUMENTS, {"case": str(uuid.uuid4())})) == []


def test_filters_narrow_the_list(case, alice, api, put_in, make_document):
    make_document(case, name="ready.txt", path="Box 1/ready.txt")
    put_in(case, b"", name="void.pdf")
    put_in(case, b"%PDF-1.4 x", name="waits.pdf")
    for query, found in [
        ({"case": str(case.pk)}, {"ready.txt", "void.pdf", "waits.pdf"}),
        ({"status": "ready"}, {"ready.txt"}),
        ({"status": ["ready", "failed"]}, {"ready.txt", "void.pdf"}),
        ({"media_type": "application/pdf"}, {"waits.pdf"}),
        ({"error_code": "empty"}, {"void.pdf"}),
        ({"q": "box 1"}, {"ready.txt"}),
        ({"q": "PDF"}, {"void.pdf", "waits.pdf"}),
        ({"q": "%"}, set()),
        ({"q": "pdf", "status": "failed"}, {"void.pdf"}),
    ]:
        assert set(names(api(alice).get(DOCUMENTS, query))) == found, query


@pytest.mark.parametrize(
    "query",
    [
        {"case": "nonsense"},
        {"status": "lost"},
        {"ordering": "sha256"},
        {"ordering": "case__name"},
        {"ordering": "-"},
        {"q": "a\0b"},
        {"q": "x" * 301},
        {"media_type": "\0"},
    ],
)
def test_nonsense_in_a_filter_is_refused(case, alice, api, query):
    assert code(api(alice).get(DOCUMENTS, query), 400) == "invalid"


@pytest.mark.parametrize("field", ["name", "size", "status", "created_at"])
def test_it_is_ordered_as_asked_and_every_row_comes_once(case, alice, api, put_in, field):
    for n, name in enumerate(["c", "a", "b", "e", "d"]):
        put_in(case, b"x" * n, name=name)
    for sign in ("", "-"):
        found, path = [], f"{DOCUMENTS}?ordering={sign}{field}&limit=2"
        while path:
            page = api(alice).get(path).json()
            found += page["results"]
            path = page["next"]
        values = [d[field] for d in found]
        assert values == sorted(values, reverse=bool(sign))
        assert len({d["id"] for d in found}) == 5


def test_the_newest_come_first_unless_asked_otherwise(case, alice, api, put_in):
    for name in ("1", "2", "3"):
        put_in(case, name.encode(), name=name)
    assert names(api(alice).get(DOCUMENTS)) == ["3", "2", "1"]


def test_a_reviewer_renames_it(case, bob, api, make_document):
    document = make_document(case, name="old.txt")
    shown = api(reviewer(case, bob)).patch(one(document), {"name": "new.txt", "custodian": "K. Holm"}).json()
    assert (shown["name"], shown["custodian"]) == ("new.txt", "K. Holm")
    assert document.chunks.get().title == "new.txt"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("x\r\ny", "xy"),
        ("..", "unnamed"),
        ("é" * 255, None),
    ],
)
def test_a_hostile_name_is_made_safe(case, bob, api, put_in, sent, kept):
    document = put_in(case, b"x")
    shown = api(reviewer(case, bob)).patch(one(document), {"name": sent}).json()
    assert shown["name"] == kept if kept else len(shown["name"].encode()) <= 255


@pytest.mark.parametrize(
    "given", [{"name": ""}, {"name": "x" * 256}, {"custodian": "x" * 201}, {"name": "a\0"}, {"name": None}]
)
def test_nonsense_is_refused(case, bob, api, put_in, given):
    document = put_in(case, b"x", name="kept.txt")
    assert code(api(reviewer(case, bob)).patch(one(document), given), 400) == "invalid"
    assert Document.objects.get().name == "kept.txt"


def test_what_only_the_server_says_cannot_be_changed(case, other_case, bob, api, put_in):
    document = put_in(case, b"x")
    reviewer(case, bob)
    Membership.objects.create(case=other_case, user=bob, role=Role.MANAGER)
    api(bob).patch(one(document), {"case": str(other_case.pk), "sha256": "0" * 64, "status": "ready", "path": "x"})
    again = Document.objects.get()
    assert (again.case, again.sha256, again.status, again.path) == (case, document.sha256, "queued", "letter.txt")


def test_a_document_that_went_away_meanwhile_is_not_found(case, bob, api, put_in, monkeypatch):
    document = put_in(case, b"x")
    found = document_api.require

    def late(*args):
        it = found(*args)
        Document.objects.all().delete()
        return it

    monkeypatch.setattr(document_api, "require", late)
    assert code(api(reviewer(case, bob)).patch(one(document), {"name": "late.txt"}), 404) == "not_found"
    assert not Document.objects.exists()


def test_a_manager_deletes_it(case, alice, api, make_document):
    document = make_document(case)
    assert api(alice).delete(one(document)).status_code == 204
    assert code(api(alice).get(one(document)), 404) == "not_found"
    assert not ExtractionJob.objects.exists()


def test_too_small_a_role_changes_nothing(case, bob, api, put_in):
    document = put_in(case, b"x", name="kept.txt")
    assert code(api(bob).patch(one(document), {"name": "x"}), 403) == "role_required"
    assert code(api(bob).delete(one(document)), 403) == "role_required"
    assert code(api(reviewer(case, bob)).delete(one(document)), 403) == "role_required"
    assert Document.objects.get().name == "kept.txt"


def test_for_outsiders_it_does_not_exist(case, charlie, dana, other_case, api, put_in):
    document = put_in(case, b"x")
    for person in (charlie, dana):
        for method in ("get", "patch", "delete"):
            there = getattr(api(person), method)(one(document), {"name": ""})
            nowhere = getattr(api(person), method)(f"{DOCUMENTS}{uuid.uuid4()}/", {"name": ""})
            assert code(there, 404) == "not_found"
            assert there.json() == nowhere.json()
    assert Document.objects.get() == document


def test_methods_that_are_not_there_and_people_who_are_not_signed_in(case, alice, api, put_in):
    document = put_in(case, b"x")
    assert code(api(alice).put(one(document), {"name": "x"}), 405) == "method_not_allowed"
    assert code(api(alice).post(DOCUMENTS, {}), 405) == "method_not_allowed"
    assert code(api().get(DOCUMENTS), 401) == "not_authenticated"
    assert code(api().get(one(document)), 401) == "not_authenticated"
    assert api(alice).get(f"{DOCUMENTS}nonsense/").status_code == 404


def test_a_session_without_its_csrf_token_changes_nothing(case, alice, put_in):
    document = put_in(case, b"x")
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(alice)
    assert code(client.patch(one(document), {"name": "forged"}), 403) == "csrf_failed"
    assert code(client.delete(one(document)), 403) == "csrf_failed"
    assert Document.objects.get().name == "letter.txt"


def test_the_number_of_queries_does_not_grow_with_documents(
    case, alice, api, put_in, make_document, django_assert_num_queries
):
    def batch(n):
        make_document(case, ["a", "b"], name=f"ready{n}.txt")
        put_in(case, b"", name=f"void{n}")
        put_in(case, b"waits %d" % n, name=f"waits{n}.txt")
        running = put_in(case, b"runs %d" % n, name=f"runs{n}.txt")
        child = put_in(case, b"child %d" % n, name=f"child{n}.txt")
        Document.objects.filter(pk=child.pk).update(parent=running)
        put_in(case, b"child %d" % n, name=f"copy{n}.txt")

    batch(0)
    client = api(alice)
    with CaptureQueriesContext(connection) as few:
        client.get(DOCUMENTS)
    for n in range(1, 4):
        batch(n)
    with django_assert_num_queries(len(few)):
        assert len(client.get(DOCUMENTS).json()["results"]) == 24
