"""The list of cases and the page of one, as people see them without JavaScript."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Membership, Role
from documents.models import Document, Page
from extraction.models import ExtractionJob

HOSTILE = "<script>alert(1)</script>"


def page_of(client: Client, path: str, user: Any, status: int = 200) -> str:
    client.force_login(user)
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def words(html: str) -> str:
    """What is read on a page, on one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def add_documents(case: Case, number: int, **fields: Any) -> list[Document]:
    made = [
        Document(
            case=case, name=f"letter {n:03}.txt", sha256=uuid4().hex * 2, size=5, media_type="text/plain", **fields
        )
        for n in range(number)
    ]
    return Document.objects.bulk_create(made)


def pages_of_case(case: Case, document: Document) -> list[tuple[str, str]]:
    """Every page of a case, with the least role that may see it."""
    member = case.memberships.first()
    party = case.parties.create(name="Harlow", role="Plaintiff")
    return [
        (reverse("case", args=[case.pk]), Role.VIEWER),
        (reverse("case-live", args=[case.pk]), Role.VIEWER),
        (reverse("case-people", args=[case.pk]), Role.VIEWER),
        (reverse("case-edit", args=[case.pk]), Role.MANAGER),
        (reverse("case-delete", args=[case.pk]), Role.MANAGER),
        (reverse("case-member-remove", args=[case.pk, member.pk]), Role.MANAGER),
        (reverse("case-party-add", args=[case.pk]), Role.MANAGER),
        (reverse("case-party", args=[case.pk, party.pk]), Role.MANAGER),
        (reverse("case-party-remove", args=[case.pk, party.pk]), Role.MANAGER),
    ]


@pytest.fixture
def letter(case: Case, put_in: Any) -> Document:
    return put_in(case, b"Dear counsel, notice is given.", name="letter.txt", path="Letters/2024/letter.txt")


# --- Walls ---------------------------------------------------------------------------------------------


def test_an_outsider_finds_nothing_at_any_address(client, case, letter, charlie):
    client.force_login(charlie)
    for path, _ in pages_of_case(case, letter):
        assert client.get(path).status_code == 404, path
        assert client.post(path).status_code in (404, 405), path
    for name, args in [("case-upload", [case.pk]), ("case-member", [case.pk, case.memberships.first().pk])]:
        assert client.post(reverse(name, args=args)).status_code == 404
    assert case.name not in client.get("/").content.decode()


def test_a_viewer_is_told_which_role_it_takes(client, case, letter, bob):
    client.force_login(bob)
    for path, role in pages_of_case(case, letter):
        assert client.get(path).status_code == (200 if role == Role.VIEWER else 403), path
    assert "manager" in client.get(reverse("case-edit", args=[case.pk])).content.decode()
    assert client.post(reverse("case-upload", args=[case.pk])).status_code == 403


def test_who_is_not_signed_in_is_asked_to_and_led_back(client, case, letter):
    for path, _ in [*pages_of_case(case, letter), ("/", "")]:
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.url == f"/login/?next={path}"


def test_members_of_one_case_do_not_see_another_one(client, case, other_case, put_in, dana):
    put_in(case, b"secret", name="secret.txt")
    page = page_of(client, reverse("case", args=[other_case.pk]), dana)
    assert "secret.txt" not in page
    assert page_of(client, reverse("case", args=[case.pk]), dana, 404)


def test_anothers_party_and_member_cannot_be_reached_through_my_case(client, case, other_case, alice):
    party = other_case.parties.create(name="Northwind", role="Debtor")
    member = other_case.memberships.first()
    client.force_login(alice)
    assert client.get(reverse("case-party", args=[case.pk, party.pk])).status_code == 404
    assert client.post(reverse("case-party-remove", args=[case.pk, party.pk])).status_code == 404
    assert client.post(reverse("case-member", args=[case.pk, member.pk]), {"role": "viewer"}).status_code == 404
    assert client.post(reverse("case-member-remove", args=[case.pk, member.pk])).status_code == 404


# --- Home ----------------------------------------------------------------------------------------------


def test_home_lists_my_cases_with_what_is_in_them(client, case, other_case, alice, make_document):
    document = make_document(case, ["One.", "Two.", "Three."])
    document.pages.filter(number=3).update(state="unreadable", reason="resource_time")
    Document.objects.filter(pk=document.pk).update(status="partial")
    add_documents(case, 2)
    page = words(page_of(client, "/", alice))
    assert "Harlow v. Brandt 24-cv-01234 · manager 3 3 66 % 2" in page
    assert other_case.name not in page


