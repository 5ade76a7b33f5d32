"""docs/benchmarks.md says what was measured and nothing else."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings

from lexintel.benchmarks.report import kept as keeping
from lexintel.benchmarks.report import page as pages
from lexintel.benchmarks.report.page import PAGE, page
from lexintel.benchmarks.report.plot import plot
from lexintel.benchmarks.report.targets import TARGETS
from lexintel.management.commands.bench import BENCHMARKS

BASE = Path(settings.BASE_DIR)
RUNS = [
    {"documents": n, "seconds": s, "pages_per_s": 9.0, "memory_mb": 130, "database_mb": s, "search_p50_ms": 20.0}
    for n, s in ((30, 3.0), (300, 31.0), (3000, 320.0))
]


def test_the_page_is_the_one_that_the_kept_figures_make():
    assert PAGE.read_text() == page(keeping.load())


def test_every_part_that_the_page_has_can_be_measured():
    assert set(TARGETS) <= set(BENCHMARKS)
    makefile = (BASE / "Makefile").read_text()
    assert set(TARGETS) <= set(re.search(r"^BENCHES := (.+)$", makefile, re.M)[1].split())


def test_figures_in_the_readme_were_measured():
    text = re.sub(r"```.*?```", "", (BASE / "README.md").read_text(), flags=re.S)
    claimed = re.findall(r"(?<![\w.-])(\d[\d,.]*\d|\d)\s?(?:ms|s|MB|kB|×|%)(?!\w)", text)
    measured = json.dumps(keeping.load())
    assert not [figure for figure in claimed if figure.replace(",", "") not in measured]


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "FILE", tmp_path / "benchmarks.json")
    monkeypatch.setattr(pages, "PAGE", tmp_path / "benchmarks.md")
    monkeypatch.setattr(pages, "PLOT", tmp_path / "growth.svg")
    return tmp_path


def test_measuring_one_part_leaves_the_others_as_they_were(elsewhere):
    keeping.keep("bulk", {"start_max_s": 0.6, "case_page_p95_ms": 437.0})
    first = keeping.load()["bulk"]
    pages.write(keeping.keep("growth", {"runs": RUNS}))
    assert keeping.load()["bulk"] == first
    text = (elsewhere / "benchmarks.md").read_text()
    assert "| 0.6 s | ≤ 10 s | met |" in text
    assert "| 3,000 | 320.0 |" in text
    assert "Not measured." in text


def test_what_falls_short_is_said_to(elsewhere):
    text = page(keeping.keep("bulk", {"start_max_s": 12.0, "memory_growth_percent": 0.2}))
    assert "| 12.0 s | ≤ 10 s | missed |" in text
    assert "| 0.2 % | ≤ 10 % | met |" in text


def test_the_picture_has_a_line_for_each_cost_and_a_point_for_each_run():
    found = ElementTree.fromstring(plot(RUNS))
    name = "{http://www.w3.org/2000/svg}"
    assert len(found.findall(f"{name}polyline")) == 4
    assert len(found.findall(f"{name}circle")) == 4 * len(RUNS)
    assert {text.text for text in found.findall(f"{name}text")} >= {"documents", "3,000", "seconds for all"}


def test_the_machine_is_described_and_not_named():
    import platform

    assert platform.node() not in keeping.machine()
