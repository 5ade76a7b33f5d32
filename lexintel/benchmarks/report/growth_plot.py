"""What the work costs as it grows, drawn as plain SVG: one small plot for each cost, readable in light and in dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Any

# title with unit, name in the results, whether it grows with the documents (then drawn by powers of ten)
COLUMNS = (
    ("seconds in all", "seconds", True),
    ("pages a second", "pages_per_s", False),
    ("workers' memory, MB", "workers_mb", False),
    ("database, MB", "database_mb", True),
    ("a search, p50, ms", "search_p50_ms", False),
    ("a search, p95, ms", "search_p95_ms", False),
)
_WIDTH, _HEIGHT, _ACROSS = 250, 200, 3
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 34, 42
_STYLE = """
text { font: 11px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 12px; font-weight: 600 }
.grid { stroke: #d1d9e0 } .line { fill: none; stroke: #0969da; stroke-width: 2 } .dot { fill: #0969da }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .grid { stroke: #3d444d } .line { stroke: #58a6ff } .dot { fill: #58a6ff }
}
"""


@dataclass(frozen=True)
class _Axis:
    """Values on it become pixels from `start` to `end`; by powers of ten if `by_tens`."""

    ticks: Sequence[float]
    start: float
    end: float
    by_tens: bool

    def place(self, value: float) -> float:
        low, high, at = self.ticks[0], self.ticks[-1], max(value, self.ticks[0])
        if self.by_tens:
            low, high, at = log10(low), log10(high), log10(at)
        return round(self.start + (self.end - self.start) * (at - low) / (high - low), 1)


def svg(sizes: dict[str, Any]) -> str:
    """The picture; `sizes`: documents → what they cost, by the names in COLUMNS."""
    rows = -(-len(COLUMNS) // _ACROSS)
    width, height = _ACROSS * _WIDTH, rows * _HEIGHT
    plots = [
        _plot(title, sizes, path, by_tens, _WIDTH * (n % _ACROSS), _HEIGHT * (n // _ACROSS))
        for n, (title, path, by_tens) in enumerate(COLUMNS)
    ]
    said = "; ".join(
        f"{title}: {', '.join(f'{found[path]:,} at {int(size):,} documents' for size, found in sizes.items())}"
        for title, path, _ in COLUMNS
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" role="img" aria-labelledby="title said">',
            '<title id="title">What the work costs as it grows</title>',
            f'<desc id="said">{escape(said)}</desc>',
            f"<style>{_STYLE}</style>",
            *plots,
            "</svg>\n",
        ]
    )


def _plot(title: str, sizes: dict[str, Any], path: str, by_tens: bool, left: int, top: int) -> str:
    documents = [int(size) for size in sizes]
    values = [float(found[path]) for found in sizes.values()]
    across = _Axis(_tens(documents), left + _LEFT, left + _WIDTH - _RIGHT, by_tens=True)
    up = _Axis(_tens(values) if by_tens else _even(values), top + _HEIGHT - _BOTTOM, top + _TOP, by_tens)
    made = [f'<text class="title" x="{left + _LEFT}" y="{top + 20}">{escape(title)}</text>']
    for tick in up.ticks:
        y = up.place(tick)
        made.append(f'<path class="grid" d="M{across.start} {y}H{across.end}"/>')
        made.append(f'<text x="{across.start - 6}" y="{y + 4}" text-anchor="end">{_said(tick)}</text>')
    for tick in across.ticks:
        x = across.place(tick)
        made.append(f'<text x="{x}" y="{up.start + 16}" text-anchor="middle">{_said(tick)}</text>')
    middle = (across.start + across.end) / 2
    made.append(f'<text x="{middle}" y="{up.start + 32}" text-anchor="middle">documents</text>')
    points = [(across.place(n), up.place(value)) for n, value in zip(documents, values, strict=True)]
    made.append(f'<polyline class="line" points="{" ".join(f"{x},{y}" for x, y in points)}"/>')
    made += [f'<circle class="dot" cx="{x}" cy="{y}" r="3.5"/>' for x, y in points]
    return "\n".join(made)


def _tens(values: Sequence[float]) -> list[float]:
    """The powers of ten around all of them, at least two."""
    low = floor(log10(max(min(values), 0.1)))
    high = max(ceil(log10(max(*values, 0.1))), low + 1)
    return [10.0**n for n in range(low, high + 1)]


def _even(values: Sequence[float]) -> list[float]:
    """From nothing to above all of them, in four or five even steps."""
    most = max(*values, 1e-6)
    unit = 10.0 ** floor(log10(most / 4))
    step = next(n * unit for n in (1, 2, 2.5, 5, 10) if n * unit * 5 >= most)
    return [n * step for n in range(ceil(most / step) + 1)]


def _said(tick: float) -> str:
    return f"{tick:,.0f}" if tick >= 10 or tick == int(tick) else f"{tick:g}"
