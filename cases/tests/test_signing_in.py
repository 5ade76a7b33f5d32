"""Signing in with name and password, and the limit on attempts."""

import pytest
import redis
from django.test import Client
from redis.backoff import NoBackoff
from redis.retry import Retry

from cases import signing_in
from lexintel import bus
from lexintel.tests.cast import PASSWORD

LOGIN, TOKENS = "/login/", "/api/v1/tokens/"


@pytest.fixture(autouse=True)
def _no_attempts_yet():
    for key in bus.client().scan_iter(bus.key("sign-in", "*")):
        bus.client().delete(key)


def sign_in(client, name="alice", password=PASSWORD, **extra):
    return client.post(LOGIN, {"username": name, "password": password}, **extra)


def test_whoever_knows_the_password_is_let_in_and_to_where_they_wanted(alice, client, case):
    response = client.post(f"{LOGIN}?next=/cases/{case.pk}/", {"username": "alice", "password": PASSWORD})
    assert response.url == f"/cases/{case.pk}/"
    assert client.get(response.url).status_code == 200


def test_nobody_is_sent_elsewhere_after_signing_in(alice, client):
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        response = client.post(f"{LOGIN}?next={elsewhere}", {"username": "alice", "password": PASSWORD})
        assert response.url == "/"


def test_a_new_session_begins(alice, client):
    client.get(LOGIN)
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    sign_in(client)
    assert client.session.session_key != before


def test_a_wrong_password_and_an_unknown_name_get_one_answer(alice, client):
    wrong, unknown = sign_in(client, password="wrong"), sign_in(client, name="alicf")
    assert wrong.status_code == unknown.status_code == 200
    assert wrong.context["form"].errors == unknown.context["form"].errors


def test_the_sixth_attempt_in_a_minute_is_refused_even_with_the_right_password(alice, client):
    for _ in range(signing_in.ATTEMPTS):
        sign_in(client, password="wrong")
    response = sign_in(client)
    assert "Too many attempts. Try again in" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_an_unknown_name_is_counted_like_a_known_one(alice, client):
    for _ in range(signing_in.ATTEMPTS):
        sign_in(client, name="nobody", password="wrong")
    assert "Too many attempts" in sign_in(client, name="nobody").content.decode()


def test_the_page_and_the_api_count_together_and_case_and_blanks_do_not_help(alice, client, api):
    for name in ("alice", "ALICE", " alice", "Alice ", "alice"):
        sign_in(client, name=name, password="wrong")
    response = api().post(TOKENS, {"username": "alice", "password": PASSWORD})
    assert (response.status_code, response.json()["code"]) == (429, "throttled")
    assert 0 < int(response["Retry-After"]) <= signing_in.WINDOW_S


def test_others_and_other_addresses_are_not_held_up(alice, bob, client):
    for _ in range(signing_in.ATTEMPTS + 1):
        sign_in(client, password="wrong")
    assert sign_in(Client(), name="bob").status_code == 302
    assert sign_in(Client(), REMOTE_ADDR="192.0.2.7").status_code == 302


def test_a_header_does_not_make_another_address(alice, client):
    for n in range(signing_in.ATTEMPTS):
        sign_in(client, password="wrong", HTTP_X_FORWARDED_FOR=f"192.0.2.{n}")
    assert "Too many attempts" in sign_in(client, HTTP_X_FORWARDED_FOR="192.0.2.99").content.decode()


def test_the_window_ends(alice, client):
    for _ in range(signing_in.ATTEMPTS + 1):
        sign_in(client, password="wrong")
    (key,) = bus.client().scan_iter(bus.key("sign-in", "*"))
    assert 0 < bus.client().ttl(key) <= signing_in.WINDOW_S
    bus.client().pexpire(key, 1)
    while bus.client().exists(key):
        pass
    assert sign_in(client).status_code == 302


def test_redis_learns_neither_name_nor_address(alice, client):
    sign_in(client)
    (key,) = bus.client().scan_iter(bus.key("sign-in", "*"))
    assert "alice" not in key
    assert "127.0.0.1" not in key


def test_while_redis_is_away_nobody_can_guess(alice, client, api, monkeypatch):
    away = redis.Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(bus, "client", lambda: away)
        assert "not possible at the moment" in sign_in(client).content.decode()
        response = api().post(TOKENS, {"username": "alice", "password": PASSWORD})
    assert (response.status_code, response.json()["code"]) == (503, "broker_unavailable")
    assert response["Retry-After"]


def test_a_form_from_elsewhere_signs_nobody_in(alice):
    client = Client(enforce_csrf_checks=True)
    response = sign_in(client)
    assert response.status_code == 403
    assert "too old" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_signing_out_takes_a_form(alice, client):
    sign_in(client)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").url == LOGIN
    assert client.get("/").url.startswith(LOGIN)


def test_the_admin_s_own_sign_in_leads_to_the_one_that_counts(alice, client):
    assert client.get("/admin/login/?next=/admin/").url == "/login/?next=/admin/"
    assert client.post("/admin/login/", {"username": "alice", "password": PASSWORD}).status_code == 302
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 151, ""])
def test_a_name_that_nobody_can_have_is_refused(db, client, name):
    response = client.post(LOGIN, {"username": name.encode("utf-8", "surrogatepass"), "password": "x"})
    assert response.status_code == 200
    assert response.context["form"].errors
