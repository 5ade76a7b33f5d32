"""A folder of real files through the whole product: nothing is stuck, nobody dies, nothing leaves the machine.

    LEXINTEL_TEST_CORPUS=~/files .venv/bin/python -m pytest -qso faulthandler_timeout=0 extraction/tests/test_corpus.py

`sample` instead of a folder takes the sample case's files; without the variable nothing runs. Linux only: everything
runs in a network namespace that has a loopback and no other way out; the kernel counts there what would have left.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from extraction.errors import ERRORS
from extraction.sample import write_sample_case
from lexintel.embedded.services import urls
from lexintel.tests.processes import Manage, eventually, installation, pids
from lexintel.tests.test_up import RUNNING, free_port

CORPUS = os.environ.get("LEXINTEL_TEST_CORPUS", "")
PATIENCE_S = 4 * 3600
# Root may take a namespace as it is; anybody else gets one within a namespace of users.
UNSHARE = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-current-user", "--keep-caps", "--net"]
# SIOCSIFFLAGS with IFF_UP | IFF_RUNNING: there is a loopback, but it is down.
LOOPBACK_UP = (
    "import fcntl, os, socket, struct, sys\n"
    "fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh', b'lo', 0x41).ljust(40))\n"
    "os.execv(sys.argv[1], sys.argv[1:])"
)
CUT_OFF = [*UNSHARE, sys.executable, "-c", LOOPBACK_UP]


def can_be_cut_off() -> bool:
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*CUT_OFF, "/bin/true"], capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(
    not CORPUS or not can_be_cut_off(), reason="needs LEXINTEL_TEST_CORPUS and network namespaces"
)


def would_have_left(pid: int) -> int:
    """How many packets had nowhere to go in the network that this process sees."""
    names, values = (line.split() for line in Path(f"/proc/{pid}/net/snmp").read_text().splitlines()[:2])
    later = dict(line.split() for line in Path(f"/proc/{pid}/net/snmp6").read_text().splitlines())
    return int(dict(zip(names, values, strict=True))["OutNoRoutes"]) + int(later.get("Ip6OutNoRoutes", 0))


def files_below(folder: Path) -> set[tuple[str, int]]:
    """Files and their size; caches of Python and of the tools are nobody's output."""
    caches = {".git", ".venv", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"}
    found = set()
    for base, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in caches]
        found |= {(f"{base}/{name}", os.lstat(f"{base}/{name}").st_size) for name in names}
    return found


@dataclass
class Ran:
    """What came of it. `left`: packets that would have left; `deaths`: workers that were not there at the end."""

    summary: dict
    left: int
    deaths: int
    jobs_ended_by_death: int
    outside: set[tuple[str, int]]
    end: tuple[int, float]
    log: str


@pytest.fixture(scope="module")
def ran() -> Iterator[Ran]:
    world = Path(tempfile.mkdtemp(prefix="lexintel-corpus-"))
    folder = world / "sample" if CORPUS == "sample" else Path(CORPUS).expanduser()
    if CORPUS == "sample":
        write_sample_case(folder)
    data_dir, home, scratch = world / "var", world / "home", world / "tmp"
    home.mkdir()
    scratch.mkdir()
    # onnxruntime and others keep silent by themselves where they see that they are tested.
    env = {"CI": "", "GITHUB_ACTIONS": "", "HOME": str(home), "TMPDIR": str(scratch), "XDG_CACHE_HOME": ""}
    env |= {"LEXINTEL_DATA_DIR": str(data_dir), "LEXINTEL_WEB_PORT": str(free_port()), "LOG_FORMAT": "json"}
    # Whoever runs the embedded database as root gives it to another account, which must get there.
    world.chmod(0o755)
    before = files_below(settings.BASE_DIR)
    up = Manage(world / "up.log", "up", "--no-sample", through=CUT_OFF, **env)
    try:
        up.says(RUNNING, 120)
        eventually(lambda: len(pids(data_dir, "dramatiq")) >= 6, 60, "the workers run")
        workers = pids(data_dir, "dramatiq")
        with psycopg.connect(urls(data_dir).database_url, autocommit=True) as database:
            database.execute(
                "INSERT INTO cases_case (id, name, reference, court, status, description, created_at)"
                " VALUES (gen_random_uuid(), 'Corpus', 'corpus', '', 'open', '', now())"
            )
        command = Manage(
            world / "import.json", "import_folder", str(folder), "--case", "corpus", "--json", through=CUT_OFF, **env
        )
        left, started = 0, time.monotonic()
        while command.process.poll() is None and time.monotonic() - started < PATIENCE_S:
            left = max(left, would_have_left(command.process.pid))
            time.sleep(0.2)
        with psycopg.connect(urls(data_dir).database_url) as database:
            died = database.execute("SELECT count(*) FROM extraction_extractionjob WHERE attempt > 1").fetchone()
        found = Ran(
            summary=json.loads(command.output().splitlines()[-1]),
            left=left + would_have_left(up.process.pid),
            deaths=len(set(workers) - set(pids(data_dir, "dramatiq"))),
            jobs_ended_by_death=died[0],
            outside=(files_below(settings.BASE_DIR) - before) | files_below(home),
            end=up.stop(signal.SIGINT, within=30),
            log=up.output(),
        )
        found.outside |= files_below(scratch)
        yield found
    finally:
        up.kill()
        eventually(lambda: not installation(data_dir), 20)
        shutil.rmtree(world)


def test_every_file_ends_as_ready_partly_readable_or_failed_with_a_code_of_the_table(ran):
    summary = ran.summary
    print(json.dumps({k: v for k, v in summary.items() if k != "problems"}, indent=1))
    assert set(summary["by_status"]) <= {"ready", "partial", "failed"}
    assert sum(summary["by_status"].values()) == summary["documents"] > 0
    assert set(summary["by_error"]) <= set(ERRORS)
    # Mistakes of our own, and files that ended their reader for good, are looked into one by one.
    assert not {"internal_error", "quarantined"} & set(summary["by_error"])
    assert summary["rejected"] == []


def test_the_summary_names_each_failure_with_its_reason(ran):
    for problem in ran.summary["problems"]:
        print(problem["code"], problem["path"])
    assert len(ran.summary["problems"]) == ran.summary["by_status"].get("failed", 0)
    assert all(p["message"] == ERRORS[p["code"]].message and p["path"] for p in ran.summary["problems"])


def test_no_worker_dies(ran):
    assert (ran.deaths, ran.jobs_ended_by_death) == (0, 0)
    assert "Traceback" not in ran.log
    assert ran.end[0] == 0


def test_nothing_is_written_outside_the_data_folder(ran):
    assert ran.outside == set()


def test_nothing_leaves_the_machine(ran):
    assert ran.left == 0
