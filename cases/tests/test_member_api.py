"""The API of a case's members."""

import threading

import pytest
from django.db import connection

from cases import members
from cases.models import Case, Membership, Role


def path(case, user=None):
    return f"/api/v1/cases/{case.pk}/members/" + (f"{user}/" if user else "")


def code(response, status):
    assert response.status_code == status, response.content
    return response.json()["code"]


def test_members_are_listed_in_the_order_they_came(case, bob, api):
    listed = api(bob).get(path(case)).json()["results"]
    assert [(m["user"], m["role"]) for m in listed] == [("alice", "manager"), ("bob", "viewer")]
    assert listed[0].keys() == {"user", "full_name", "role", "created_at"}


def test_one_member_is_shown(case, bob, api):
    assert api(bob).get(path(case, "alice")).json()["role"] == "manager"


@pytest.mark.parametrize("field", ["user", "username"])
def test_a_manager_adds_somebody_who_then_sees_the_case(case, alice, charlie, api, field):
    response = api(alice).post(path(case), {field: "charlie", "role": "reviewer"})
    assert (response.status_code, response.json()["role"]) == (201, "reviewer")
    assert api(charlie).get(path(case)).status_code == 200


def test_whoever_is_added_without_a_role_may_only_look(case, alice, charlie, api):
    assert api(alice).post(path(case), {"user": "charlie"}).json()["role"] == "viewer"


def test_nobody_is_added_twice(case, alice, bob, api):
    assert code(api(alice).post(path(case), {"user": "bob", "role": "manager"}), 409) == "already_member"
    assert case.memberships.get(user=bob).role == Role.VIEWER


@pytest.mark.parametrize(
    "given", [{}, {"user": ""}, {"user": "nobody"}, {"user": "charlie", "role": "owner"}, {"user": "a\0"}, []]
)
def test_nonsense_adds_nobody(case, alice, charlie, api, given):
    assert code(api(alice).post(path(case), given), 400) == "invalid"
    assert case.memberships.count() == 2


def test_whoever_cannot_sign_in_is_not_added(case, alice, charlie, api):
    charlie.is_active = False
    charlie.save()
    assert code(api(alice).post(path(case), {"user": "charlie"}), 400) == "invalid"


def test_a_manager_changes_a_role(case, alice, bob, api):
    assert api(alice).patch(path(case, "bob"), {"role": "reviewer"}).json()["role"] == "reviewer"
    assert case.memberships.get(user=bob).role == Role.REVIEWER
    assert code(api(alice).patch(path(case, "bob"), {"role": "owner"}), 400) == "invalid"
    assert code(api(alice).patch(path(case, "bob"), {}), 400) == "invalid"


def test_a_manager_removes_somebody(case, alice, bob, api):
    assert api(alice).delete(path(case, "bob")).status_code == 204
    assert code(api(bob).get(path(case)), 404) == "not_found"


def test_everybody_may_leave(case, bob, api):
    assert api(bob).delete(path(case, "bob")).status_code == 204


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_only_managers_hand_out_access(case, bob, charlie, api, role):
    Membership.objects.filter(user=bob).update(role=role)
    client = api(bob)
    assert code(client.post(path(case), {"user": "charlie"}), 403) == "role_required"
    assert code(client.patch(path(case, "bob"), {"role": "manager"}), 403) == "role_required"
    assert code(client.delete(path(case, "alice")), 403) == "role_required"
    # Nor do they learn in this way who else can sign in.
    assert code(client.delete(path(case, "charlie")), 403) == "role_required"
    assert code(client.delete(path(case, "nobody")), 403) == "role_required"
    assert dict(case.memberships.values_list("user__username", "role")) == {"alice": "manager", "bob": role}


def test_the_last_manager_stays(case, alice, bob, api):
    assert code(api(alice).delete(path(case, "alice")), 409) == "last_manager"
    assert code(api(alice).patch(path(case, "alice"), {"role": "viewer"}), 409) == "last_manager"
    assert api(alice).patch(path(case, "bob"), {"role": "manager"}).status_code == 200
    assert api(alice).delete(path(case, "alice")).status_code == 204


def test_a_manager_who_cannot_sign_in_does_not_count(case, alice, bob, api):
    Membership.objects.filter(user=bob).update(role=Role.MANAGER)
    bob.is_active = False
    bob.save()
    assert code(api(alice).delete(path(case, "alice")), 409) == "last_manager"


def test_for_outsiders_there_are_no_members(case, charlie, dana, other_case, api):
    for person in (charlie, dana):
        client = api(person)
        assert code(client.get(path(case)), 404) == "not_found"
        assert code(client.post(path(case), {"user": person.username, "role": "manager"}), 404) == "not_found"
        for method in ("get", "patch", "delete"):
            for name in ("alice", person.username, "nobody"):
                assert code(getattr(client, method)(path(case, name), {"role": "viewer"}), 404) == "not_found"
    assert case.memberships.count() == 2


def test_a_member_of_another_case_is_none_of_this_one(case, other_case, alice, dana, api):
    for method in ("get", "patch", "delete"):
        assert code(getattr(api(alice), method)(path(case, "dana"), {"role": "viewer"}), 404) == "not_found"
    assert other_case.memberships.count() == 1


@pytest.mark.parametrize("name", ["%00", "%ED%A0%80", "x" * 500, "..%2F..", "%F0%9F%92%A3"])
def test_a_name_that_nobody_can_have_is_not_found(case, alice, api, name):
    assert code(api(alice).get(path(case, name)), 404) == "not_found"


def test_whoever_is_not_signed_in_is_asked_to(case, api):
    assert code(api().get(path(case)), 401) == "not_authenticated"
    assert code(api().delete(path(case, "bob")), 401) == "not_authenticated"


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_remove_each_other_at_once_leave_one(case, alice, bob):
    Membership.objects.filter(user=bob).update(role=Role.MANAGER)
    rows = list(Membership.objects.filter(case=case))
    together, refused = threading.Barrier(2), []

    def remove(row):
        together.wait()
        try:
            members.remove(row)
        except members.LastManager:
            refused.append(row)
        connection.close()

    threads = [threading.Thread(target=remove, args=[row]) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert case.memberships.get().role == Role.MANAGER


def test_a_role_that_was_raised_meanwhile_counts(case, alice, bob):
    stale = Membership.objects.get(case=case, user=bob)
    members.change(Membership.objects.get(case=case, user=bob), Role.MANAGER)
    members.remove(Membership.objects.get(case=case, user=alice))
    with pytest.raises(members.LastManager):
        members.change(stale, Role.REVIEWER)
    assert Case.objects.get().memberships.get().role == Role.MANAGER
