"""The API of a case's parties."""

import uuid

import pytest

from cases.models import Membership, Party, Role


@pytest.fixture
def party(case):
    return Party.objects.create(case=case, name="Ida Harlow", role="Plaintiff", counsel="Wren LLP")


def path(case, party=None):
    return f"/api/v1/cases/{case.pk}/parties/" + (f"{party.pk}/" if party else "")


def code(response, status):
    assert response.status_code == status, response.content
    return response.json()["code"]


def test_parties_are_listed_by_name(case, party, bob, api):
    Party.objects.create(case=case, name="Brandt Marine", role="Defendant")
    listed = api(bob).get(path(case)).json()["results"]
    assert [p["name"] for p in listed] == ["Brandt Marine", "Ida Harlow"]
    assert listed[1] == {"id": str(party.pk), "name": "Ida Harlow", "role": "Plaintiff", "counsel": "Wren LLP"}
    assert api(bob).get(path(case, party)).json() == listed[1]


def test_a_manager_adds_changes_and_deletes(case, alice, api):
    client = api(alice)
    response = client.post(path(case), {"name": "Tug Co.", "role": "Third-Party Defendant"})
    assert response.status_code == 201
    party = Party.objects.get()
    assert (party.case, party.name, party.counsel) == (case, "Tug Co.", "")
    assert client.patch(path(case, party), {"counsel": "Self"}).json()["counsel"] == "Self"
    assert client.delete(path(case, party)).status_code == 204
    assert not Party.objects.exists()


@pytest.mark.parametrize("given", [{}, {"name": "A"}, {"name": "", "role": "x"}, {"name": "A", "role": "x" * 101}])
def test_nonsense_adds_nothing(case, alice, api, given):
    assert code(api(alice).post(path(case), given), 400) == "invalid"
    assert not Party.objects.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_only_managers_change_them(case, party, bob, api, role):
    Membership.objects.filter(user=bob).update(role=role)
    client = api(bob)
    assert code(client.post(path(case), {"name": "A", "role": "B"}), 403) == "role_required"
    assert code(client.patch(path(case, party), {"name": "A"}), 403) == "role_required"
    assert code(client.delete(path(case, party)), 403) == "role_required"
    assert Party.objects.get().name == "Ida Harlow"


def test_for_outsiders_there_are_none(case, party, charlie, dana, other_case, api):
    for person in (charlie, dana):
        client = api(person)
        assert code(client.get(path(case)), 404) == "not_found"
        assert code(client.post(path(case), {"name": "A", "role": "B"}), 404) == "not_found"
        for method in ("get", "patch", "delete"):
            assert code(getattr(client, method)(path(case, party)), 404) == "not_found"
    assert Party.objects.get() == party


def test_a_party_is_found_under_its_own_case_only(case, other_case, party, alice, dana, api):
    Membership.objects.create(case=other_case, user=alice, role=Role.MANAGER)
    for method in ("get", "patch", "delete"):
        assert code(getattr(api(alice), method)(path(other_case, party), {"name": "A"}), 404) == "not_found"
    assert Party.objects.get().name == "Ida Harlow"


def test_a_party_is_not_moved_to_another_case(case, other_case, party, alice, api):
    Membership.objects.create(case=other_case, user=alice, role=Role.MANAGER)
    api(alice).patch(path(case, party), {"case": str(other_case.pk), "id": str(uuid.uuid4())})
    again = Party.objects.get()
    assert (again.pk, again.case) == (party.pk, case)


def test_put_is_not_there_and_anonymous_is_asked_to_sign_in(case, party, alice, api):
    assert code(api(alice).put(path(case, party), {"name": "A", "role": "B"}), 405) == "method_not_allowed"
    assert code(api().get(path(case)), 401) == "not_authenticated"
