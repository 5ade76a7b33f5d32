"""manage.py import_folder."""

import json
import os

import pytest
from django.core.management import CommandError, call_command

from documents.counts import case_counts
from documents.models import Document
from extraction.management.commands import import_folder


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "Production 2"
    (folder / "Letters" / "2021").mkdir(parents=True)
    (folder / "Letters" / "2021" / "a.txt").write_bytes(b"Dear Ms Harlow")
    (folder / "b.txt").write_bytes(b"The vessel sailed.")
    return folder


@pytest.fixture
def run(capsys):
    """Run it; what it printed."""

    def command(*arguments):
        call_command("import_folder", *map(str, arguments))
        return capsys.readouterr().out

    return command


def test_every_file_comes_in_with_its_place_and_custodian(case, folder, run):
    assert "2 documents (0 from inside others, 0 duplicates)" in run(
        folder, "--case", case.reference, "--custodian", "K. Holm", "--no-wait"
    )
    documents = Document.objects.order_by("path")
    assert [(d.path, d.name, d.custodian, d.source) for d in documents] == [
        ("Letters/2021/a.txt", "a.txt", "K. Holm", "import_folder"),
        ("b.txt", "b.txt", "K. Holm", "import_folder"),
    ]


def test_one_file_is_a_folder_of_one(case, folder, run):
    run(folder / "b.txt", "--case", case.reference, "--no-wait")
    assert Document.objects.get().path == "b.txt"


def test_it_waits_until_everything_is_read_and_says_what_could_not_be(
    case, folder, run, work_off, fake_embedder, monkeypatch
):
    (folder / "void.txt").write_bytes(b"")
    (folder / "copy.txt").write_bytes(b"The vessel sailed.")
    monkeypatch.setattr(import_folder.time, "sleep", lambda seconds: work_off())
    summary = json.loads(run(folder, "--case", case.reference, "--json"))
    assert (summary["documents"], summary["duplicates"], summary["pages"]) == (4, 1, 2)
    assert summary["by_status"] == {"ready": 3, "failed": 1}
    assert summary["by_error"] == {"empty": 1}
    assert summary["problems"] == [
        {"path": "void.txt", "code": "empty", "message": "The file is empty: it has no bytes."}
    ]
    assert summary["rejected"] == []


def test_links_and_what_is_no_file_are_passed_over(case, folder, run, tmp_path):
    (tmp_path / "outside.txt").write_bytes(b"outside")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    os.mkfifo(folder / "pipe")
    run(folder, "--case", case.reference, "--no-wait")
    assert Document.objects.count() == 2


def test_hostile_names_are_made_safe(case, folder, run):
    (folder / os.fsdecode(b"\xff\xfe.txt")).write_bytes(b"1")
    (folder / "evil\u202efdp.exe\n").write_bytes(b"2")
    run(folder, "--case", case.reference, "--no-wait")
    assert set(Document.objects.values_list("name", flat=True)) == {"a.txt", "b.txt", ".txt", "evilfdp.exe"}


def test_what_could_not_be_stored_is_named_and_ends_with_one(case, folder, run, capsys, settings):
    settings.LEXINTEL_MAX_UPLOAD_MB = 1
    (folder / os.fsdecode(b"big\xff.bin")).write_bytes(bytes((1 << 20) + 1))
    with pytest.raises(CommandError) as failed:
        run(folder, "--case", case.reference, "--no-wait")
    assert failed.value.returncode == 1
    out = capsys.readouterr().out
    assert "big.bin: The file is larger than allowed." in out
    # A terminal could not write a name that is no valid UTF-8.
    assert out.encode("utf-8")
    assert Document.objects.count() == 2


def test_the_same_folder_twice_makes_duplicates_and_reads_nothing_twice(case, folder, run):
    for _ in range(2):
        run(folder, "--case", case.reference, "--no-wait")
    assert Document.objects.filter(duplicate_of=None).count() == 2
    assert Document.objects.exclude(duplicate_of=None).count() == 2


@pytest.mark.parametrize("what", ["missing", "empty", "case"])
def test_nonsense_is_bad_usage(case, folder, run, tmp_path, what):
    (tmp_path / "empty").mkdir()
    path = {"missing": tmp_path / "nowhere", "empty": tmp_path / "empty", "case": folder}[what]
    with pytest.raises(CommandError) as refused:
        run(path, "--case", "unknown" if what == "case" else case.reference)
    assert refused.value.returncode == 2
    assert not Document.objects.exists()


@pytest.mark.django_db
def test_the_summary_counts_what_lay_inside_other_files(case, tmp_path, work_off, fake_embedder, monkeypatch, capsys):
    import zipfile

    with zipfile.ZipFile(tmp_path / "box.zip", "w") as archive:
        archive.writestr("one.txt", "First letter.")
        archive.writestr("bad.pdf", "%PDF-1.4 nothing")
    monkeypatch.setattr(import_folder, "_wait", lambda *a, **k: work_off())
    call_command("import_folder", str(tmp_path), case=case.reference, json=True)
    summary = json.loads(capsys.readouterr().out)
    assert (summary["documents"], summary["from_inside"], summary["by_error"]) == (3, 2, {"corrupt": 1})
    assert summary["pages"] == case_counts([case.pk])[case.pk]["pages"]
