"""docs/benchmarks.md and the figures in README.md, written from the results and the texts in benchmarks/texts.

Each part has a text of its own, which is explanation and holds no figure; the tables are the results'.
"""

from pathlib import Path
from typing import Any

from django.conf import settings

from lexintel.benchmarks.report import growth_plot, results
from lexintel.benchmarks.report.figures import FIGURES, Figure, shown

DOCS = settings.BASE_DIR / "docs"
RESULTS, DOCUMENT, PLOT = "benchmarks.json", "benchmarks.md", "images/benchmarks-growth.svg"
README = settings.BASE_DIR / "README.md"
TEXTS = Path(__file__).parents[1] / "texts"
BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"


def run(into: str | None = None) -> dict[str, Any]:
    """Write what was measured down again, without measuring: after a change of a text or a target."""
    folder = Path(into) if into else DOCS
    write(folder)
    return {"document": str(folder / DOCUMENT), "parts": sorted(results.load(folder / RESULTS))}


def write(folder: Path) -> None:
    """The document and its plot beside the results; into docs/, the README's figures too."""
    parts = results.load(folder / RESULTS)
    (folder / DOCUMENT).write_text(markdown(parts))
    if sizes := _sizes(parts):
        (folder / PLOT).parent.mkdir(parents=True, exist_ok=True)
        (folder / PLOT).write_text(growth_plot.svg(sizes))
    if folder == DOCS:
        README.write_text(with_figures(README.read_text(), parts))


def markdown(parts: dict[str, results.Entry]) -> str:
    """The whole document."""
    sections = [_text("intro"), _overview(parts)]
    sections += [_section(name, parts.get(name, {})) for name in FIGURES]
    return "\n\n".join([*sections, _text("word_boxes")]) + "\n"


def with_figures(readme: str, parts: dict[str, results.Entry]) -> str:
    """The README with the headline figures that were measured between its two marks."""
    rows = [
        f"| {name} | {figure.headline} | {shown(value, figure.unit)} | {figure.target} | {_judged(figure, value)} |"
        for name, figures in FIGURES.items()
        for figure in figures
        if figure.headline and (value := figure.measured(parts.get(name, {}).get("result", {}))) is not None
    ]
    table = ["| `bench` | figure | measured | target | |", "|---|---|---|---|---|", *rows] if rows else []
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n".join([f"{before}{BEGIN}", *table, f"{END}{after}"])


def _overview(parts: dict[str, results.Entry]) -> str:
    rows = ["| | measured on | commit | took | targets met | missed |", "|---|---|---|---|---|---|"]
    for name, figures in FIGURES.items():
        entry = parts.get(name, {})
        if "result" not in entry:
            rows.append(f"| {_link(name)} | not measured | | | | |")
            continue
        asked = [(f, v) for f in figures if f.sign and (v := f.measured(entry["result"])) is not None]
        met = sum(figure.met(value) for figure, value in asked)
        took = _duration(entry["seconds"]) if "seconds" in entry else ""
        rows.append(f"| {_link(name)} | {entry['date']} | {entry['commit']} | {took} | {met} | {len(asked) - met} |")
    return "\n".join(rows)


def _section(name: str, entry: results.Entry) -> str:
    made = [_text(name)]
    if "failed" in entry:
        failed = entry["failed"]
        made.append(f"Could not be measured on {failed['date']} ({failed['commit']}): {failed['reason']}.")
    if "result" not in entry:
        return "\n\n".join(made if "failed" in entry else [*made, "Not measured yet."])
    made.append(_circumstances(entry))
    made.append("\n".join(_table(name, entry["result"])))
    if name == "growth" and (sizes := entry["result"].get("sizes")):
        made += [f"![What the work costs as it grows]({PLOT})", "\n".join(_growth(sizes))]
    return "\n\n".join(made)


def _table(name: str, result: dict[str, Any]) -> list[str]:
    rows = ["| figure | measured | target | |", "|---|---|---|---|"]
    for figure in FIGURES[name]:
        value = figure.measured(result)
        if value is None:
            why = f"needs {figure.needs}" if figure.needs else "not part of this run"
            rows.append(f"| {figure.label} | not measured: {why} | {figure.target} | |")
        else:
            told = f"{shown(value, figure.unit)} | {figure.target} | {_judged(figure, value)}"
            rows.append(f"| {figure.label} | {told} |")
    return rows


def _judged(figure: Figure, value: float) -> str:
    if not figure.sign:
        return ""
    return "met" if figure.met(value) else "**missed**"


def _growth(sizes: dict[str, Any]) -> list[str]:
    columns = growth_plot.COLUMNS
    rows = [f"| documents | {' | '.join(title for title, _, _ in columns)} |", "|---" * (len(columns) + 1) + "|"]
    return rows + [
        f"| {int(size):,} | {' | '.join(f'{found[path]:,}' for _, path, _ in columns)} |"
        for size, found in sizes.items()
    ]


def _circumstances(entry: results.Entry) -> str:
    said = f"Measured on {entry['date']} at commit {entry['commit']}: {entry['machine']}"
    if versions := entry.get("versions"):
        said += "; " + ", ".join(f"{name} {version}" for name, version in versions.items())
    if arguments := entry.get("arguments"):
        said += f"; with `{' '.join(arguments)}`"
    return f"{said}."


def _sizes(parts: dict[str, results.Entry]) -> dict[str, Any]:
    sizes: dict[str, Any] = parts.get("growth", {}).get("result", {}).get("sizes", {})
    return sizes


def _duration(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"


def _link(name: str) -> str:
    return f"[`bench {name}`](#bench-{name})"


def _text(name: str) -> str:
    return (TEXTS / f"{name}.md").read_text().strip()
