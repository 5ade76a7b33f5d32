"""Cases, members, parties, people and tokens in the admin."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import ApiToken, Case, Membership, Party, Role
from cases.tokens import issue
from documents import storage


@pytest.fixture
def staff(alice):
    """Alice with every permission that is not a superuser's by nature."""
    alice.is_staff = True
    alice.save()
    alice.user_permissions.set(Permission.objects.all())
    return alice


@pytest.fixture
def root(db):
    """A superuser who is a member of nothing."""
    return User.objects.create_superuser("root", "", "correct horse battery")


def url(name, *args):
    return reverse(f"admin:cases_{name}", args=args)


def members_form(case, rows, **fields):
    """What the page of a case sends: `rows` are (membership or None, user, role[, "delete"])."""
    data = {"name": case.name, "reference": case.reference, "status": case.status, "court": "", "description": ""}
    data |= {f"{prefix}-INITIAL_FORMS": "0" for prefix in ("memberships", "parties")}
    data |= {"memberships-TOTAL_FORMS": str(len(rows)), "parties-TOTAL_FORMS": "0"}
    data["memberships-INITIAL_FORMS"] = str(sum(row[0] is not None for row in rows))
    for n, (membership, user, role, *delete) in enumerate(rows):
        data |= {f"memberships-{n}-case": str(case.pk), f"memberships-{n}-user": user.pk, f"memberships-{n}-role": role}
        if membership:
            data[f"memberships-{n}-id"] = membership.pk
        if delete:
            data[f"memberships-{n}-DELETE"] = "on"
    return data | fields


def test_staff_see_their_cases_and_no_others(case, other_case, staff, client):
    client.force_login(staff)
    body = client.get(url("case_changelist")).content.decode()
    assert case.name in body
    assert other_case.name not in body
    assert client.get(url("case_change", case.pk)).status_code == 200
    for view in ("case_change", "case_delete", "case_history"):
        assert client.get(url(view, other_case.pk)).status_code == 404
        assert client.get(url(view, "5f0c2a52-0000-4000-8000-000000000000")).status_code == 404
    assert other_case.name not in client.get(url("case_changelist"), {"q": "Northwind"}).content.decode()


def test_staff_who_are_no_managers_cannot_change_a_case(case, staff, client):
    Membership.objects.filter(user=staff).update(role=Role.REVIEWER)
    client.force_login(staff)
    assert client.get(url("case_change", case.pk)).status_code == 200
    rows = [(m, m.user, Role.MANAGER) for m in case.memberships.order_by("pk")]
    assert client.post(url("case_change", case.pk), members_form(case, rows, name="Mine now")).status_code == 403
    assert client.post(url("case_delete", case.pk), {"post": "yes"}).status_code == 403
    case.refresh_from_db()
    assert case.name == "Harlow v. Brandt"
    assert case.memberships.get(user__username="bob").role == Role.VIEWER


def test_a_manager_changes_case_members_and_parties(case, staff, bob, charlie, client):
    mine, his = case.memberships.get(user=staff), case.memberships.get(user=bob)
    rows = [(mine, staff, "manager"), (his, bob, "reviewer"), (None, charlie, "viewer")]
    data = members_form(case, rows, name="Harlow v. Brandt Marine")
    data |= {"parties-TOTAL_FORMS": "1", "parties-0-case": str(case.pk), "parties-0-name": "Harlow"}
    data |= {"parties-0-role": "Plaintiff", "parties-0-counsel": ""}
    client.force_login(staff)
    assert client.post(url("case_change", case.pk), data).status_code == 302
    case.refresh_from_db()
    assert case.name == "Harlow v. Brandt Marine"
    assert dict(case.memberships.values_list("user__username", "role")) == {
        "alice": "manager",
        "bob": "reviewer",
        "charlie": "viewer",
    }
    assert case.parties.get().name == "Harlow"


@pytest.mark.parametrize("way", ["role", "delete"])
def test_the_last_manager_cannot_be_taken_away(case, staff, bob, client, way):
    mine, his = case.memberships.get(user=staff), case.memberships.get(user=bob)
    first = (mine, staff, "viewer") if way == "role" else (mine, staff, "manager", "delete")
    client.force_login(staff)
    response = client.post(url("case_change", case.pk), members_form(case, [first, (his, bob, "viewer")]))
    assert "A case needs a manager" in response.content.decode()
    mine.refresh_from_db()
    assert mine.role == Role.MANAGER


