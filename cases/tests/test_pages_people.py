"""Members and parties on a case's page."""

import pytest
from django.urls import reverse

from cases.models import Membership, Role


@pytest.fixture
def people(client, case, alice):
    """The page of the case's people, opened by Alice."""
    client.force_login(alice)
    return reverse("case-people", args=[case.pk])


def said(answer) -> str:
    return answer.content.decode()


def test_members_and_parties_are_listed_for_every_member(client, case, bob):
    case.parties.create(name="Harlow Shipping Ltd.", role="Plaintiff", counsel="Arden & Pike LLP")
    client.force_login(bob)
    page = said(client.get(reverse("case-people", args=[case.pk])))
    assert "alice" in page
    assert "Harlow Shipping Ltd." in page
    assert "Arden &amp; Pike LLP" in page
    assert "Add a member" not in page


def test_a_manager_adds_a_member_by_name_with_a_role(client, case, people, dana):
    assert client.post(people, {"user": "dana", "role": "reviewer"}).url == people
    assert case.memberships.get(user=dana).role == Role.REVIEWER


@pytest.mark.parametrize(
    ("user", "complaint"),
    [
        ("nobody", "Nobody signs in with this name."),
        ("bob", "They are a member already."),
        ("", "This field is required."),
    ],
)
def test_a_member_who_cannot_be_added_is_told_at_the_field(client, case, people, user, complaint):
    answer = client.post(people, {"user": user, "role": "viewer"})
    assert answer.status_code == 422
    assert complaint in said(answer)
    assert case.memberships.count() == 2


def test_who_cannot_sign_in_cannot_become_a_member(client, people, dana):
    dana.is_active = False
    dana.save()
    assert "Nobody signs in with this name." in said(client.post(people, {"user": "dana", "role": "viewer"}))


def test_a_role_is_changed(client, case, people, bob):
    member = case.memberships.get(user=bob)
    answer = client.post(reverse("case-member", args=[case.pk, member.pk]), {"role": "reviewer"}, follow=True)
    assert "bob is reviewer now." in said(answer)
    member.refresh_from_db()
    assert member.role == Role.REVIEWER


def test_a_role_that_does_not_exist_changes_nothing(client, case, people, bob):
    member = case.memberships.get(user=bob)
    answer = client.post(reverse("case-member", args=[case.pk, member.pk]), {"role": "owner"}, follow=True)
    assert "Choose one of the roles." in said(answer)
    member.refresh_from_db()
    assert member.role == Role.VIEWER


@pytest.mark.parametrize("what", ["demote", "remove"])
def test_the_last_manager_stays(client, case, people, alice, what):
    member = case.memberships.get(user=alice)
    name = "case-member" if what == "demote" else "case-member-remove"
    answer = client.post(reverse(name, args=[case.pk, member.pk]), {"role": "viewer"}, follow=True)
    assert "The case would be left without a manager." in said(answer)
    member.refresh_from_db()
    assert member.role == Role.MANAGER


def test_a_member_is_removed_after_being_asked(client, case, people, bob):
    path = reverse("case-member-remove", args=[case.pk, case.memberships.get(user=bob).pk])
    assert "Remove bob?" in said(client.get(path))
    assert case.memberships.count() == 2
    assert client.post(path).url == people
    assert not case.memberships.filter(user=bob).exists()


def test_a_viewer_may_leave_but_not_send_others_away(client, case, alice, bob):
    client.force_login(bob)
    other = case.memberships.get(user=alice)
    assert client.post(reverse("case-member-remove", args=[case.pk, other.pk])).status_code == 403
    mine = reverse("case-member-remove", args=[case.pk, case.memberships.get(user=bob).pk])
    assert "Leave the case?" in said(client.get(mine))
    assert client.post(mine).url == "/"
    assert client.get(reverse("case", args=[case.pk])).status_code == 404


def test_a_viewer_changes_nobody_and_nothing(client, case, bob):
    client.force_login(bob)
    member = case.memberships.get(user=bob)
    party = case.parties.create(name="Harlow", role="Plaintiff")
    for path in [
        reverse("case-people", args=[case.pk]),
        reverse("case-member", args=[case.pk, member.pk]),
        reverse("case-party-add", args=[case.pk]),
        reverse("case-party", args=[case.pk, party.pk]),
        reverse("case-party-remove", args=[case.pk, party.pk]),
    ]:
        given = {"user": "charlie", "role": "manager", "name": "x"}
        assert client.post(path, given).status_code == 403, path
    assert Membership.objects.get(pk=member.pk).role == Role.VIEWER
    assert list(case.parties.values_list("name", flat=True)) == ["Harlow"]


def test_outsiders_change_nobody(client, case, charlie):
    client.force_login(charlie)
    assert client.post(reverse("case-people", args=[case.pk]), {"user": "charlie"}).status_code == 404
    assert case.memberships.count() == 2


def test_a_party_is_added_changed_and_removed(client, case, people):
    assert "No parties are recorded." in said(client.get(people))
    client.post(reverse("case-party-add", args=[case.pk]), {"name": "Harlow", "role": "Plaintiff"})
    party = case.parties.get()
    path = reverse("case-party", args=[case.pk, party.pk])
    assert 'value="Harlow"' in said(client.get(path))
    client.post(path, {"name": "Harlow Ltd.", "role": "Plaintiff", "counsel": "Arden"})
    assert "Harlow Ltd." in said(client.get(people))
    path = reverse("case-party-remove", args=[case.pk, party.pk])
    assert "Remove Harlow Ltd.?" in said(client.get(path))
    client.post(path)
    assert not case.parties.exists()


def test_a_party_without_a_role_is_told_at_the_field(client, case, people):
    answer = client.post(reverse("case-party-add", args=[case.pk]), {"name": "Harlow"})
    assert answer.status_code == 422
    assert "This field is required." in said(answer)
