"""docs/benchmarks.md, its plot and the README's figures: all of them come from docs/benchmarks.json."""

import json
import re
import sys
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.core.management.base import CommandError

from lexintel.benchmarks.report import document, everything, growth_plot, results
from lexintel.benchmarks.report.figures import FIGURES, judged
from lexintel.management.commands.bench import BENCHMARKS

# What is measured with units that only a measurement has; sizes that are settings and dates are none.
_MEASURED = re.compile(r"\d[\d.,]*\s*(?:ms|pages/s|MB/s|passages/s|×|%)")


def tree(path: str, value: object) -> dict[str, object]:
    for name in reversed(path.replace("*", "any").split(".")):
        value = {name: value}
    assert isinstance(value, dict)
    return value


def test_the_document_and_the_readme_are_what_the_results_say():
    parts = results.load(document.DOCS / document.RESULTS)
    advice = "run manage.py bench report"
    assert (document.DOCS / document.DOCUMENT).read_text() == document.markdown(parts), advice
    assert document.README.read_text() == document.with_figures(document.README.read_text(), parts), advice
    if sizes := parts.get("growth", {}).get("result", {}).get("sizes"):
        assert (document.DOCS / document.PLOT).read_text() == growth_plot.svg(sizes), advice


def test_every_figure_of_the_readme_stands_in_the_results():
    readme = document.README.read_text()
    before, _, rest = readme.partition(document.BEGIN)
    inside, _, after = rest.partition(document.END)
    assert not _MEASURED.findall(before + after)
    known = results.numbers(json.loads((document.DOCS / document.RESULTS).read_text()))
    told = [row.split("|")[3].strip() for row in inside.splitlines()[3:] if row]
    assert told
    for figure in told:
        assert float(figure.split()[0].rstrip("%").replace(",", "")) in known, figure


def test_every_benchmark_is_shown_and_every_part_has_its_text():
    assert set(FIGURES) == set(BENCHMARKS) - {"all", "report"}
    assert all(document._text(name) for name in FIGURES)
    labels = [(name, figure.path) for name, figures in FIGURES.items() for figure in figures]
    assert len(set(labels)) == len(labels)


def test_a_figure_on_the_wrong_side_of_its_target_is_called_missed():
    asked = [(name, figure) for name, figures in FIGURES.items() for figure in figures if figure.sign]
    assert len(asked) > 25
    for name, figure in asked:
        wrong = figure.bound + (-0.01 if figure.sign == "≥" else 0.01)
        assert judged(name, tree(figure.path, figure.bound))[figure.path].endswith(": met")
        assert judged(name, tree(figure.path, wrong))[figure.path].endswith(": missed")


def test_of_many_the_worst_counts():
    (figure,) = (figure for figure in FIGURES["scale"] if figure.path == "cases.*.recall@10")
    assert figure.measured({"cases": {"2000": {"recall@10": 1.0}, "300000": {"recall@10": 0.91}}}) == 0.91
    assert figure.measured({"cases": {}}) is None


def test_a_part_replaces_its_own_entry_and_a_failure_only_adds_that_it_failed(tmp_path):
    path = tmp_path / "benchmarks.json"
    one = {"date": "2026-12-01", "commit": "abc", "machine": "one", "result": {"embed_to_raw": 0.97}}
    results.put(path, "embed", one)
    results.put(path, "pipeline", one | {"result": {"read_to_raw": 0.4}})
    results.put_failure(path, "embed", {"date": "2026-12-02", "commit": "def", "reason": "the disk is full"})
    results.put_failure(path, "search", {"date": "2026-12-02", "commit": "def", "reason": "no database"})
    known = results.load(path)
    assert known["embed"]["result"] == {"embed_to_raw": 0.97} and known["pipeline"]["result"] == {"read_to_raw": 0.4}
    told = document.markdown(known)
    assert "Could not be measured on 2026-12-02 (def): the disk is full." in told
    assert "| vectors ÷ bare onnxruntime session | 0.97 | ≥ 0.9 | met |" in told
    assert "Could not be measured on 2026-12-02 (def): no database." in told
    results.put(path, "embed", one)
    assert "the disk is full" not in document.markdown(results.load(path))


def test_what_could_not_be_measured_for_want_of_something_says_what_it_needs(tmp_path):
    entry = {"date": "2026-12-01", "commit": "abc", "machine": "one", "result": {"crowd": {"p95_ms": 300, "errors": 0}}}
    told = document.markdown({"search": entry})
    assert "not measured: needs a retrieval set (--questions)" in told
    assert "| twenty people at once without a pause, p95 | 300 ms | ≤ 250 ms | **missed** |" in told


