"""A hostile file cannot make its reader do anything but read it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from extraction.confinement import walls
from extraction.confinement.escapes import attempts
from extraction.confinement.self_test import Confinement, examine
from extraction.confinement.warm_zygote import WarmZygote

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the walls are Linux's")


@pytest.fixture(scope="module")
def confinement() -> Confinement:
    return examine()


@pytest.mark.parametrize("escape", attempts("", 0))
def test_no_way_out_of_a_child_is_left_open(confinement, escape):
    assert confinement.refused[escape] is True


def test_every_promised_wall_stands(confinement):
    assert walls.missing(list(confinement.walls)) == []


@pytest.fixture(scope="module")
def victim() -> Iterator[subprocess.Popen]:
    """A process that lets anybody trace it, as far as that is for it to say."""
    script = (
        "import ctypes, time; ctypes.CDLL(None).prctl(0x59616D61, -1, 0, 0, 0); print('up', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("escape", attempts("", 0))
def test_each_escape_is_possible_where_no_wall_stands(escape, victim, tmp_path):
    """Otherwise the refusals above would prove nothing."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    script = (
        "import sys; from extraction.confinement.escapes import attempts\n"
        "attempts(sys.argv[1], int(sys.argv[2]))[sys.argv[3]]()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, str(secret), str(victim.pid), escape],
        cwd=walls.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if escape == "trace another process" and "PermissionError" in ended.stderr:
        pytest.skip("this machine lets nobody trace")
    # An answer from the network is one, though it be a refusal.
    assert ended.returncode == 0 or (escape == "network" and "ConnectionRefusedError" in ended.stderr)
    assert (tmp_path / "secret.written").exists() is (escape == "write a file")


def test_no_key_of_the_installation_is_in_a_childs_environment(monkeypatch):
    for name in ("SECRET_KEY", "DATABASE_URL", "LLM_API_KEY"):
        monkeypatch.setenv(name, "a-key-for-nobody")
    zygote = WarmZygote()
    try:
        environment = Path(f"/proc/{zygote.process.pid}/environ").read_bytes()
    finally:
        zygote.end()
    assert b"PATH=" in environment
    assert b"a-key-for-nobody" not in environment


def test_the_installations_own_folder_is_not_readable(settings):
    opened = walls.readable()
    assert settings.BASE_DIR not in opened
    for folder in opened:
        assert folder not in settings.LEXINTEL_DATA_DIR.parents
        assert folder not in (settings.BASE_DIR / "var").parents


def test_a_child_without_its_promised_walls_reads_nothing(case, put_in, work_off, settings, monkeypatch):
    from documents.models import Document
    from extraction import reading
    from extraction.confinement.runner import Reader

    settings.LEXINTEL_SANDBOX = "required"
    monkeypatch.setenv("PYTHONPATH", "")
    reader = Reader()
    monkeypatch.setattr(reading, "reader", lambda: reader)
    monkeypatch.setattr("extraction.confinement.warm_zygote.MODULE", "extraction.tests.wall_less_zygote")
    document = put_in(case, b"Some words.")
    work_off()
    reader.close()
    assert Document.objects.get(pk=document.pk).status != "ready"
