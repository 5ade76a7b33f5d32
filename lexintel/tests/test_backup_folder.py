"""What comes to lie in a backup's folder, and what a backup that meets trouble leaves there."""

import json
import os
import shutil

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection

from documents import storage
from documents.tests.bucket import KEY, running_bucket
from lexintel.backup import database, originals, programs
from lexintel.backup.folder import alone_in
from lexintel.backup.manifest import NAME, BackupError, originals_of, read_manifest, require
from lexintel.backup.originals import path_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backup"


@pytest.fixture
def letters(case, put_in):
    return [put_in(case, f"Letter {n}.".encode(), name=f"{n}.txt") for n in range(3)]


@pytest.fixture
def back_up(folder, capsys):
    def run(*arguments):
        call_command("backup", str(folder), *arguments)
        return capsys.readouterr()

    return run


def is_whole(folder):
    manifest = read_manifest(folder)
    require(folder / manifest.dump, manifest.dump_sha256)
    for sha256 in (contents := originals_of(folder, manifest)):
        require(path_of(folder, sha256), sha256)
    return len(contents)


def test_a_backup_holds_what_its_manifest_vouches_for_and_no_key(folder, letters, back_up):
    told = json.loads(back_up("--json").out)
    assert is_whole(folder) == 3
    assert told["counts"]["documents"] == told["counts"]["originals"] == 3
    assert told["migrations"]["documents"] > "0001"
    text = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert django_settings.SECRET_KEY.encode() not in text


def test_the_key_goes_along_only_if_that_is_asked_for_and_with_a_warning(folder, letters, back_up):
    assert "Keep it elsewhere" in back_up("--with-secret-key").err
    key = folder / "secret_key"
    assert (key.read_text(), key.stat().st_mode & 0o777) == (django_settings.SECRET_KEY, 0o600)
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, BackupError, OSError])
def test_a_backup_that_is_broken_off_is_none_and_the_former_stays(
    case, folder, letters, back_up, put_in, monkeypatch, trouble
):
    def broken_off(file, snapshot):
        file.write_bytes(b"half of it")
        raise trouble

    with monkeypatch.context() as troubled:
        troubled.setattr(database, "dump", broken_off)
        with pytest.raises((KeyboardInterrupt, CommandError)):
            back_up()
        with pytest.raises(BackupError, match="no whole backup"):
            read_manifest(folder)
    back_up()
    put_in(case, b"One more.")
    with monkeypatch.context() as troubled:
        troubled.setattr(database, "dump", broken_off)
        with pytest.raises((KeyboardInterrupt, CommandError)):
            back_up()
    assert is_whole(folder) == 3
    back_up()
    assert is_whole(folder) == 4
    assert len(list(folder.glob("database-*.dump"))) == 1


def test_two_at_once_do_not_take_each_others_dump_away(folder, letters, back_up):
    back_up()
    with alone_in(folder), pytest.raises(CommandError, match="wait for its end"):
        back_up()
    assert is_whole(folder) == 3


def test_a_folder_with_other_things_in_it_is_left_alone(folder, letters, back_up):
    folder.mkdir(mode=0o755)
    (folder / "thesis.txt").write_text("x")
    with pytest.raises(CommandError, match="a folder of its own"):
        back_up()
    assert (os.listdir(folder), folder.stat().st_mode & 0o777) == (["thesis.txt"], 0o755)


def test_what_has_rotted_in_the_folder_is_mended_if_it_is_verified(folder, letters, back_up):
    back_up()
    copy = path_of(folder, letters[0].sha256)
    copy.write_bytes(b"Letter X.")
    back_up()
    assert copy.read_bytes() == b"Letter X."
    back_up("--verify")
    assert is_whole(folder) == 3


def test_an_original_that_is_damaged_in_the_storage_is_told_and_the_rest_is_backed_up(folder, letters, back_up):
    storage.place().path_of(letters[0].sha256).write_bytes(b"rot")
    with pytest.raises(CommandError, match="1 originals are missing or damaged"):
        back_up()
    assert is_whole(folder) == 2
    assert read_manifest(folder).missing == [letters[0].sha256]


def test_programs_that_are_older_than_the_server_are_refused_with_what_to_install(
    folder, letters, back_up, tmp_path, monkeypatch
):
    old = tmp_path / "old"
    old.mkdir()
    (old / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    (old / "pg_dump").chmod(0o755)
    monkeypatch.setenv("LEXINTEL_PG_BIN", str(old))
    server = connection.pg_version // 10_000
    with pytest.raises(CommandError, match=f"is of PostgreSQL 9, and the server is {server}.*LEXINTEL_PG_BIN"):
        back_up()
    assert not (folder / NAME).exists()
    (old / "pg_dump").unlink()
    with pytest.raises(CommandError, match=f"not here: install.*postgresql-client-{server}"):
        back_up()


def test_programs_protect_their_connection_as_the_settings_say_and_no_password_is_on_a_command_line(monkeypatch, db):
    given = connection.get_connection_params() | {
        "password": "hush",
        "sslmode": "verify-full",
        "sslrootcert": "/etc/ca.pem",
    }
    monkeypatch.setattr(connection, "get_connection_params", lambda: given)
    seen = []

    class Ended:
        returncode, stderr = 0, ""

    def run(command, env, **how):
        seen.append((command, env))
        return Ended

    monkeypatch.setattr(programs, "find", lambda program: program)
    monkeypatch.setattr(programs.subprocess, "run", run)
    database.dump(django_settings.BASE_DIR / "x", "00000003-0000001B-1")
    ((command, env),) = seen
    assert "hush" not in " ".join(map(str, command))
    assert (env["PGPASSWORD"], env["PGSSLMODE"], env["PGSSLROOTCERT"]) == ("hush", "verify-full", "/etc/ca.pem")


@pytest.mark.parametrize("damage", ["lose", "spoil"])
def test_originals_come_out_of_a_bucket_and_back_into_it(case, put_in, back_up, folder, settings, tmp_path, damage):
    with running_bucket() as bucket:
        settings.LEXINTEL_DATA_DIR = tmp_path / "data"
        settings.STORAGE_URL = bucket.url
        settings.AWS_ACCESS_KEY_ID = settings.AWS_SECRET_ACCESS_KEY = KEY
        document = put_in(case, b"Dear Sir.")
        back_up()
        assert is_whole(folder) == 1
        (key,) = bucket.names()
        bucket.delete(key) if damage == "lose" else bucket.put(key, b"Dear Bob.")
        shutil.rmtree(tmp_path / "data")
        assert storage.what_is_wrong(document.sha256)
        originals.bring_back(folder, [(document.sha256, document.size)], lambda: None)
        with storage.open_verified(document.sha256) as file:
            assert file.read() == b"Dear Sir."


def test_what_changes_in_the_backup_after_it_was_looked_at_is_not_brought_back(folder, letters, back_up):
    back_up()
    lost = letters[0]
    storage.place().path_of(lost.sha256).unlink()
    path_of(folder, lost.sha256).write_bytes(b"Letter X.")
    with pytest.raises(BackupError, match="has changed"):
        originals.bring_back(folder, [(lost.sha256, lost.size)], lambda: None)
    assert storage.what_is_wrong(lost.sha256) == "missing"