def test_the_last_manager_cannot_be_taken_away_one_membership_at_a_time_either(case, staff, client):
    mine = case.memberships.get(user=staff)
    client.force_login(staff)
    response = client.post(url("membership_change", mine.pk), {"role": "viewer"})
    assert "A case needs a manager" in response.content.decode()
    assert client.post(url("membership_delete", mine.pk), {"post": "yes"}).status_code == 403
    mine.refresh_from_db()
    assert mine.role == Role.MANAGER


def test_whoever_opens_a_case_manages_it(staff, client):
    client.force_login(staff)
    data = members_form(Case(name="In re Aster", reference="25-1"), [])
    assert client.post(url("case_add"), data).status_code == 302
    assert Case.objects.get(reference="25-1").memberships.get().user == staff


def test_deleting_a_case_takes_its_files_along(case, staff, put_in, client, django_capture_on_commit_callbacks):
    document = put_in(case, b"to be deleted with its case")
    client.force_login(staff)
    assert "Harlow v. Brandt" in client.get(url("case_delete", case.pk)).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(url("case_delete", case.pk), {"post": "yes"}).status_code == 302
    assert not Case.objects.filter(pk=case.pk).exists()
    assert not storage.place().path_of(document.sha256).exists()


def test_a_superuser_who_is_no_member_sees_only_what_handing_out_access_takes(case, root, put_in, bob, charlie, client):
    case.description = "canary-description"
    case.save()
    Party.objects.create(case=case, name="canary-party", role="Plaintiff")
    put_in(case, b"x", name="canary-document.txt")
    client.force_login(root)
    listed = client.get(url("case_changelist")).content.decode()
    assert case.name in listed
    body = client.get(url("case_change", case.pk)).content.decode()
    assert case.name in body
    assert "bob" in body
    assert "canary" not in listed + body
    assert client.get(url("case_history", case.pk)).status_code == 404
    assert client.get(url("case_delete", case.pk)).status_code == 403

    rows = [(m, m.user, m.role) for m in case.memberships.order_by("pk")]
    data = members_form(case, [*rows, (None, charlie, "viewer")], name="Stolen", description="Stolen")
    data |= {"parties-TOTAL_FORMS": "1", "parties-0-case": str(case.pk), "parties-0-name": "P", "parties-0-role": "R"}
    assert client.post(url("case_change", case.pk), data).status_code == 302
    case.refresh_from_db()
    assert (case.name, case.description) == ("Harlow v. Brandt", "canary-description")
    assert case.memberships.get(user=charlie).role == Role.VIEWER
    assert case.parties.count() == 1


def test_a_superuser_who_is_no_member_sees_no_parties(case, root, client):
    party = Party.objects.create(case=case, name="canary-party", role="Plaintiff")
    client.force_login(root)
    assert "canary" not in client.get(url("party_changelist")).content.decode()
    assert client.get(url("party_change", party.pk)).status_code == 404


def test_the_number_of_documents_is_told_of_my_cases_only(case, other_case, root, put_in, client):
    Membership.objects.create(case=case, user=root)
    put_in(other_case, b"x")
    client.force_login(root)
    cases = {c.reference: c for c in client.get(url("case_changelist")).context["cl"].result_list}
    assert cases[case.reference].documents_ is None
    assert cases[other_case.reference].documents_ is None
    put_in(case, b"y")
    cases = {c.reference: c for c in client.get(url("case_changelist")).context["cl"].result_list}
    assert (cases[case.reference].documents_, cases[other_case.reference].documents_) == (1, None)


def test_parties_of_other_cases_are_not_offered_listed_filtered_or_reached(case, other_case, staff, client):
    mine = Party.objects.create(case=case, name="Harlow", role="Plaintiff")
    theirs = Party.objects.create(case=other_case, name="canary-party", role="Debtor")
    client.force_login(staff)
    for query in ({}, {"case": str(other_case.pk)}, {"q": "canary-party"}, {"case": "nonsense"}):
        body = client.get(url("party_changelist"), query).content.decode()
        assert "canary-party</" not in body
        assert other_case.name not in body
    assert client.get(url("party_change", theirs.pk)).status_code == 404
    assert client.get(url("party_change", mine.pk)).status_code == 200
    data = {"case": str(other_case.pk), "name": "Intruder", "role": "Plaintiff", "counsel": ""}
    assert client.post(url("party_add"), data).status_code == 200
    assert not Party.objects.filter(name="Intruder").exists()


def test_choosing_a_case_offers_only_those_i_manage(case, other_case, staff, client):
    client.force_login(staff)
    asked = {"app_label": "cases", "model_name": "party", "field_name": "case", "term": ""}
    offered = client.get(reverse("admin:autocomplete"), asked).json()["results"]
    assert [found["id"] for found in offered] == [str(case.pk)]
    Membership.objects.filter(user=staff).update(role=Role.REVIEWER)
    assert client.get(reverse("admin:autocomplete"), asked).json()["results"] == []


