"""Facets on the page of results: links that narrow down and take back, inside the walls."""

import re

import pytest

from cases.models import Case, Membership, Role
from documents.models import Document
from search.facet_links import KINDS
from search.language.fields import TYPES


@pytest.fixture
def record(case, alice, other_case, make_document):
    second = Case.objects.create(name="Harlow v. Crane & Sons", reference="25-cv-7")
    Membership.objects.create(case=second, user=alice, role=Role.MANAGER)
    make_document(case, ["The winch failed."], name="a.txt", custodian="A. Brandt")
    make_document(case, ["The winch held."], name="b.txt", custodian="C. Diaz & Co")
    make_document(second, ["A winch was sold."], name="c.txt", custodian="A. Brandt")
    make_document(other_case, ["The winch of the canary."], name="canary.txt", custodian="K. Canary")
    return second


def links(client, path):
    page = client.get(path).content.decode()
    nav = re.search(r'<nav class="search-facets".*?</nav>', page, re.S)
    found = re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', nav[0]) if nav else []
    return {text.replace("&amp;", "&"): url.replace("&amp;", "&") for url, text in found}, page


def test_a_facet_narrows_the_results_and_keeps_the_question(record, alice, api):
    client = api(alice)
    found, page = links(client, "/search/?q=winch&mode=lexical&group=document")
    assert {"A. Brandt", "C. Diaz & Co", "Harlow v. Brandt", "Harlow v. Crane & Sons"} <= set(found)
    assert "canary" not in page.lower()
    inner, page = links(client, found["C. Diaz & Co"])
    assert page.count('class="search-result"') == 1 and "b.txt" in page
    assert 'name="group" value="document"' in page and 'value="lexical" checked' in page
    assert links(client, inner["all"])[0] == found


def test_a_case_is_chosen_and_taken_back_as_any_facet(record, alice, api):
    client = api(alice)
    found, _ = links(client, "/search/?q=winch&custodian=A.+Brandt")
    inner, page = links(client, found["Harlow v. Crane & Sons"])
    assert page.count('class="search-result"') == 1 and "c.txt" in page
    assert str(record.pk) in found["Harlow v. Crane & Sons"]
    assert inner["all"] in ("/search/?q=winch&mode=hybrid&custodian=A.+Brandt", f"/cases/{record.pk}/search/?q=winch")


def test_where_nothing_is_found_what_was_chosen_can_be_taken_back(record, alice, api):
    found, page = links(api(alice), "/search/?q=zeppelin&mode=lexical&custodian=A.+Brandt")
    assert "Nothing found" in page and found == {"all": "/search/?q=zeppelin&mode=lexical"}


def test_counts_are_those_of_ones_own_cases(record, bob, api):
    page = api(bob).get("/search/?q=winch").content.decode()
    assert "2 passages in 2 documents of 1 case" in page
    assert "Crane &amp; Sons" not in page and "anary" not in page


def test_what_has_one_value_only_is_no_choice(case, alice, api, make_document):
    make_document(case, ["The winch failed."])
    assert links(api(alice), "/search/?q=winch")[0] == {}


def test_kinds_of_files_have_names_and_formats_where_these_tell_them_apart(case, alice, api, make_document):
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    kinds = [
        "application/pdf",
        "text/plain",
        "text/markdown",
        sheet,
        "text/csv",
        "image/png",
        "image/tiff",
        "x/unknown",
    ]
    for n, media_type in enumerate(kinds):
        made = make_document(case, ["The winch failed."], name=f"{n}.txt")
        Document.objects.filter(pk=made.pk).update(media_type=media_type)
    found, _ = links(api(alice), "/search/?q=winch")
    named = {"Text (plain)", "Text (Markdown)", "Spreadsheet (Excel)", "Spreadsheet (CSV)"}
    assert set(found) == {"PDF", *named, "Picture (PNG)", "Picture (TIFF)", "x/unknown"}
    assert set(KINDS) == set(TYPES)


def test_a_custodian_in_the_address_is_shown_as_text(record, alice, api):
    page = api(alice).get("/search/", {"q": "winch", "custodian": "<script>x"}).content.decode()
    assert "<script>x" not in page and "&lt;script&gt;x" in page
