"""manage.py reprocess."""

import json

import pytest
from django.core.management import CommandError, call_command

from documents.models import Document
from extraction import ledger, reprocess
from extraction.models import ExtractionJob


@pytest.fixture
def run(capsys):
    """Run it; what it printed."""

    def reprocess(*arguments):
        call_command("reprocess", *map(str, arguments))
        return capsys.readouterr().out

    return reprocess


def queued():
    return ExtractionJob.objects.filter(state="queued")


def test_a_case_is_named_by_reference_or_id(case, other_case, make_document, run):
    document = make_document(case)
    make_document(other_case)
    assert "Queued 1 document" in run("--case", case.reference)
    assert queued().get().document == document
    assert "Queued 1 document" in run("--case", case.pk)


def test_selectors_narrow_it_and_a_dry_run_only_counts(case, make_document, run):
    good, bad = make_document(case, ["a", "b"], name="good.txt"), make_document(case, name="bad.txt")
    Document.objects.filter(pk=bad.pk).update(status="failed", error_code="corrupt", extractor_version="1")
    Document.objects.filter(pk=good.pk).update(extractor_version="3")
    for selector, found in [
        (["--status", "failed"], 1),
        (["--error-code", "corrupt"], 1),
        (["--extractor-older-than", "2"], 1),
        (["--extractor-older-than", "4"], 2),
        (["--document", good.pk], 1),
        (["--document", good.pk, bad.pk], 2),
        (["--case", case.reference, "--status", "ready"], 1),
        (["--all"], 2),
    ]:
        assert json.loads(run(*selector, "--dry-run", "--json"))["documents"] == found, selector
    assert "2 documents (3 pages)" in run("--all", "--dry-run")
    assert not queued().exists()


def test_selectors_narrow_it_together(case, other_case, make_document, run):
    for where in (case, other_case):
        for name, status, code, version in [
            ("a", "ready", "", "2"),
            ("b", "failed", "corrupt", "1"),
            ("c", "failed", "encrypted", "1"),
            ("d", "failed", "encrypted", "2"),
            ("never", "failed", "encrypted", ""),
        ]:
            document = make_document(where, name=name)
            Document.objects.filter(pk=document.pk).update(status=status, error_code=code, extractor_version=version)
    failed = ["--case", case.reference, "--status", "failed"]
    for selectors, found in [
        (failed, 4),
        ([*failed, "--error-code", "encrypted"], 3),
        ([*failed, "--error-code", "encrypted", "--extractor-older-than", "2"], 1),
        ([*failed, "--document", document.pk], 0),
        (["--status", "ready", "--error-code", "corrupt"], 0),
        (["--error-code", "encrypted", "--extractor-older-than", "3"], 4),
    ]:
        assert json.loads(run(*selectors, "--dry-run", "--json"))["documents"] == found, selectors


def test_a_duplicate_that_is_named_has_its_original_read_again(case, put_in, run):
    first, copy = (put_in(case, b"same", name=name) for name in ("a", "b"))
    ExtractionJob.objects.update(state="done")
    assert "Queued 1 document" in run("--document", copy.pk, first.pk)
    assert queued().get().document == first


def test_a_dry_run_tells_cases_states_and_pages(case, other_case, make_document, put_in, run):
    make_document(case, ["a", "b", "c"], name="a")
    make_document(case, ["a"], name="b")
    Document.objects.filter(pk=make_document(other_case, ["a", "b"]).pk).update(status="partial")
    put_in(case, b"", name="void.txt")
    told = json.loads(run("--all", "--dry-run", "--json"))
    assert told["by_case"] == {
        case.reference: {"documents": 3, "pages": 4},
        other_case.reference: {"documents": 1, "pages": 2},
    }
    assert told["by_status"] == {
        "ready": {"documents": 2, "pages": 4},
        "partial": {"documents": 1, "pages": 2},
        "failed": {"documents": 1, "pages": 0},
    }
    assert told["left_alone"] == 1
    # Of each document only those of the named pages that it has.
    assert json.loads(run("--all", "--pages", "2,3,9", "--dry-run", "--json"))["pages"] == 3
    plain = run("--all", "--dry-run")
    assert f"case {case.reference}: 3 documents (4 pages)" in plain
    assert "partly readable: 1 documents (2 pages)" in plain
    assert "1 cannot be read whatever we do" in plain


def test_a_dry_run_says_that_it_does_not_know_how_long_it_takes(case, make_document, took, run):
    document = make_document(case, ["a", "b"])
    for only in ({}, {"pages": [1]}):
        # Two jobs are no measure, and a part of a document is none at all.
        took(document, read=3, options=only)
        told = json.loads(run("--all", "--dry-run", "--json"))
        assert (told["eta_s"], told["pages_per_s"] is None) == (None, bool(only))
    assert "unknown" in run("--all", "--dry-run")


