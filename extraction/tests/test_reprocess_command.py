"""manage.py reprocess."""

import json

import pytest
from django.core.management import CommandError, call_command

from documents.models import Document
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
