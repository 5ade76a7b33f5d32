"""The picture of what work costs as it grows: two axes in powers of ten, a line for each cost."""

import math

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 400, 70, 30, 200, 50
# (key, what it is called, colour on light and on dark ground)
LINES = [
    ("seconds", "seconds for all", "#1d4f7c", "#7fb6e6"),
    ("memory_mb", "worker's memory, MB", "#8a4b00", "#e0a050"),
    ("database_mb", "database, MB", "#1c6b3a", "#74c795"),
    ("search_p50_ms", "a search, p50 ms", "#8c1c3c", "#f08aa8"),
]
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1a2430; }
.axis, .grid { stroke: #8a95a3; } .grid { stroke-opacity: .3; }
polyline { fill: none; stroke-width: 2.5; }
@media (prefers-color-scheme: dark) { text { fill: #e6ebf0; } }
"""


def plot(runs: list[dict[str, float]]) -> str:
    """An SVG, light or dark as the reader's page; the table beside it says the same."""
    xs = [run["documents"] for run in runs]
    values = [run[key] for run in runs for key, *_ in LINES if run[key] > 0]
    x0, x1 = math.log10(min(xs)), math.log10(max(xs))
    y0, y1 = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def x(value: float) -> float:
        return LEFT + (math.log10(value) - x0) / max(x1 - x0, 1e-9) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (math.log10(value) - y0) / max(y1 - y0, 1e-9) * (HEIGHT - TOP - BOTTOM)

    style = _STYLE + "".join(f".{key} {{ stroke: {light}; fill: {light}; }}\n" for key, _, light, _ in LINES)
    dark = "".join(f".{key} {{ stroke: {on_dark}; fill: {on_dark}; }} " for key, _, _, on_dark in LINES)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        ' aria-label="Cost as the number of documents grows">',
        f"<style>{style}@media (prefers-color-scheme: dark) {{ {dark}}}</style>",
    ]
    for power in range(y0, y1 + 1):
        at = y(10**power)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10**power:g}</text>')
    for documents in xs:
        at = x(documents)
        parts.append(
            f'<line class="axis" x1="{at:.1f}" x2="{at:.1f}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 6}"/>'
        )
        parts.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 22}" text-anchor="middle">{documents:,}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">documents</text>')
    for place, (key, name, *_) in enumerate(LINES):
        points = [(x(run["documents"]), y(run[key])) for run in runs if run[key] > 0]
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline class="{key}" style="fill:none" points="{line}"/>')
        parts += [f'<circle class="{key}" cx="{a:.1f}" cy="{b:.1f}" r="4"/>' for a, b in points]
        label = TOP + 20 + 24 * place
        parts.append(
            f'<line class="{key}" stroke-width="3" x1="{WIDTH - RIGHT + 20}" x2="{WIDTH - RIGHT + 44}"'
            f' y1="{label}" y2="{label}"/>'
        )
        parts.append(f'<text x="{WIDTH - RIGHT + 52}" y="{label + 4}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
