"""The API of cases."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import Case, Membership, Role
from documents.models import Document, Page

CASES = "/api/v1/cases/"


def one(case):
    return f"{CASES}{case.pk}/"


def problem(response, status, code):
    """The members of a problem, after checking that it is one."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["code"]) == (status, code)
    assert {"type", "title", "detail"} <= body.keys()
    return body


def test_a_case_is_shown_with_role_and_counts(case, bob, api, make_document, put_in):
    document = make_document(case, ["a", "b"])
    Page.objects.filter(document=document, number=2).update(state="unreadable", reason="resource_time")
    put_in(case, b"", name="void.txt")
    put_in(case, b"waits", name="waits.txt")
    shown = api(bob).get(one(case)).json()
    assert shown.pop("created_at")
    assert shown.pop("eta_range_s") is None
    assert shown == {
        "id": str(case.pk),
        "name": "Harlow v. Brandt",
        "reference": "24-cv-01234",
        "court": "",
        "status": "open",
        "description": "",
        "role": "viewer",
        "counts": {
            "documents": 3,
            "pages": 2,
            "queued": 1,
            "processing": 0,
            "ready": 1,
            "partial": 0,
            "failed": 1,
            "pages_unreadable": 1,
        },
    }


def test_a_duplicate_counts_as_a_document_and_not_as_pages(case, bob, api, put_in, work_off, fake_embedder):
    for name in ("a.txt", "b.txt"):
        put_in(case, b"the same page", name=name)
    work_off()
    counts = api(bob).get(one(case)).json()["counts"]
    assert (counts["documents"], counts["ready"], counts["pages"]) == (2, 2, 1)


def test_the_list_holds_my_cases_and_no_others(case, other_case, alice, charlie, dana, api):
    assert [c["id"] for c in api(alice).get(CASES).json()["results"]] == [str(case.pk)]
    assert [c["id"] for c in api(dana).get(CASES).json()["results"]] == [str(other_case.pk)]
    assert api(charlie).get(CASES).json() == {"next": None, "previous": None, "results": []}


def test_whoever_opens_a_case_manages_it(charlie, api):
    given = {"name": "Aster v. Quill", "reference": "25-cv-9", "court": "D. Mass.", "description": "Lease"}
    response = api(charlie).post(CASES, given)
    assert response.status_code == 201
    made = response.json()
    assert (made["name"], made["court"], made["role"], made["status"]) == (
        "Aster v. Quill",
        "D. Mass.",
        "manager",
        "open",
    )
    assert made["counts"]["documents"] == 0
    assert api(charlie).get(f"{CASES}{made['id']}/").status_code == 200


def test_what_only_the_server_says_cannot_be_given(charlie, api):
    given = {"name": "A", "reference": "r", "role": "viewer", "id": str(uuid.uuid4()), "counts": {"documents": 9}}
    made = api(charlie).post(CASES, given).json()
    assert (made["role"], made["counts"]["documents"]) == ("manager", 0)
    assert made["id"] != given["id"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "A"}, "reference"),
        ({"reference": "r"}, "name"),
        ({"name": "", "reference": "r"}, "name"),
        ({"name": "x" * 301, "reference": "r"}, "name"),
        ({"name": "A\0", "reference": "r"}, "name"),
        ({"name": "A", "reference": "r", "status": "won"}, "status"),
        ({"name": "A", "reference": "r", "description": "x" * 10_001}, "description"),
        ({"name": ["A"], "reference": "r"}, "name"),
        ([], "non_field_errors"),
    ],
)
def test_what_is_missing_or_wrong_is_told_by_field(charlie, api, given, field):
    body = problem(api(charlie).post(CASES, given), 400, "invalid")
    assert field in body["errors"]
    assert not Case.objects.exists()


def test_a_lone_surrogate_is_refused(charlie, api):
    response = api(charlie).post(CASES, '{"name": "\\ud800", "reference": "r"}', content_type="application/json")
    assert "name" in problem(response, 400, "invalid")["errors"]


def test_a_reference_names_one_case_only(case, alice, charlie, api):
    given = {"name": "Another", "reference": case.reference}
    body = problem(api(charlie).post(CASES, given), 400, "invalid")
    assert "reference" in body["errors"]
    # Whose it is, is not told.
    assert case.name not in str(body)
    mine = api(alice).post(CASES, {"name": "Mine", "reference": "mine"}).json()
    body = problem(api(alice).patch(f"{CASES}{mine['id']}/", {"reference": case.reference}), 400, "invalid")
    assert "reference" in body["errors"]