def test_memberships_of_other_cases_are_not_reached(case, other_case, staff, dana, charlie, client):
    theirs = other_case.memberships.get(user=dana)
    client.force_login(staff)
    assert "dana" not in client.get(url("membership_changelist")).content.decode()
    assert client.post(url("membership_change", theirs.pk), {"role": "viewer"}).status_code == 404
    data = {"case": str(other_case.pk), "user": staff.pk, "role": "manager"}
    assert client.post(url("membership_add"), data).status_code == 200
    assert not other_case.memberships.filter(user=staff).exists()


def test_recent_actions_name_nothing(case, staff, client):
    client.force_login(staff)
    rows = [(m, m.user, m.role) for m in case.memberships.order_by("pk")]
    client.post(url("case_change", case.pk), members_form(case, rows, name="Renamed v. Brandt"), follow=True)
    Membership.objects.filter(user=staff).delete()
    body = client.get(reverse("admin:index")).content.decode()
    assert f"case {case.pk}" in body
    assert "Brandt" not in body


def test_tokens_show_when_they_were_used_and_never_what_they_are(staff, bob, client, root):
    mine, text = issue(staff, "laptop")
    theirs, _ = issue(bob, "bob-script")
    client.force_login(staff)
    listed = client.get(url("apitoken_changelist")).content.decode()
    assert "laptop" in listed
    assert "bob-script" not in listed
    assert client.get(url("apitoken_change", theirs.pk)).status_code in (302, 404)
    client.force_login(root)
    pages = [client.get(url("apitoken_changelist")), client.get(url("apitoken_change", mine.pk))]
    digest = bytes(ApiToken.objects.get(pk=mine.pk).digest)
    for page in pages:
        body = page.content.decode()
        assert page.status_code == 200
        assert text not in body
        assert digest.hex() not in body
        assert "digest" not in body
    assert client.get(url("apitoken_add")).status_code == 403
    client.post(url("apitoken_delete", theirs.pk), {"post": "yes"})
    assert not ApiToken.objects.filter(pk=theirs.pk).exists()


def test_staff_cannot_raise_themselves_or_become_a_superuser(staff, root, client, charlie):
    client.force_login(staff)
    assert client.get(reverse("admin:auth_user_change", args=[root.pk])).status_code in (200, 403)
    password = {"password1": "stolen-horse-7", "password2": "stolen-horse-7"}
    assert client.post(reverse("admin:auth_user_password_change", args=[root.pk]), password).status_code == 403
    data = {"username": "alice", "is_superuser": "on", "is_staff": "on", "is_active": "on"}
    client.post(reverse("admin:auth_user_change", args=[staff.pk]), data)
    staff.refresh_from_db()
    assert not staff.is_superuser
    root.refresh_from_db()
    assert root.check_password("correct horse battery")
    data = {"username": "charlie", "is_superuser": "on", "is_staff": "on", "is_active": "on", "email": "c@example.org"}
    client.post(reverse("admin:auth_user_change", args=[charlie.pk]), data)
    charlie.refresh_from_db()
    assert (charlie.email, charlie.is_staff, charlie.is_superuser) == ("c@example.org", False, False)


def test_whoever_is_no_staff_is_sent_to_the_sign_in_page(case, charlie, client):
    client.force_login(charlie)
    response = client.get(url("case_changelist"), follow=True)
    assert response.redirect_chain[-1][0].startswith("/login/?next=")
    assert case.reference not in response.content.decode()


def test_the_number_of_queries_does_not_grow_with_cases(case, staff, client, django_assert_num_queries):
    client.force_login(staff)
    client.get(url("case_changelist"))
    with CaptureQueriesContext(connection) as few:
        client.get(url("case_changelist"))
    for n in range(5):
        more = Case.objects.create(name=f"Case {n}", reference=f"more-{n}")
        Membership.objects.create(case=more, user=staff, role=Role.MANAGER)
        Party.objects.create(case=more, name=f"P{n}", role="Plaintiff")
    with django_assert_num_queries(len(few)):
        client.get(url("case_changelist"))


def test_its_pages_have_a_policy_of_their_own_and_others_the_strict_one(case, staff, client):
    client.force_login(staff)
    policy = client.get(reverse("admin:index"))["Content-Security-Policy"]
    assert "'unsafe-eval'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in client.get(reverse("case", args=[case.pk]))["Content-Security-Policy"]