def test_the_plot_is_a_picture_with_words_for_those_who_do_not_see_it():
    costs = {path: 1.5 for _, path, _ in growth_plot.COLUMNS}
    sizes = {size: {name: cost * int(size) for name, cost in costs.items()} for size in ("10", "100", "1000")}
    drawn = growth_plot.svg(sizes)
    root = ElementTree.fromstring(drawn)
    assert root.get("role") == "img" and "prefers-color-scheme: dark" in drawn
    space = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f"{space}polyline")) == len(growth_plot.COLUMNS)
    said = root.findtext(f"{space}desc")
    assert said and "seconds in all: 15.0 at 10 documents" in said
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for dot in root.findall(f"{space}circle"):
        assert 0 < float(dot.get("cx", -1)) < width and 0 < float(dot.get("cy", -1)) < height


def test_costs_that_stay_the_same_are_drawn_as_a_level_line():
    sizes = {size: {path: 0.0 for _, path, _ in growth_plot.COLUMNS} for size in ("10", "100")}
    root = ElementTree.fromstring(growth_plot.svg(sizes))
    for line in root.findall("{http://www.w3.org/2000/svg}polyline"):
        heights = {point.split(",")[1] for point in line.get("points", "").split()}
        assert len(heights) == 1


@pytest.fixture
def parts_say(monkeypatch):
    """Each part is a program of one line instead of hours."""

    def say(**programs: str) -> None:
        monkeypatch.setattr(everything, "_command", lambda name, arguments: [sys.executable, "-c", programs[name]])

    return say


def test_all_parts_are_run_and_one_that_fails_holds_nothing_up(tmp_path, parts_say, capfd):
    broken = f"import sys; print('CommandError: no room in {settings.BASE_DIR}/var', file=sys.stderr); sys.exit(1)"
    parts_say(embed="print('{\"embed_to_raw\": 0.5}')", pipeline=broken, growth="print('no JSON')")
    told = everything.run(only="embed,pipeline,growth", into=str(tmp_path))
    assert (told["measured"], told["failed"]) == (["embed"], ["pipeline", "growth"])
    known = results.load(tmp_path / document.RESULTS)
    assert known["embed"]["result"] == {"embed_to_raw": 0.5}
    assert {"date", "commit", "machine", "versions", "seconds"} <= set(known["embed"])
    assert known["pipeline"]["failed"]["reason"] == "CommandError: no room in ./var"
    assert (
        "| vectors ÷ bare onnxruntime session | 0.5 | ≥ 0.9 | **missed** |" in (tmp_path / "benchmarks.md").read_text()
    )
    assert "bench pipeline" in capfd.readouterr().err
    # Measured again, alone: the others stay as they were.
    parts_say(pipeline="print('{\"read_to_raw\": 0.4}')")
    assert everything.run(only="pipeline", into=str(tmp_path))["failed"] == []
    again = results.load(tmp_path / document.RESULTS)
    assert again["embed"] == known["embed"] and again["growth"] == known["growth"]
    assert again["pipeline"]["result"] == {"read_to_raw": 0.4} and "failed" not in again["pipeline"]


def test_a_quick_run_is_not_written_into_the_documents(parts_say, settings, tmp_path):
    settings.LEXINTEL_DATA_DIR = tmp_path
    before = (document.DOCS / document.RESULTS).read_bytes(), document.README.read_bytes()
    parts_say(embed="print('{\"embed_to_raw\": 0.5}')")
    told = everything.run(only="embed", quick=True)
    assert told["results"].startswith(str(tmp_path))
    assert ((document.DOCS / document.RESULTS).read_bytes(), document.README.read_bytes()) == before


def test_folders_are_called_by_what_they_are(parts_say, tmp_path):
    parts_say(search="print('{}')", extract="print('{}')")
    everything.run(only="search,extract", files="/home/somebody/files", questions="/secret/set", into=str(tmp_path))
    known = results.load(tmp_path / document.RESULTS)
    assert known["search"]["arguments"] == ["--folder", "QUESTIONS"]
    assert known["extract"]["arguments"] == ["--folder", "FILES"]
    assert "/secret" not in (tmp_path / document.DOCUMENT).read_text()


def test_a_part_that_there_is_not_is_bad_usage():
    with pytest.raises(CommandError, match="No such part: everything"):
        everything.run(only="everything")
