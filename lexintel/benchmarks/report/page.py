"""docs/benchmarks.md, from what is kept."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from lexintel.benchmarks.report.kept import FILE
from lexintel.benchmarks.report.plot import plot
from lexintel.benchmarks.report.targets import TARGETS, Target

PAGE = Path(settings.BASE_DIR) / "docs" / "benchmarks.md"
PLOT = Path(settings.BASE_DIR) / "docs" / "images" / "growth.svg"
_HEAD = (
    "# Benchmarks\n\n"
    "Made by `make bench` from what it measures; `manage.py bench NAME --record` measures one part anew and leaves the "
    "others. All figures, also those not in these tables, are in [benchmarks.json](benchmarks.json). What each "
    "part measures, and how, is in [measuring.md](measuring.md). Ratios are what to compare; absolute speeds are a "
    "machine's.\n"
)


def write(kept: Mapping[str, Any]) -> None:
    """The page, and the picture in it."""
    PAGE.write_text(page(kept))
    if "growth" in kept:
        PLOT.write_text(plot(kept["growth"]["figures"]["runs"]))


def page(kept: Mapping[str, Any]) -> str:
    """The whole page."""
    parts = [_HEAD]
    for name, targets in TARGETS.items():
        found = kept.get(name)
        parts.append(f"## bench {name}\n")
        if found is None:
            parts.append("Not measured.\n")
            continue
        parts.append(f"{found['measured']}, {found['machine']}, at {found['commit']}.\n")
        rows = [_row(target, _at(found["figures"], target.path)) for target in targets]
        parts.append("\n".join(["| figure | measured | target | |", "|---|---|---|---|", *filter(None, rows)]) + "\n")
        if name == "growth":
            parts.append("![Cost as the work grows](images/growth.svg)\n")
            parts.append(_runs(found["figures"]["runs"]))
        if note := found.get("note"):
            parts.append(f"{note}\n")
    return "\n".join(parts)


def missed(target: Target, value: float) -> bool:
    """Whether the figure is not what is asked."""
    too_much = target.at_most is not None and value > target.at_most
    return too_much or (target.at_least is not None and value < target.at_least)


def _row(target: Target, value: Any) -> str:
    if not isinstance(value, int | float):
        return ""
    asked = f"≤ {_figure(target.at_most)}" if target.at_most is not None else ""
    asked = f"≥ {_figure(target.at_least)}" if target.at_least is not None else asked
    verdict = ("missed" if missed(target, value) else "met") if asked else ""
    unit = f" {target.unit}" if target.unit else ""
    return f"| {target.meaning} | {_figure(value)}{unit} | {asked + unit if asked else ''} | {verdict} |"


def _runs(runs: list[dict[str, float]]) -> str:
    head = "| documents | seconds | pages a second | worker's memory, MB | database, MB | a search, p50 ms |"
    keys = ("documents", "seconds", "pages_per_s", "memory_mb", "database_mb", "search_p50_ms")
    rows = [f"| {' | '.join(_figure(run[key]) for key in keys)} |" for run in runs]
    return "\n".join([head, "|---|---|---|---|---|---|", *rows]) + "\n"


def _at(figures: Any, path: str) -> Any:
    for part in path.split("."):
        if not isinstance(figures, dict) or part not in figures:
            return None
        figures = figures[part]
    return figures


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,}"


__all__ = ["FILE", "PAGE", "missed", "page", "write"]
