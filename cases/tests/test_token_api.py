"""The API of bearer tokens, and signing in with one."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from cases.models import ApiToken
from cases.tokens import issue, user_for_token
from lexintel.tests.cast import PASSWORD

TOKENS = "/api/v1/tokens/"
CASES = "/api/v1/cases/"


def bearer(text):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def code(response, status):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    return response.json()["code"]


def test_name_and_password_give_a_token_that_signs_in(case, alice, api):
    response = api().post(TOKENS, {"username": "alice", "password": PASSWORD, "name": "laptop"})
    assert (response.status_code, response["Cache-Control"]) == (201, "no-store")
    made = response.json()
    assert made.keys() == {"id", "name", "created_at", "last_used_at", "expires_at", "token"}
    assert re.fullmatch(r"lx_[A-Za-z0-9_-]{43}", made["token"])
    assert [c["id"] for c in bearer(made["token"]).get(CASES).json()["results"]] == [str(case.pk)]


def test_its_text_is_kept_nowhere_and_shown_never_again(alice, api, django_db_blocker):
    made = api().post(TOKENS, {"username": "alice", "password": PASSWORD, "name": "laptop"}).json()
    row = ApiToken.objects.get()
    assert made["token"] not in "".join(map(str, vars(row).values()))
    assert made["token"].encode() not in bytes(row.digest)
    for path in (TOKENS, f"{TOKENS}{made['id']}/"):
        assert made["token"] not in api(alice).get(path).content.decode()


def test_wrong_passwords_unknown_names_and_switched_off_people_get_one_answer(alice, bob, api):
    bob.is_active = False
    bob.save()
    answers = []
    for name, password in [("alice", "wrong"), ("nobody", PASSWORD), ("bob", PASSWORD)]:
        response = api().post(TOKENS, {"username": name, "password": password})
        assert code(response, 401) == "invalid_credentials"
        assert response["WWW-Authenticate"].startswith("Bearer")
        answers.append(response.content)
    assert len(set(answers)) == 1
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    "given",
    [{}, {"username": "alice"}, {"username": "alice", "password": "a\0"}, {"username": "x" * 151, "password": "y"}],
)
def test_what_is_missing_is_told(alice, api, given):
    assert code(api().post(TOKENS, given), 400) == "invalid"


def test_somebody_s_session_does_not_stand_for_the_password(alice, bob, api):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(alice)
    assert code(client.post(TOKENS, {"username": "bob", "password": "wrong"}), 401) == "invalid_credentials"
    # And neither is a CSRF token asked for, since the session counts for nothing here.
    client.post(TOKENS, {"username": "bob", "password": PASSWORD})
    assert ApiToken.objects.get().user == bob


def test_i_see_and_revoke_my_tokens_and_nobody_else_s(alice, charlie, api):
    mine, text = issue(alice, "laptop")
    for method in ("get", "delete"):
        assert code(getattr(api(charlie), method)(f"{TOKENS}{mine.pk}/"), 404) == "not_found"
        assert code(getattr(api(charlie), method)(f"{TOKENS}{uuid.uuid4()}/"), 404) == "not_found"
    assert api(charlie).get(TOKENS).json()["results"] == []
    assert [t["name"] for t in api(alice).get(TOKENS).json()["results"]] == ["laptop"]
    assert api(alice).get(f"{TOKENS}{mine.pk}/").json()["id"] == str(mine.pk)
    assert bearer(text).get(CASES).status_code == 200
    assert api(alice).delete(f"{TOKENS}{mine.pk}/").status_code == 204
    assert code(bearer(text).get(CASES), 401) == "invalid_token"


def test_whoever_is_not_signed_in_sees_no_list(api, db):
    assert code(api().get(TOKENS), 401) == "not_authenticated"


def test_an_expired_token_is_none(alice, api):
    response = api().post(TOKENS, {"username": "alice", "password": PASSWORD, "days": 1})
    expires_at = ApiToken.objects.get().expires_at
    assert timedelta(hours=23) < expires_at - timezone.now() < timedelta(hours=25)
    text = response.json()["token"]
    assert bearer(text).get(CASES).status_code == 200
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert code(bearer(text).get(CASES), 401) == "invalid_token"


@pytest.mark.parametrize("days", [0, -1, 3651, "soon"])
def test_a_token_does_not_live_for_nonsense(alice, api, days):
    assert code(api().post(TOKENS, {"username": "alice", "password": PASSWORD, "days": days}), 400) == "invalid"


def test_the_token_of_somebody_switched_off_is_none(alice):
    _, text = issue(alice, "laptop")
    alice.is_active = False
    alice.save()
    assert code(bearer(text).get(CASES), 401) == "invalid_token"


@pytest.mark.parametrize("text", ["", "x", "lx_", "lx_" + "A" * 43, "lx_" + "A" * 10_000, "lx_\xff", "a b c"])
def test_a_made_up_token_is_refused_even_beside_a_good_session(alice, text):
    client = bearer(text)
    client.force_login(alice)
    assert code(client.get(CASES), 401) == "invalid_token"


def test_another_scheme_is_not_ours(alice):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Basic YWxpY2U6cGFzcw==")
    assert code(client.get(CASES), 401) == "not_authenticated"


def test_a_token_needs_no_csrf_token(case, alice):
    _, text = issue(alice, "laptop")
    client = APIClient(enforce_csrf_checks=True)
    client.credentials(HTTP_AUTHORIZATION=f"bearer {text}")
    assert client.patch(f"{CASES}{case.pk}/", {"court": "D. Me."}).status_code == 200


def test_when_it_was_used_is_noted_once_a_minute(alice, django_assert_num_queries):
    token, text = issue(alice, "laptop")
    user_for_token(text)
    token.refresh_from_db()
    first = token.last_used_at
    assert timezone.now() - first < timedelta(minutes=1)
    with django_assert_num_queries(1):
        assert user_for_token(text) == alice
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    user_for_token(text)
    token.refresh_from_db()
    assert token.last_used_at >= first


def test_the_command_prints_a_token_that_works(alice, capsys):
    call_command("create_token", "alice", "--name", "nightly", "--days", "3")
    text = capsys.readouterr().out.strip()
    assert user_for_token(text) == alice
    assert ApiToken.objects.get().name == "nightly"


def test_the_command_refuses_who_is_not_there(charlie, capsys):
    charlie.is_active = False
    charlie.save()
    for name in ("nobody", "charlie"):
        with pytest.raises(CommandError) as refused:
            call_command("create_token", name)
        assert refused.value.returncode == 2
    assert not ApiToken.objects.exists()
