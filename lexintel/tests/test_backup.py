"""A backup of an installation at work, put back into an empty one: nothing is lost and nothing differs."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings

from extraction.tests.test_families import zipped
from lexintel.backup.manifest import NAME, BackupError, read_manifest, require, sha256_of
from lexintel.chaos import files, soak
from lexintel.chaos.endpoint import embedding_endpoint
from lexintel.chaos.processes import NOT_INHERITED, Manage, eventually, installation
from lexintel.chaos.stack import Stack
from lexintel.tests.processes import needs_proc

pytestmark = needs_proc
QUESTIONS = ["winch", "late delivery of the winch", '"nobody said so"', "witness statement"]
LETTERS = {
    "letter.txt": b"The winch was delivered late, and nobody said so.",
    "reply.txt": b"A witness statement about the late delivery follows.",
    "box.zip": zipped({"memo.txt": b"The memo about the winch."}),
    "damaged.pdf": b"%PDF-1.4 nothing",
}
SLOW_PAGES = 1200


def manage(stack, *arguments):
    """(exit code, standard output, standard error) of a command on an installation."""
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    run = subprocess.run(command, env=inherited | stack.env, capture_output=True, text=True, timeout=240, check=False)
    return run.returncode, run.stdout, run.stderr


def end(stack):
    stack.up.kill()
    eventually(lambda: not installation(stack.data_dir), 20)


def told(stack, documents):
    """Everything that people see of these documents."""
    pages = stack.sql("SELECT document_id, number, text, encode(words, 'hex') FROM documents_page ORDER BY 1, 2")
    facts = "SELECT id, name, status, error_code, sha256 FROM documents_document WHERE id = ANY(%s) ORDER BY 1"
    rows = stack.sql(facts, documents)
    found = {}
    for question in QUESTIONS:
        for mode in ("lexical", "hybrid"):
            asked = urllib.request.quote(question)
            answer = stack.ask("GET", f"search/?q={asked}&mode={mode}")
            found[question, mode] = [(hit["document"], hit["page"], hit["score"]) for hit in answer["results"]]
    return [page for page in pages if str(page[0]) in documents], rows, found, [file_of(stack, d) for d in documents]


def file_of(stack, document):
    url = f"http://127.0.0.1:{stack.port}/api/v1/documents/{document}/file/"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {stack.token}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read()


def everything_in(folder):
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.fixture(scope="module")
def home():
    folder = Path(tempfile.mkdtemp(prefix="lexintel-backup-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def endpoint():
    with embedding_endpoint() as running:
        yield running


@pytest.fixture(scope="module")
def backed_up(home, endpoint):
    """An installation at work, its backup, and what people saw: (backup, ids, told, the slow document, token)."""
    stack = Stack(home, **soak.environment(endpoint, 3.0))
    stack.start()
    try:
        stack.sign_in()
        case = stack.make_case("backup")
        documents = sorted(stack.upload(case, LETTERS).values())
        left = "SELECT count(*) FROM documents_document WHERE status IN ('queued', 'processing')"
        eventually(lambda: stack.sql(left) == [(0,)], 60, "all are read")
        assert manage(stack, "backup", str(home / "backup"))[0] == 0
        # One that is killed in its middle leaves the former whole; the next one mends and tidies up.
        broken_off = Manage(home / "killed.log", "backup", str(home / "backup"), **stack.env)
        eventually(lambda: len(list((home / "backup").glob("database-*.dump"))) > 1, 60, "it has begun to dump")
        broken_off.kill()
        former = read_manifest(home / "backup")
        require(home / "backup" / former.dump, former.dump_sha256)
        (slow,) = stack.upload(case, {"slow.pdf": files.slow_pdf(SLOW_PAGES)}).values()
        eventually(lambda: stack.sql("SELECT FROM extraction_extractionjob WHERE state = 'running'"), 30, "it is read")
        before = {path.name for path in (home / "backup" / "originals").rglob("*") if path.is_file()}
        code, out, err = manage(stack, "backup", str(home / "backup"), "--verify", "--with-secret-key", "--json")
        assert code == 0, err
        # What is in work now was in work in the dump.
        assert stack.sql("SELECT status FROM documents_document WHERE id = %s", slow) != [("ready",)]
        assert json.loads(out)["counts"]["documents"] == len(LETTERS) + 2
        # Of what was there already nothing came again, and one dump is left.
        after = {path.name for path in (home / "backup" / "originals").rglob("*") if path.is_file()}
        assert len(after - before) == 1
        assert not before - after
        assert len(list((home / "backup").glob("database-*.dump"))) == 1
        # While everything runs, nothing is put back.
        code, _, err = manage(stack, "restore", str(home / "backup"), "--replace")
        assert (code, "stop web and workers" in err) == (1, True)
        status = "SELECT status FROM documents_document WHERE id = %s"
        eventually(lambda: stack.sql(status, slow) == [("ready",)], 90, "the slow one is ready")
        documents.append(slow)
        yield home / "backup", documents, told(stack, documents), slow, stack.token
    finally:
        if stack.up.process.poll() is None:
            end(stack)


@pytest.fixture
def empty(home, endpoint, tmp_path):
    """Another machine: nothing but its database and Redis."""
    folder = Path(tempfile.mkdtemp(prefix="lexintel-restored-"))
    folder.chmod(0o711)
    stack = Stack(folder, **soak.environment(endpoint, 3.0))
    services = Manage(folder / "services.log", "services", "up", **stack.env)
    try:
        services.says("Ctrl-C stops them", 60)
        yield stack, services
    finally:
        if services.process.poll() is None:
            services.stop()
        if hasattr(stack, "up") and stack.up.process.poll() is None:
            end(stack)
        shutil.rmtree(folder)


def test_texts_files_and_search_are_the_same_and_what_was_in_work_is_done(backed_up, empty):
    backup, documents, seen, slow, token = backed_up
    stack, services = empty
    before = everything_in(backup)
    code, out, err = manage(stack, "restore", str(backup))
    assert code == 0, err
    assert "Start web and workers" in out
    assert "jobs were waiting or in work" in out
    assert stack.sql("SELECT count(*) FROM extraction_extractionjob WHERE state = 'running'") == [(0,)]
    # Nothing was written into it: it may lie on something that cannot be written to.
    assert everything_in(backup) == before
    # What is there once is not replaced unless that is asked for.
    code, _, err = manage(stack, "restore", str(backup))
    assert (code, "not empty" in err) == (1, True)
    services.stop()
    stack.start()
    stack.token = token
    status = "SELECT status FROM documents_document WHERE id = %s"
    eventually(lambda: stack.sql(status, slow) == [("ready",)], 90, "what was in work is done")
    assert told(stack, documents) == seen
    assert stack.sql("SELECT count(*) FROM documents_page WHERE document_id = %s", slow) == [(SLOW_PAGES,)]


def damage_dump(folder):
    (dump,) = folder.glob("database-*.dump")
    dump.write_bytes(dump.read_bytes()[:-100])


def damage_original(folder):
    next(path for path in (folder / "originals").rglob("*") if path.is_file()).write_bytes(b"torn")


def lose_original(folder):
    next(path for path in (folder / "originals").rglob("*") if path.is_file()).unlink()


def lose_manifest(folder):
    (folder / NAME).unlink()


def cut_manifest(folder):
    (folder / NAME).write_text((folder / NAME).read_text()[:40])


def of_a_newer_release(folder):
    manifest = json.loads((folder / NAME).read_text())
    manifest["migrations"]["documents"] = "9999_what_is_to_come"
    (folder / NAME).write_text(json.dumps(manifest))


def cut_dump_that_is_vouched_for(folder):
    damage_dump(folder)
    (dump,) = folder.glob("database-*.dump")
    manifest = json.loads((folder / NAME).read_text()) | {"dump_sha256": sha256_of(dump)}
    (folder / NAME).write_text(json.dumps(manifest))


DAMAGES = [
    (cut_dump_that_is_vouched_for, "pg_restore: "),
    (damage_dump, "is not what it was"),
    (damage_original, "is not what it was"),
    (lose_original, "is missing from the backup"),
    (lose_manifest, "no whole backup"),
    (cut_manifest, "cannot be read"),
    (of_a_newer_release, "newer release"),
]


def test_what_is_not_whole_is_refused_and_changes_nothing(backed_up, empty, tmp_path):
    stack, _ = empty
    for number, (damage, said) in enumerate(DAMAGES):
        folder = tmp_path / str(number)
        shutil.copytree(backed_up[0], folder)
        damage(folder)
        code, _, err = manage(stack, "restore", str(folder))
        assert (code, said in err) == (1, True), (damage.__name__, err)
        assert stack.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
        if damage is cut_dump_that_is_vouched_for:
            shutil.rmtree(stack.data_dir / "files")
    assert not (stack.data_dir / "files").exists() or not list((stack.data_dir / "files").glob("??"))


def test_what_is_whole_can_be_had_without_what_is_not(backed_up, empty, tmp_path):
    stack, _ = empty
    folder = tmp_path / "backup"
    shutil.copytree(backed_up[0], folder)
    lose_original(folder)
    code, _, err = manage(stack, "restore", str(folder))
    assert (code, "--accept-damaged" in err, "--verify" in err) == (1, True, True)
    code, out, err = manage(stack, "restore", str(folder), "--accept-damaged", "--json")
    assert code == 0, err
    (lost,) = json.loads(out)["lost"]
    assert stack.sql("SELECT count(*) > 0 FROM documents_document WHERE sha256 = %s", lost) == [(True,)]
    code, out, _ = manage(stack, "verify_storage", "--json")
    assert (code, [each["sha256"] for each in json.loads(out)["damaged"]]) == (1, [lost])
    # An original that the storage has whole is not missed in the backup.
    whole = next(path for path in (folder / "originals").rglob("*") if path.is_file())
    whole.write_bytes(b"torn")
    code, out, err = manage(stack, "restore", str(folder), "--accept-damaged", "--replace", "--json")
    assert (code, json.loads(out)["lost"]) == (0, [lost])


def test_nobody_else_may_look_into_it(backed_up):
    backup = backed_up[0]
    assert backup.stat().st_mode & 0o077 == 0
    assert not [path for path in backup.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]


def test_a_manifest_that_points_elsewhere_is_refused(backed_up, tmp_path):
    manifest = json.loads((backed_up[0] / NAME).read_text()) | {"dump": "../../etc/passwd"}
    (tmp_path / NAME).write_text(json.dumps(manifest))
    with pytest.raises(BackupError, match="outside"):
        read_manifest(tmp_path)