def test_home_does_not_count_pages_as_searchable_that_are_still_to_be_read(client, case, alice, make_document):
    make_document(case, ["One."])
    add_documents(case, 1, status="processing", page_count=9)
    assert "10 %" in words(page_of(client, "/", alice))


def test_home_without_cases_offers_one_thing_to_do(client, charlie):
    page = page_of(client, "/", charlie)
    assert "member of no case yet" in page
    assert page.count(f'class="button primary" href="{reverse("case-new")}"') == 1


def test_home_finds_a_case_by_part_of_name_reference_or_court(client, case, alice):
    other = Case.objects.create(name="In re Acme", reference="MDL-9", court="N.D. Fla.")
    Membership.objects.create(case=other, user=alice, role=Role.VIEWER)
    for wanted, found in [("brandt", case), ("CV-012", case), ("fla", other), ("mdl", other)]:
        page = page_of(client, f"/?q={wanted}", alice)
        assert [c.name for c in (case, other) if f'class="row-name" href="/cases/{c.pk}/"' in page] == [found.name]
    assert "No case of yours matches “zzz”." in page_of(client, "/?q=zzz", alice)


def test_home_pages_through_many_cases_each_once(client, alice):
    cases = Case.objects.bulk_create(Case(name=f"Case {n:03}", reference=f"R-{n}") for n in range(120))
    Membership.objects.bulk_create(Membership(case=c, user=alice, role=Role.VIEWER) for c in cases)
    seen, path = [], "/?ordering=name"
    while path:
        page = page_of(client, path, alice)
        seen += re.findall(r'class="row-name" href="[^"]*">(Case \d+)<', page)
        following = re.search(r'rel="next" href="([^"]*)"', page)
        path = "/" + following[1].replace("&amp;", "&") if following else ""
    assert seen == [f"Case {n:03}" for n in range(120)]


def test_the_queries_of_home_do_not_grow_with_its_cases(client, case, alice):
    client.force_login(alice)
    few = queries(client, "/")
    for n in range(20):
        more = Case.objects.create(name=f"Case {n}", reference=f"R-{n}")
        Membership.objects.create(case=more, user=alice, role=Role.VIEWER)
        add_documents(more, 2)
    assert queries(client, "/") == few


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(path).status_code == 200
    return len(found)


def test_whoever_opens_a_case_manages_it(client, charlie):
    client.force_login(charlie)
    given = {"name": "Roe v. Doe", "reference": "25-cv-1", "court": "S.D.N.Y.", "description": "A lease."}
    answer = client.post(reverse("case-new"), given)
    case = Case.objects.get(reference="25-cv-1")
    assert answer.url == reverse("case", args=[case.pk])
    assert case.memberships.get().role == Role.MANAGER
    page = words(client.get(answer.url).content.decode())
    assert "Roe v. Doe 25-cv-1 · S.D.N.Y. · You are manager" in page
    assert "No documents yet." in page


def test_a_reference_that_is_taken_is_told_at_its_field(client, case, charlie):
    client.force_login(charlie)
    answer = client.post(reverse("case-new"), {"name": "Mine", "reference": case.reference})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Another case has this reference." in page
    assert 'aria-invalid="true"' in page
    assert case.name not in page


# --- One case ------------------------------------------------------------------------------------------


def test_a_case_tells_how_much_of_it_is_searchable_and_what_is_not(client, case, alice, make_document):
    document = make_document(case, ["One."] * 4)
    document.pages.filter(number=4).update(state="unreadable", reason="resource_time")
    Document.objects.filter(pk=document.pk).update(status="partial")
    add_documents(case, 1, status="processing", page_count=6, pages_done=2)
    add_documents(case, 1, status="failed", error_code="corrupt")
    page = page_of(client, reverse("case", args=[case.pk]), alice)
    said = words(page)
    assert (
        "3 of 10 pages are searchable — 6 still being read , 1 could not be read , "
        "1 document could not be read at all ." in said
    )
    assert "All 3 Queued 0 Processing 1 Ready 0 Partly readable 1 Failed 1" in said
    assert "Reading page 2 of 6" in said
    assert "1 of 4 pages could not be read." in said


def test_a_case_of_which_all_is_searchable_says_just_that(client, case, alice, make_document):
    make_document(case, ["Only one."])
    assert "1 of 1 page is searchable." in words(page_of(client, reverse("case", args=[case.pk]), alice))


