"""What stands around every page: its head, signing in and out, errors; and what our security policy wants of all."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from cases.models import Case, Membership, Role
from cases.templatetags.my_cases import SWITCHER_CASES
from documents.models import Status
from lexintel import bus, problems
from lexintel.tests.cast import PASSWORD

ERRORS = [400, 403, 404, 500, 503]


@pytest.fixture(autouse=True)
def _no_attempts_yet():
    for key in bus.client().scan_iter(bus.key("sign-in", "*")):
        bus.client().delete(key)


def pages(case: Case) -> list[str]:
    named = ["case", "case-people", "case-edit", "case-delete", "case-party-add", "case-search"]
    return ["/", reverse("case-new"), reverse("search"), *(reverse(name, args=[case.pk]) for name in named)]


def test_every_page_has_one_heading_its_landmarks_and_a_language(client, case, alice):
    client.force_login(alice)
    for path in pages(case):
        page = client.get(path).content.decode()
        assert len(re.findall(r"<h1\b", page)) == 1, path
        assert len(re.findall(r"<main\b", page)) == 1, path
        assert '<html lang="en"' in page
        assert 'class="skip-link" href="#main"' in page


def test_no_page_needs_what_the_security_policy_forbids(client, case, alice, put_in):
    put_in(case, b"text")
    client.force_login(alice)
    for path in pages(case):
        answer = client.get(path)
        page = answer.content.decode()
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*\bsrc=)", page), path
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page), path


def test_ids_are_unique_and_labels_name_a_field(client, case, alice, put_in):
    put_in(case, b"text")
    client.force_login(alice)
    for path in pages(case):
        page = client.get(path).content.decode()
        ids = re.findall(r'\sid="([^"]*)"', page)
        assert len(ids) == len(set(ids)), path
        assert set(re.findall(r'<label[^>]* for="([^"]*)"', page)) <= set(ids), path


def test_the_switcher_has_my_cases_and_marks_the_open_one(client, case, other_case, alice):
    client.force_login(alice)
    page = client.get(reverse("case", args=[case.pk])).content.decode()
    panel = page.split('aria-label="Cases"')[1].split("</nav>")[0]
    assert f'href="/cases/{case.pk}/" aria-current="true"' in panel
    assert other_case.name not in panel


def test_the_switcher_of_someone_with_many_cases_stays_short(client, alice):
    cases = Case.objects.bulk_create(Case(name=f"Case {n}", reference=f"R-{n}") for n in range(40))
    Membership.objects.bulk_create(Membership(case=c, user=alice, role=Role.VIEWER) for c in cases)
    client.force_login(alice)
    panel = client.get("/").content.decode().split('aria-label="Cases"')[1].split("</nav>")[0]
    assert panel.count("Case ") == SWITCHER_CASES


@pytest.mark.parametrize("staff", [True, False])
def test_staff_find_the_administration(client, alice, staff):
    alice.is_staff = staff
    alice.save()
    client.force_login(alice)
    assert ("Administration" in client.get("/").content.decode()) is staff


def test_signing_in_leads_to_where_one_wanted_to_go_and_out_takes_a_post(client, case, alice):
    path = reverse("case", args=[case.pk])
    page = client.get(f"/login/?next={path}").content.decode()
    assert f'name="next" value="{path}"' in page
    assert 'autocomplete="current-password"' in page
    answer = client.post("/login/", {"username": "alice", "password": PASSWORD, "next": path})
    assert answer.url == path
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").status_code == 302
    assert client.get(path).status_code == 302


def test_a_wrong_password_and_too_many_of_them_are_told(client, alice):
    given = {"username": "alice", "password": "wrong"}
    assert "Please enter a correct username and password." in client.post("/login/", given).content.decode()
    for _ in range(5):
        page = client.post("/login/", given).content.decode()
    assert "Too many attempts. Try again in" in page
    assert 'role="alert"' in page


@pytest.mark.parametrize("status", ERRORS)
def test_error_pages_need_neither_database_nor_hashed_files(status, settings):
    # Without the fixture `db` every access to the database raises.
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "nowhere.Missing"}}
    request = HttpRequest()
    request.path, request.request_id = "/cases/", "abc-123"  # type: ignore[attr-defined]
    answer = problems.answer(request, status, "code", "What happened.")
    page = answer.content.decode()
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    assert len(re.findall(r"<h1\b", page)) == 1
    assert "abc-123" in page


def test_error_pages_escape_what_they_are_given() -> None:
    context: dict[str, Any] = {"status": 403, "title": "x", "detail": "<script>", "request_id": "<script>"}
    assert "<script>" not in render_to_string("403.html", context)


def test_an_unknown_address_gets_the_page_that_says_so(client, alice):
    client.force_login(alice)
    answer = client.get("/nothing/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_outsiders_get_the_same_page_for_a_case_that_is_and_one_that_is_not(client, case, charlie):
    client.force_login(charlie)
    there = client.get(reverse("case", args=[case.pk]), headers={"X-Request-ID": "same"})
    nowhere = client.get("/cases/00000000-0000-4000-8000-000000000000/", headers={"X-Request-ID": "same"})
    assert there.content == nowhere.content


OURS = ["lexintel", "cases", "documents", "search"]


def ours(pattern: str) -> dict[Path, str]:
    """The texts of our files of a kind."""
    found = {path: path.read_text() for app in OURS for path in (settings.BASE_DIR / app).rglob(pattern)}
    assert found
    return found


def test_every_module_that_a_script_imports_exists() -> None:
    for script, text in ours("static/**/*.js").items():
        for name in re.findall(r'^(?:import|} from) .*"(\..*)"', text, re.M):
            app, module = (script.parent / name).resolve().parts[-2:]
            assert finders.find(f"{app}/{module}"), f"{script.name} imports {name}"


def test_every_icon_that_is_shown_is_drawn() -> None:
    (drawn,) = ours("static/lexintel/icons.svg").values()
    shown = set(Status.values)
    for text in [*ours("templates/**/*.html").values(), *ours("static/**/*.js").values()]:
        shown |= set(re.findall(r'\bicon(?: |\()"(\w+)"', text))
    assert shown <= set(re.findall(r'<symbol id="(\w+)"', drawn))