def test_a_dry_run_tells_a_range_of_time_from_what_was_measured(case, make_document, took, run, settings):
    settings.LEXINTEL_WORKER_PROCESSES = 2
    for n in range(10):
        took(make_document(case, ["a", "b"], name=f"{n}"), read=100, index=10, embed=5)
    told = json.loads(run("--all", "--dry-run", "--json"))
    assert told["pages_per_s"] == 0.02
    assert (told["measured_documents"], told["processes"]) == (10, 2)
    assert told["eta_s"] == {"low": 412, "likely": 550, "high": 688}
    assert "It takes about 7 to 11 min with 2 reading processes" in run("--all", "--dry-run")
    # Half of the pages, about half of the time; vectors alone are made by one process.
    assert json.loads(run("--all", "--pages", "1", "--dry-run", "--json"))["eta_s"]["likely"] == 275
    assert json.loads(run("--all", "--stage", "embed", "--dry-run", "--json"))["eta_s"]["likely"] == 50


def test_reading_all_by_ocr_is_reckoned_by_what_ocr_of_a_page_took(case, make_document, took, run, settings):
    settings.LEXINTEL_WORKER_PROCESSES = 1
    for n in range(4):
        took(make_document(case, ["a"] * 10, name=f"{n}"), read=3, index=1, timings={"ocr_s": 2, "ocr_pages": 1})
    Document.objects.update(media_type="application/pdf")
    plain = json.loads(run("--all", "--dry-run", "--json"))["eta_s"]["likely"]
    by_ocr = json.loads(run("--all", "--force-ocr", "--dry-run", "--json"))["eta_s"]["likely"]
    assert (plain, by_ocr) == (4 * 4, 4 * (1 + 10 * 2 + 1))


def test_many_are_queued_batch_by_batch(case, make_document, monkeypatch):
    monkeypatch.setattr(reprocess, "BATCH", 2)
    ids = {make_document(case, name=f"{n}").pk for n in range(5)}
    looked_at = []
    assert reprocess.reprocess(Document.objects.all(), advance=looked_at.append) == 5
    assert looked_at == [2, 2, 1]
    assert {job.document_id for job in queued()} == ids
    assert set(Document.objects.values_list("status", "stage")) == {("queued", "read")}


@pytest.mark.django_db(transaction=True)
def test_what_is_queued_when_it_ends_stays_queued_and_the_rest_is_as_it_was(case, make_document, monkeypatch):
    monkeypatch.setattr(reprocess, "BATCH", 2)
    for n in range(5):
        make_document(case, name=f"{n}")
    batches, queue_all = [], ledger.queue_all

    def break_down_at_the_second(documents, *args, **how):
        batches.append(queue_all(documents, *args, **how))
        if len(batches) == 2:
            raise RuntimeError

    monkeypatch.setattr(ledger, "queue_all", break_down_at_the_second)
    with pytest.raises(RuntimeError):
        reprocess.reprocess(Document.objects.all())
    assert queued().count() == Document.objects.filter(status="queued").count() == 2
    assert Document.objects.filter(status="ready", stage="done").count() == 3


def test_a_thousand_cost_few_queries_each_batch(case, make_document, django_assert_max_num_queries):
    for n in range(30):
        make_document(case, name=f"{n}")
    with django_assert_max_num_queries(50):
        reprocess.reprocess(Document.objects.all())


def test_duplicates_of_what_is_queued_wait_with_it(case, put_in, work_off, run, fake_embedder):
    first, copy = (put_in(case, b"same words", name=name) for name in ("a.txt", "b.txt"))
    work_off()
    copy.refresh_from_db()
    assert copy.status == "ready"
    run("--document", first.pk)
    copy.refresh_from_db()
    assert (copy.status, copy.stage) == ("queued", "read")


def test_stage_pages_and_ocr_are_passed_on(case, make_document, run):
    document = make_document(case, ["a", "b", "c", "d"])
    run("--document", document.pk, "--pages", "4,1-2", "--force-ocr")
    assert queued().get().options == {"pages": [1, 2, 4], "force_ocr": True}
    run("--document", document.pk, "--stage", "embed")
    assert queued().get().stage == "embed"


def test_it_says_in_json_what_it_did(case, make_document, put_in, run):
    make_document(case, ["a", "b"])
    put_in(case, b"", name="void.txt")
    assert json.loads(run("--all", "--json")) == {"documents": 2, "pages": 2, "dry_run": False, "queued": 1}


def test_what_can_never_be_read_is_told(case, put_in, run):
    put_in(case, b"", name="void.txt")
    assert "1 cannot be read whatever we do" in run("--all")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--case", "unknown"],
        ["--all", "--pages", "9-3"],
        ["--all", "--pages", "x"],
        ["--all", "--extractor-older-than", "x"],
        ["--force-ocr"],
        ["--all", "--extractor-older-than", "0"],
        ["--all", "--extractor-older-than", "-2"],
        ["--document", "0b9f3a52-0000-4000-8000-000000000000"],
        ["--all", "--stage", "index", "--pages", "1"],
        ["--all", "--stage", "embed", "--force-ocr"],
    ],
)
def test_nonsense_is_bad_usage_and_queues_nothing(case, make_document, run, arguments):
    make_document(case)
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    assert refused.value.returncode == 2
    assert not queued().exists()


def test_an_unknown_case_names_the_known_ones(case, run):
    with pytest.raises(CommandError, match="24-cv-01234"):
        run("--case", "unknown")
