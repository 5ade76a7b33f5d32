"""Search term reports: who may make, see and delete them, and that what was kept stays as it was."""

import csv
import io

import pytest
from django.test import Client
from python_calamine import load_workbook

from documents.models import Document, Page
from search import term_report as term_report_module
from search.models import TermReport
from search.term_report import MAX_TERMS, fingerprint, has_changed, make_report


def page_of(user):
    client = Client()
    client.force_login(user)
    return client


def test_coverage_says_what_was_searched(case, breach_record, put_in):
    Page.objects.filter(document=breach_record["agreement"], number=3).update(state="unreadable", reason="corrupt")
    put_in(case, b"not read yet", name="new.txt")
    coverage = make_report(case, None, "r", ["breach"]).coverage
    wanted = {"documents_searched": 3, "pages_searched": 4, "pages_unreadable": 1, "documents_waiting": 1}
    assert {name: coverage[name] for name in wanted} == wanted


def test_the_fingerprint_changes_with_what_is_searched_and_with_nothing_else(
    case, other_case, breach_record, make_document
):
    report = make_report(case, None, "r", ["breach"])
    make_document(other_case, ["A breach of others."])
    Document.objects.filter(pk=breach_record["memo"].pk).update(custodian="X")
    assert not has_changed(report)
    before = {fingerprint(case.pk)}
    for change in ({"version": 2}, {"extractor_version": "9"}, {"sha256": "c" * 64}):
        Document.objects.filter(pk=breach_record["memo"].pk).update(**change)
        before.add(fingerprint(case.pk))
    make_document(case, ["One more."], name="more.txt")
    before.add(fingerprint(case.pk))
    assert len(before) == 5 and has_changed(report)


def test_a_report_stays_as_it_was(case, breach_record, alice, api, make_document):
    report = make_report(case, alice, "r", ["breach"])
    url = f"/api/v1/cases/{case.pk}/term-reports/{report.pk}/"
    before = api(alice).get(url).json()
    make_document(case, ["Another breach."], name="more.txt")
    after = api(alice).get(url).json()
    assert (before.pop("changed_since"), after.pop("changed_since")) == (False, True)
    assert before == after
    assert api(alice).patch(url, {"name": "x"}, format="json").status_code == 405
    assert (
        "The record has changed since"
        in page_of(alice).get(f"/cases/{case.pk}/term-reports/{report.pk}/").content.decode()
    )


def test_outsiders_see_nothing_and_viewers_count_nothing(
    case, breach_record, alice, bob, charlie, dana, other_case, api
):
    report = make_report(case, alice, "Secret list", ["breach"])
    base, page = f"/api/v1/cases/{case.pk}/term-reports/", f"/cases/{case.pk}/term-reports/"
    asked = {"name": "n", "terms": ["breach"]}
    for person in (charlie, dana):
        client = api(person)
        assert client.get(base).status_code == client.post(base, asked, format="json").status_code == 404
        for below in (f"{report.pk}/", f"{report.pk}.csv", f"{report.pk}.xlsx", ""):
            assert page_of(person).get(page + below).status_code == 404
        assert client.get(f"{base}{report.pk}/").status_code == client.delete(f"{base}{report.pk}/").status_code == 404
    # Nor through the door of a case of one's own.
    assert api(dana).get(f"/api/v1/cases/{other_case.pk}/term-reports/{report.pk}/").status_code == 404
    assert (
        api(dana).get(f"/cases/{other_case.pk}/term-reports/?again={report.pk}").content.decode().count("breach") == 0
    )
    assert api(bob).get(f"{base}{report.pk}/").json()["rows"][0]["documents"] == 2
    assert api(bob).post(base, asked, format="json").status_code == 403
    assert api(bob).delete(f"{base}{report.pk}/").status_code == 403
    assert page_of(bob).post(page, {"name": "n", "terms": "breach"}).status_code == 403
    assert "New report" not in page_of(bob).get(page).content.decode()


def test_reviewers_delete_their_own_reports_and_managers_all(case, breach_record, alice, rita, api):
    theirs, mine = make_report(case, alice, "a", ["x1"]), make_report(case, rita, "b", ["x1"])
    base = f"/api/v1/cases/{case.pk}/term-reports/"
    assert api(rita).delete(f"{base}{theirs.pk}/").status_code == 403
    assert api(rita).delete(f"{base}{mine.pk}/").status_code == 204
    assert page_of(alice).post(f"/cases/{case.pk}/term-reports/{theirs.pk}/delete/").status_code == 302
    assert not TermReport.objects.exists()


