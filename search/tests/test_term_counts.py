"""What the terms of a report count: exactly, of one moment, and in one case only."""

from threading import Thread

import pytest
from django.db import connection

from documents.models import Document
from search import term_report as term_report_module
from search.scope import Scope
from search.term_counts import hits_of
from search.term_report import fingerprint, has_changed, make_report


def counted(case, *terms):
    """(documents, pages, unique) of each term."""
    report = make_report(case, None, "r", terms)
    return [(row["documents"], row["pages"], row["unique"]) for row in report.rows]


@pytest.mark.parametrize(
    ("term", "documents", "pages"),
    [
        ("breach", 2, 3),
        ("breaches", 2, 3),
        ("“material breach”", 1, 1),
        ("breach w/5 contract", 1, 1),
        ("breach AND NOT sue", 1, 2),
        ("breach notice", 1, 2),
        ("indemn* OR winch", 2, 2),
        ("custodian:brandt", 2, None),
        ("custodian:brandt breach", 1, 2),
        ("breach page:2", 1, 1),
        ("NOT breach", 1, None),
        ("NOT zebra", 3, None),
        ("zebra", 0, 0),
        ("the of", 0, 0),
        ("name:memo OR breach", 3, 3),
    ],
)
def test_a_term_counts_every_document_and_page(case, breach_record, term, documents, pages):
    assert counted(case, term) == [(documents, pages, documents)]


def test_what_only_one_term_finds_is_counted_beside_what_all_find(case, breach_record):
    report = make_report(case, None, "r", ["breach", "sue", "winch", "zebra"])
    assert [row["unique"] for row in report.rows] == [1, 0, 1, 0]
    assert (report.totals["documents"], report.totals["pages"], report.totals["complete"]) == (3, 4, True)


def test_counts_go_beyond_what_a_search_lists(case, make_document):
    make_document(case, [f"Voucher {n} was paid. Paid in full." for n in range(450)], name="vouchers.txt")
    assert counted(case, "voucher", "voucher w/4 paid", "“in full”") == [(1, 450, 0)] * 3


def test_words_over_a_page_break_count_on_their_own_page(case, make_document):
    # One chunk holds both pages: the index alone cannot tell on which the words stand.
    make_document(case, ["The anchor was lost and the", "winch was kept."], name="log.txt")
    scope = Scope((case.pk,))
    assert {n for _, n in hits_of("anchor", scope).pages} == {1}
    assert {n for _, n in hits_of("winch", scope).pages} == {2}
    assert {n for _, n in hits_of("winch OR anchor", scope).pages} == {1, 2}


def test_families_are_counted_with_their_hits_and_archives_are_none(case, breach_record):
    mail = Document.objects.get(pk=breach_record["letter"].pk)
    zipped = Document.objects.create(case=case, name="all.zip", sha256="a" * 64, size=1, media_type="application/zip")
    Document.objects.filter(pk__in=[mail.pk, breach_record["memo"].pk]).update(parent=zipped)
    Document.objects.filter(pk=breach_record["agreement"].pk).update(parent=mail)
    rows = make_report(case, None, "r", ["sue", "indemnify", "winch"]).rows
    # The agreement is attached to the letter; the memo only lay in the same archive.
    assert [(row["documents"], row["with_families"]) for row in rows] == [(1, 2), (1, 2), (1, 1)]


def test_a_copy_in_another_family_brings_that_family(case, breach_record):
    mail = Document.objects.create(
        case=case, name="m.eml", sha256="b" * 64, size=1, media_type="message/rfc822", version=1
    )
    Document.objects.create(
        case=case,
        name="copy.txt",
        sha256=breach_record["memo"].sha256,
        size=1,
        media_type="text/plain",
        duplicate_of=breach_record["memo"],
        parent=mail,
    )
    assert make_report(case, None, "r", ["winch"]).rows[0]["with_families"] == 2


def test_the_linter_speaks_about_each_term(case, breach_record):
    remarks = [
        " ".join(row["remarks"]) for row in make_report(case, None, "r", ["indemnfy", "indemn*", "the breach"]).rows
    ]
    assert "did you mean “indemnify”" in remarks[0]
    assert "stands for indemnify" in remarks[1]
    assert "too common" in remarks[2] and "AND" in remarks[2]


def test_another_cases_documents_are_never_counted(case, other_case, breach_record, make_document):
    make_document(other_case, ["A material breach of the contract by Zeppelin."], name="theirs.txt")
    report = make_report(case, None, "r", ["breach", "zeppelin", "NOT zebra", "name:theirs", "case:Northwind"])
    assert [row["documents"] for row in report.rows] == [2, 0, 3, 0, 0]
    assert "eppelin" not in " ".join(remark for row in report.rows[:1] for remark in row["remarks"])


def test_naughty_terms_are_counted_or_say_why_not(case, breach_record):
    naughty = [
        "((((", '"', "' OR 1=1 --", "a" * 5000, "x & | !", ":*", "w/5", "NOT", "-", "\\", "%s %(a)s {}", "𝒷reach",
        "<script>alert(1)</script>", "page:0", "date:nonsense", "*", "?", "b*" , "(" * 60 + "a", "=1+1", "‮breach",
        " ".join(f"w{n}" for n in range(250)), "breach w/999999999999 notice", "e?f?", "\U0010ffff",
    ]  # fmt: skip
    rows = make_report(case, None, "r", naughty).rows
    assert len(rows) == len(naughty)
    assert all(row["documents"] is not None or row["problem"] for row in rows)


@pytest.mark.django_db(transaction=True)
def test_all_terms_are_counted_at_one_moment(case, breach_record, make_document, monkeypatch):
    """Somebody deletes a document between two terms."""

    def delete():
        breach_record["letter"].delete()
        connection.close()

    before, gone = fingerprint(case.pk), Thread(target=delete)

    def meanwhile(*args):
        if not gone.ident:
            gone.start()
            gone.join()
        return hits_of(*args)

    monkeypatch.setattr(term_report_module, "hits_of", meanwhile)
    report = make_report(case, None, "r", ["breach", "sue"])
    assert not Document.objects.filter(pk=breach_record["letter"].pk).exists()
    assert [row["documents"] for row in report.rows] == [2, 1]
    assert report.fingerprint == before and has_changed(report)