def test_two_who_take_the_same_reference_at_once_get_one_case_and_one_answer(case, charlie, api, monkeypatch):
    from rest_framework.validators import UniqueValidator

    # What the other one's check saw: nobody has it yet.
    monkeypatch.setattr(UniqueValidator, "__call__", lambda self, value, field: None)
    body = problem(api(charlie).post(CASES, {"name": "B", "reference": case.reference}), 400, "invalid")
    assert "reference" in body["errors"]
    mine = api(charlie).post(CASES, {"name": "B", "reference": "free"}).json()
    body = problem(api(charlie).patch(f"{CASES}{mine['id']}/", {"reference": case.reference}), 400, "invalid")
    assert "reference" in body["errors"]


def test_a_manager_changes_it_and_leaves_the_rest(case, alice, api):
    shown = api(alice).patch(one(case), {"status": "closed", "court": "E.D. Va."}).json()
    assert (shown["status"], shown["court"], shown["name"]) == ("closed", "E.D. Va.", "Harlow v. Brandt")
    problem(api(alice).patch(one(case), {"name": ""}), 400, "invalid")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_members_who_are_no_managers_neither_change_nor_delete_it(case, bob, api, role):
    Membership.objects.filter(user=bob).update(role=role)
    assert "manager" in problem(api(bob).patch(one(case), {"name": "Mine"}), 403, "role_required")["detail"]
    problem(api(bob).delete(one(case)), 403, "role_required")
    case.refresh_from_db()
    assert case.name == "Harlow v. Brandt"


def test_for_outsiders_it_does_not_exist(case, charlie, dana, other_case, api):
    for person in (charlie, dana):
        for method in ("get", "patch", "delete"):
            there = problem(getattr(api(person), method)(one(case)), 404, "not_found")
            nowhere = problem(getattr(api(person), method)(f"{CASES}{uuid.uuid4()}/"), 404, "not_found")
            assert there == nowhere
    assert Case.objects.filter(pk=case.pk).exists()


def test_a_superuser_is_an_outsider_too(case, api, django_user_model):
    root = django_user_model.objects.create_superuser("root")
    problem(api(root).get(one(case)), 404, "not_found")
    assert api(root).get(CASES).json()["results"] == []


def test_whoever_is_not_signed_in_is_asked_to(case, api):
    for method, path in [("get", CASES), ("post", CASES), ("get", one(case)), ("delete", one(case))]:
        response = getattr(api(), method)(path)
        problem(response, 401, "not_authenticated")
        assert response["WWW-Authenticate"].startswith("Bearer")


def test_who_was_removed_or_switched_off_sees_it_no_more(case, bob, api):
    client = api(bob)
    assert client.get(one(case)).status_code == 200
    Membership.objects.filter(user=bob).delete()
    problem(client.get(one(case)), 404, "not_found")
    Membership.objects.create(case=case, user=bob)
    bob.is_active = False
    bob.save()
    problem(client.get(one(case)), 401, "not_authenticated")


def test_deleting_takes_everything_along(case, alice, bob, api, put_in, make_document):
    make_document(case)
    for name in ("a.txt", "b.txt"):
        put_in(case, b"the same", name=name)
    response = api(alice).delete(one(case))
    assert (response.status_code, response.content) == (204, b"")
    assert not Case.objects.exists()
    assert not Document.objects.exists()
    problem(api(bob).get(one(case)), 404, "not_found")


def test_a_method_that_is_not_there_is_refused_and_the_others_named(case, alice, api):
    response = api(alice).put(one(case), {"name": "A"})
    problem(response, 405, "method_not_allowed")
    assert response["Allow"] == "GET, PATCH, DELETE, HEAD, OPTIONS"


def test_a_session_without_its_csrf_token_changes_nothing(case, alice):
    from rest_framework.test import APIClient

    client = APIClient(enforce_csrf_checks=True)
    client.force_login(alice)
    for method in ("patch", "delete"):
        problem(getattr(client, method)(one(case), {"name": "Forged"}), 403, "csrf_failed")
    problem(client.post(CASES, {"name": "Forged", "reference": "f"}), 403, "csrf_failed")
    assert client.get(one(case)).status_code == 200
    case.refresh_from_db()
    assert case.name == "Harlow v. Brandt"


def test_the_number_of_queries_does_not_grow_with_cases(case, alice, api, put_in, django_assert_num_queries):
    put_in(case, b"x")
    client = api(alice)
    with CaptureQueriesContext(connection) as few:
        client.get(CASES)
    for n in range(5):
        more = Case.objects.create(name=f"Case {n}", reference=f"more-{n}")
        Membership.objects.create(case=more, user=alice, role=Role.MANAGER)
        put_in(more, b"x", name=f"{n}.txt")
    with django_assert_num_queries(len(few)):
        assert len(client.get(CASES).json()["results"]) == 6