def test_the_api_counts_and_lists(case, breach_record, rita, api):
    base = f"/api/v1/cases/{case.pk}/term-reports/"
    made = api(rita).post(base, {"name": "First", "terms": ["breach", "winch", "breach"]}, format="json")
    assert made.status_code == 201
    body = made.json()
    assert [row["term"] for row in body["rows"]] == ["breach", "winch"]
    assert (body["created_by"], body["changed_since"], len(body["fingerprint"])) == ("rita", False, 64)
    assert [row["name"] for row in api(rita).get(base).json()["results"]] == ["First"]


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "n", "terms": []},
        {"name": "n", "terms": ["\u200b"]},
        {"name": "\u202e", "terms": ["x"]},
        {"name": "n", "terms": "breach"},
        {"name": "n", "terms": [f"t{n}" for n in range(MAX_TERMS + 1)]},
        {"name": "n", "terms": ["x" * 10_001]},
        {"name": "n", "terms": [{"a": 1}]},
    ],
)
def test_lists_that_cannot_be_counted_are_refused(case, breach_record, rita, api, asked):
    response = api(rita).post(f"/api/v1/cases/{case.pk}/term-reports/", asked, format="json")
    assert response.status_code == 400
    assert not TermReport.objects.exists()


def test_when_the_time_is_up_terms_say_that_they_were_not_counted(case, breach_record, alice, monkeypatch):
    monkeypatch.setattr(term_report_module, "REPORT_SECONDS", 0.01)
    report = make_report(case, alice, "r", ["breach"])
    assert (report.rows[0]["documents"], report.rows[0]["unique"], report.totals["complete"]) == (None, None, False)
    client = page_of(alice)
    body = client.get(f"/cases/{case.pk}/term-reports/{report.pk}/").content.decode()
    assert "no time left" in body and "left=1" in body
    again = client.get(f"/cases/{case.pk}/term-reports/?again={report.pk}&left=1").content.decode()
    assert "breach</textarea>" in again


def test_the_files_hold_it_all_and_no_formula(case, breach_record, alice):
    case.name = "=cmd|' /C calc'!A0"
    case.save()
    report = make_report(case, alice, "@list", ["=1+1", "breach", "-winch", "custodian:brandt"])
    client, page = page_of(alice), f"/cases/{case.pk}/term-reports/{report.pk}"
    response = client.get(f"{page}.csv")
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[2][:5] == ["breach", "2", "2", "3", "0"]
    assert rows[5][0] == "All terms together"
    assert rows[4][3] == "" and ["Fingerprint of what was searched (SHA-256)", report.fingerprint] in rows
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "-"))]
    assert "attachment" in response["Content-Disposition"]
    content = client.get(f"{page}.xlsx").content
    book = load_workbook(io.BytesIO(content))
    terms = book.get_sheet_by_name("Terms").to_python()
    assert terms[1][0] == "=1+1" and terms[2][:5] == ["breach", 2.0, 2.0, 3.0, 0.0]
    assert ["Report", "@list"] in book.get_sheet_by_name("About").to_python()
    assert b"<f>" not in content


def test_the_pages_count_show_and_escape(case, breach_record, rita):
    client, page = page_of(rita), f"/cases/{case.pk}/term-reports/"
    asked = {"name": "<b>List</b>", "terms": "breach\r\n\r\n<script>alert(1)</script>\nwinch"}
    body = client.post(page, asked, follow=True).content.decode()
    assert "&lt;script&gt;" in body and "<script>alert" not in body and "<b>List" not in body
    assert "All terms together" in body and "The record has not changed since" in body
    assert "&lt;b&gt;List" in client.get(page).content.decode()
    refused = client.post(page, {"name": "x", "terms": " \n\u200b\n"})
    assert refused.status_code == 422 and "at least one term" in refused.content.decode()


def test_the_admin_shows_reports_and_changes_nothing(case, breach_record, alice, django_user_model):
    report = make_report(case, alice, "Shown list", ["breach"])
    alice.is_staff = alice.is_superuser = True
    alice.save()
    client = page_of(alice)
    assert "Shown list" in client.get("/admin/search/termreport/").content.decode()
    body = client.get(f"/admin/search/termreport/{report.pk}/change/").content.decode()
    assert report.fingerprint in body and "_save" not in body
    assert client.get("/admin/search/termreport/add/").status_code == 403
    assert client.post(f"/admin/search/termreport/{report.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not TermReport.objects.exists()