def test_a_row_tells_folder_custodian_and_what_it_is_a_copy_of(client, case, alice, letter, put_in):
    copy = put_in(case, b"Dear counsel, notice is given.", name="again.txt", custodian="R. Haines")
    page = page_of(client, reverse("case", args=[case.pk]), alice)
    row = words(page.split(f'data-document="{copy.pk}"')[1].split("</tr>")[0])
    assert "again.txt Same file as Letters/2024/letter.txt R. Haines" in row
    assert "Letters/2024" in words(page.split(f'data-document="{letter.pk}"')[1].split("</tr>")[0])


def test_a_failed_document_says_why_and_what_to_do(client, case, alice, bob, letter):
    Document.objects.filter(pk=letter.pk).update(status="failed", error_code="resource_time")
    path = reverse("case", args=[case.pk])
    page = page_of(client, path, alice)
    assert "Reading the file took longer than is allowed. What was read is kept." in words(page)
    assert f'formaction="{reverse("document-reprocess", args=[letter.pk])}"' in page
    assert "Try again" not in page_of(client, path, bob)


@pytest.mark.parametrize("code", ["encrypted", "quarantined"])
def test_trying_again_is_not_offered_where_it_cannot_help(client, case, alice, letter, code):
    Document.objects.filter(pk=letter.pk).update(status="failed", error_code=code)
    assert "Try again" not in page_of(client, reverse("case", args=[case.pk]), alice)


def test_a_document_that_waits_for_another_try_says_when(client, case, alice, letter):
    at = timezone.now().replace(hour=14, minute=32)
    job = ExtractionJob.objects.filter(document=letter)
    job.update(state="queued", error_code="storage_unavailable", attempt=1, max_attempts=4, not_before=at)
    page = words(page_of(client, reverse("case", args=[case.pk]), alice))
    assert "The file storage does not answer. Tried again at 14:32 UTC , try 2 of 4." in page


def test_only_managers_are_offered_to_delete_and_only_reviewers_to_add(client, case, alice, bob, charlie, letter):
    Membership.objects.create(case=case, user=charlie, role=Role.REVIEWER)
    path, delete = reverse("case", args=[case.pk]), reverse("document-delete", args=[letter.pk])
    offered = {
        user.username: (delete in page, 'class="drop-zone"' in page)
        for user in (alice, bob, charlie)
        for page in [page_of(client, path, user)]
    }
    assert offered == {"alice": (True, True), "bob": (False, False), "charlie": (False, True)}


def test_documents_are_narrowed_by_status_and_name(client, case, alice, letter):
    add_documents(case, 3, status="failed", error_code="corrupt")
    add_documents(case, 2, status="partial")
    path = reverse("case", args=[case.pk])
    assert page_of(client, f"{path}?status=partial&status=failed", alice).count("data-document=") == 5
    assert page_of(client, f"{path}?q=LETTERS/2024", alice).count("data-document=") == 1
    nothing = page_of(client, f"{path}?q=zzz&status=failed", alice)
    assert "No document of this case matches." in nothing
    assert 'name="status" value="failed"' in nothing


@pytest.mark.parametrize("query", ["status=bogus", "ordering=password", "q=%00", "case=nonsense"])
def test_an_address_with_a_wrong_filter_shows_the_rest_of_it(client, case, alice, letter, query):
    page = page_of(client, f"{reverse('case', args=[case.pk])}?{query}", alice)
    assert page.count("data-document=") == 1


def test_a_cursor_that_is_not_ours_leads_nowhere(client, case, alice):
    page_of(client, f"{reverse('case', args=[case.pk])}?cursor=abc", alice, 404)
    page_of(client, "/?cursor=abc", alice, 404)


def test_many_documents_are_paged_each_once_and_with_their_filter(client, case, alice):
    add_documents(case, 120, status="failed", error_code="corrupt")
    add_documents(case, 10, status="partial")
    seen, base = [], reverse("case", args=[case.pk])
    path = f"{base}?status=failed&ordering=name"
    while path:
        page = page_of(client, path, alice)
        seen += re.findall(r'class="row-name" href="[^"]*">(letter \d+.txt)<', page)
        following = re.search(r'rel="next" href="([^"]*)"', page)
        path = base + following[1].replace("&amp;", "&") if following else ""
    assert seen == [f"letter {n:03}.txt" for n in range(120)]


def test_the_queries_of_a_case_do_not_grow_with_its_documents(client, case, alice, put_in):
    def fill(number: int) -> None:
        for n in range(number):
            put_in(case, f"{n} of {number}".encode(), name=f"{n}.txt")
            put_in(case, f"{n} of {number}".encode(), name=f"copy {n}.txt")
        add_documents(case, number, status="failed", error_code="corrupt")
        add_documents(case, number, status="partial", warnings=["text_truncated"])

    client.force_login(alice)
    path = reverse("case", args=[case.pk])
    fill(1)
    few = queries(client, path), queries(client, f"{path}live/")
    fill(9)
    assert (queries(client, path), queries(client, f"{path}live/")) == few


