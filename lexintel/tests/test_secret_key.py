"""The secret key: made once, the same for everybody, readable by nobody else."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings

from lexintel.data_dir import make_data_dir
from lexintel.secret_key import secret_key_in


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_key_is_made_once_and_kept(tmp_path):
    key = secret_key_in(tmp_path / "var")
    assert len(key) >= 50
    assert secret_key_in(tmp_path / "var") == key
    assert secret_key_in(tmp_path / "elsewhere") != key


def test_only_its_owner_can_read_it(tmp_path):
    before = os.umask(0)
    try:
        secret_key_in(tmp_path / "var")
    finally:
        os.umask(before)
    assert mode(tmp_path / "var" / "secret_key") == 0o600
    # Root's PostgreSQL runs as another account, which passes through.
    assert mode(tmp_path / "var") == (0o711 if os.geteuid() == 0 else 0o700)


def test_a_data_folder_that_is_there_stays_as_it_is(tmp_path):
    tmp_path.chmod(0o750)
    assert make_data_dir(tmp_path) == tmp_path
    assert mode(tmp_path) == 0o750


def test_processes_that_start_at_once_agree(tmp_path):
    code = f"from pathlib import Path; from lexintel.secret_key import *; print(secret_key_in(Path({str(tmp_path)!r})))"

    def start(_):
        return subprocess.check_output([sys.executable, "-c", code], cwd=settings.BASE_DIR)

    with ThreadPoolExecutor(6) as pool:
        keys = set(pool.map(start, range(6)))
    assert len(keys) == 1
    assert [f.name for f in tmp_path.iterdir()] == ["secret_key"]


def test_threads_that_start_at_once_agree(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(lambda _: secret_key_in(tmp_path), range(64)))) == 1
