"""`manage.py bench extract` as it is typed: each part beside its baseline, and nothing left behind."""

import json
import os

import psycopg
import pytest
from reportlab.pdfgen.canvas import Canvas

from extraction.tests.pdf_making import made
from lexintel import bus
from lexintel.benchmarks.scratch import DATABASE
from lexintel.tests.processes import Manage, eventually, needs_proc, pids, run_manage


def words(canvas: Canvas) -> None:
    for line in range(20):
        canvas.drawString(72, 700 - 16 * line, f"Line {line} of a page on which something is said")


@pytest.fixture
def env(tmp_path) -> dict[str, str]:
    """An installation on the servers of the test run."""
    named = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    return named | {"LEXINTEL_REDIS_PREFIX": "bench-test", "LEXINTEL_DATA_DIR": str(tmp_path / "var")}


@needs_proc
def test_each_part_measures_both_sides_on_the_same_files_and_leaves_nothing_behind(env, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"{number}.pdf").write_bytes(made(*[words] * number))
    only = "read,confinement,memory,scaling"
    options = ("--only", only, "--folder", str(folder), "--rounds", "1", "--documents", "50", "--json")
    done = run_manage("bench", "extract", *options, within=300, **env)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["read_documents"], result["read_pages"]) == (2, 3)
    assert result["read_to_raw_char_boxes"] == pytest.approx(
        result["read_pages_per_s"] / result["raw_char_boxes_pages_per_s"], abs=0.01
    )
    assert 0 < result["in_process_blank_p50_ms"] < result["confined_blank_p50_ms"]
    assert result["memory_documents"] == 50 and result["memory_mb_at_end"] > 20
    if len(os.sched_getaffinity(0)) > 1:
        assert result["scaling_documents"] == 50 and result["one_worker_pages_per_s"] > 0
    assert "read_to_raw_char_boxes" in result["targets"] and "ocr_to_raw" not in result["targets"]
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        assert not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
    assert not [*bus.client().scan_iter("bench-test*")]
    assert not list((tmp_path / "var").glob("lexintel-bench*"))


@pytest.mark.parametrize("wrong", [["--only", "speed"], ["--only", ","], ["--rounds", "0"], ["--documents", "1"]])
def test_nothing_to_measure_is_bad_usage(env, wrong):
    done = run_manage("bench", "extract", *wrong, within=60, **env)
    assert done.returncode == 2 and "Nothing to measure" in done.stderr


@needs_proc
def test_told_to_end_it_leaves_nothing_behind(env, tmp_path):
    var, log = tmp_path / "var", tmp_path / "log"
    running = Manage(log, "bench", "extract", "--only", "confinement", "--rounds", "1000", **env)
    try:
        eventually(lambda: pids(var, "zygote"), within=120, what="it measures")
        code, _ = running.stop(within=60)
    finally:
        running.kill()
    assert code == 143
    assert not list(var.glob("lexintel-bench*")) and not pids(var)