def test_the_live_part_shows_what_the_page_shows_and_is_never_kept(client, case, alice, letter):
    client.force_login(alice)
    path = reverse("case", args=[case.pk])
    answer = client.get(f"{path}live/?q=letter")
    assert "no-store" in answer["Cache-Control"]
    live, page = answer.content.decode(), client.get(f"{path}?q=letter").content.decode()
    assert re.findall(r'data-part="(\w+)"', live) == re.findall(r'data-part="(\w+)"', page)
    row = re.compile(r'<tr role="row" data-document.*?</tr>', re.S)
    assert row.findall(live) == row.findall(page) != []


def test_whatever_is_named_like_markup_stays_text(client, case, alice, put_in):
    Case.objects.filter(pk=case.pk).update(name=HOSTILE, court=HOSTILE, description=HOSTILE)
    alice.first_name = HOSTILE
    alice.save()
    case.parties.create(name=HOSTILE, role=HOSTILE, counsel=HOSTILE)
    put_in(case, b"text", name="<img src=x onerror=alert(1)>.txt", custodian=HOSTILE, path=f"{HOSTILE}/a.txt")
    for path in ["/", f"/?q={HOSTILE}", *(path for path, _ in pages_of_case(case, Document.objects.get()))]:
        page = page_of(client, path, alice)
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        if path != reverse("case-member-remove", args=[case.pk, case.memberships.first().pk]):
            assert "&lt;script&gt;alert" in page, path


# --- Adding without JavaScript -------------------------------------------------------------------------


def test_files_are_added_with_a_plain_form(client, case, alice):
    client.force_login(alice)
    files = [SimpleUploadedFile("a.txt", b"one"), SimpleUploadedFile("b.txt", b"two")]
    answer = client.post(reverse("case-upload", args=[case.pk]), {"files": files, "custodian": "R. Haines"})
    assert answer.url == reverse("case", args=[case.pk])
    assert set(case.documents.values_list("name", "custodian")) == {("a.txt", "R. Haines"), ("b.txt", "R. Haines")}
    assert "2 files are added. They are being read" in words(client.get(answer.url).content.decode())


def test_a_file_that_is_too_large_is_named_and_the_others_are_added(client, case, alice, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    settings.LEXINTEL_MAX_UPLOAD_MB = 1
    client.force_login(alice)
    files = [SimpleUploadedFile("big.txt", b"x" * (1 << 20) + b"x"), SimpleUploadedFile("b.txt", b"two")]
    answer = client.post(reverse("case-upload", args=[case.pk]), {"files": files}, follow=True)
    page = words(answer.content.decode())
    assert "1 file is added." in page
    assert "big.txt: The file is larger than allowed. Split it" in page
    assert list(case.documents.values_list("name", flat=True)) == ["b.txt"]


def test_adding_nothing_says_so(client, case, alice):
    client.force_login(alice)
    answer = client.post(reverse("case-upload", args=[case.pk]), {}, follow=True)
    assert "Choose at least one file." in answer.content.decode()


# --- Changing and deleting a case ----------------------------------------------------------------------


def test_a_manager_changes_and_closes_a_case(client, case, alice):
    client.force_login(alice)
    given = {"name": "Harlow v. Brandt (closed)", "reference": "24-cv-01234", "status": "closed"}
    assert client.post(reverse("case-edit", args=[case.pk]), given).status_code == 302
    case.refresh_from_db()
    assert (case.name, case.status) == ("Harlow v. Brandt (closed)", "closed")
    assert "Closed" in page_of(client, reverse("case", args=[case.pk]), alice)


def test_a_wrong_change_leaves_the_head_of_the_page_as_it_is(client, case, alice):
    client.force_login(alice)
    answer = client.post(reverse("case-edit", args=[case.pk]), {"name": "", "reference": "", "status": "open"})
    assert answer.status_code == 422
    assert "<h1>Harlow v. Brandt</h1>" in answer.content.decode()


def test_deleting_a_case_takes_its_reference(client, case, alice, letter):
    client.force_login(alice)
    path = reverse("case-delete", args=[case.pk])
    assert "1 document with 0 pages are deleted" in words(client.get(path).content.decode())
    answer = client.post(path, {"reference": "24-cv-0123"})
    assert (answer.status_code, Case.objects.count()) == (422, 1)
    assert client.post(path, {"reference": "24-cv-01234"}).url == "/"
    assert not Case.objects.exists()
    assert not Page.objects.exists()
