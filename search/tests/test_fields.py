"""Fields: what documents are, in a question."""

import pytest

from documents.models import Document
from search.engine import search
from search.language import fields
from search.scope import scope_for


@pytest.fixture
def record(case, make_document):
    made = {
        name: make_document(
            case, [f"The winch of {name.split('.')[0]}.", "A second winch page."], name=name, custodian=who
        )
        for name, who in (("lease.pdf", "A. Brandt"), ("mail.eml", "C. Diaz"), ("notes_50%.txt", "A. Brandt"))
    }
    for name, media_type, meta in (
        ("lease.pdf", "application/pdf", {"created": "2021-03-05T10:00:00"}),
        ("mail.eml", "message/rfc822", {"date": "2021-05-20T09:00:00+02:00", "created": "1999-01-01"}),
        ("notes_50%.txt", "text/plain", {}),
    ):
        Document.objects.filter(pk=made[name].pk).update(media_type=media_type, meta=meta)
    return made


def names(user, text, **how):
    return {p.document_name for p in search(text, scope_for(user), **how).passages}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("winch name:lease", {"lease.pdf"}),
        ("winch name:“notes_50%”", {"notes_50%.txt"}),
        ("winch name:n%s", set()),
        ("winch name:lea*", {"lease.pdf"}),
        ("winch custodian:diaz", {"mail.eml"}),
        ('winch custodian:"A. Brandt"', {"lease.pdf", "notes_50%.txt"}),
        ("winch -custodian:brandt", {"mail.eml"}),
        ("winch type:pdf", {"lease.pdf"}),
        ("winch type:email", {"mail.eml"}),
        ("winch type:text/plain", {"notes_50%.txt"}),
        ("winch type:eml", {"mail.eml"}),
        ("winch NOT type:pdf", {"mail.eml", "notes_50%.txt"}),
        ("winch date:2021-03", {"lease.pdf"}),
        ("winch date:3/5/2021", {"lease.pdf"}),
        ("winch date:2021-03..2021-05", {"lease.pdf", "mail.eml"}),
        ("winch date:>2021-03-05", {"mail.eml"}),
        ("winch date:1999", set()),
        ("winch status:ready", {"lease.pdf", "mail.eml", "notes_50%.txt"}),
        ("winch status:failed", set()),
        ("winch case:24-cv-01234", {"lease.pdf", "mail.eml", "notes_50%.txt"}),
        ("winch case:harlow", {"lease.pdf", "mail.eml", "notes_50%.txt"}),
        ("winch case:northwind", set()),
    ],
)
def test_a_field_narrows_every_mode(record, alice, other_case, question, expected):
    for mode in ("hybrid", "lexical", "semantic"):
        assert names(alice, question, mode=mode) == expected, mode


def test_pages_narrow_where_hits_stand(record, alice):
    for question in ("winch page:2", "winch page:>1", "second* page:2-9"):
        for mode in ("hybrid", "lexical", "semantic"):
            assert {p.page for p in search(question, scope_for(alice), mode=mode).passages} == {2}


def test_what_fits_no_document_is_said(record, alice):
    for question in ("NOT name:*", "-type:pdf -type:email -type:text", "NOT winch"):
        result = search(question, scope_for(alice))
        assert result.total == 0 and "No document here fits what was asked for." in result.notes


@pytest.mark.parametrize(
    "question", ['page:"A. Brandt"', 'date:"soon enough"', 'status:"no such"', "page:“”", 'date:"…"']
)
def test_a_value_in_quotation_marks_that_the_field_cannot_have_is_said(record, alice, question):
    for typed in (question, f"winch {question}", f"winch OR -{question}"):
        result = search(typed, scope_for(alice))
        assert any("It was searched as words" in note for note in result.notes) or "“”" in typed, result.notes
    assert names(alice, 'winch date:"2021-03"') == {"lease.pdf"}


def test_a_page_that_no_document_has_is_said(record, alice):
    for question in ("page:99", "winch page:99"):
        assert "Nothing was found on the pages that page: asks for." in search(question, scope_for(alice)).notes
    assert any("is no page" in note for note in search("winch page:0", scope_for(alice)).notes)


def test_fields_alone_list_the_documents(record, alice):
    result = search("custodian:brandt type:pdf", scope_for(alice))
    assert [(p.document_name, p.page, p.why) for p in result.passages] == [("lease.pdf", 1, "document")]
    assert names(alice, "type:pdf OR type:email") == {"lease.pdf", "mail.eml"}
    for question in ("NOT type:pdf", "-type:pdf", "(NOT type:pdf)"):
        assert names(alice, question) == {"mail.eml", "notes_50%.txt"}, question


def test_documents_without_a_date_are_counted(record, alice):
    notes = search("winch date:2021", scope_for(alice)).notes
    assert "1 document does not say of what date, so date: cannot fit." in notes


def test_a_field_that_fits_nothing_is_said(record, alice):
    assert "“custodian:nobody” fits no document here." in search("winch custodian:nobody", scope_for(alice)).notes


def test_a_duplicates_custodian_brings_in_its_original(case, alice, make_document, put_in):
    make_document(case, ["The winch was greased."], name="a.txt", custodian="A. Brandt")
    put_in(case, f"{case.pk}a.txt".encode(), name="copy.txt", custodian="C. Diaz")
    assert names(alice, "winch custodian:diaz") == {"a.txt"}
    assert names(alice, "winch name:copy") == {"a.txt"}


def test_an_outsider_learns_nothing_from_fields(record, charlie):
    for question in ("custodian:brandt", "winch type:pdf", "date:2021", "case:harlow", "page:1"):
        result = search(question, scope_for(charlie))
        assert result.total == 0
        assert not any("1 document" in note or "documents do" in note for note in result.notes)


def test_a_case_one_may_not_see_cannot_be_named(record, alice, other_case, make_document):
    make_document(other_case, ["The canary winch."], name="canary.pdf")
    for question in ("winch case:northwind", "case:24-bk-00077", "name:canary", "winch type:pdf OR name:canary"):
        assert "canary.pdf" not in names(alice, question)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2021", ("2021-01-01", "2021-12-31")),
        ("2024-02", ("2024-02-01", "2024-02-29")),
        ("2/2024", ("2024-02-01", "2024-02-29")),
        ("12/31/2024", ("2024-12-31", "2024-12-31")),
        ("2021..", ("2021-01-01", "9999-12-31")),
        ("<2021-03-01", ("0001-01-01", "2021-02-28")),
        ("<=2021-03", ("0001-01-01", "2021-03-31")),
        ("2021-13", None),
        ("2021-02-30", None),
        ("..", None),
        ("", None),
        (">9999-12-31", ("9999-12-31", "9999-12-31")),
        ("0000", None),
        ("yesterday", None),
    ],
)
def test_dates_are_read_in_the_forms_people_write(value, expected):
    assert fields.dates(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3", (3, 3)),
        ("3-9", (3, 9)),
        ("..4", (1, 4)),
        ("7..", (7, 10_000_000)),
        ("<3", (1, 2)),
        ("x", None),
        ("-", None),
        ("0", None),
        ("<1", None),
        ("9-3", None),
        ("0-2", (0, 2)),
    ],
)
def test_pages_are_read_as_numbers_and_ranges(value, expected):
    assert fields.pages(value) == expected
