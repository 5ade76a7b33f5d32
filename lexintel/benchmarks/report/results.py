"""What was measured, part by part, in one JSON file: a part that is run replaces its own entry and no other.

{"parts": {NAME: {"date", "commit", "machine", "versions", "seconds", "arguments", "result", "failed"?}}}

`failed` {"date", "commit", "reason"} tells of a later run that came to nothing; the figures before it stay.
"""

import json
import os
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


def load(path: Path) -> dict[str, Entry]:
    """The entries by the name of their part; none where there is no file yet."""
    if not path.exists():
        return {}
    parts: dict[str, Entry] = json.loads(path.read_text())["parts"]
    return parts


def put(path: Path, name: str, entry: Entry) -> None:
    """Replace the entry of one part."""
    _write(path, load(path) | {name: entry})


def put_failure(path: Path, name: str, failed: dict[str, str]) -> None:
    """Note that a part could not be measured; what was measured of it before stays."""
    known = load(path)
    _write(path, known | {name: known.get(name, {}) | {"failed": failed}})


def numbers(node: Any) -> set[float]:
    """Every number of a result."""
    if isinstance(node, dict):
        return set().union(*(numbers(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(numbers(value) for value in node))
    return {float(node)} if isinstance(node, int | float) and not isinstance(node, bool) else set()


def _write(path: Path, parts: dict[str, Entry]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(json.dumps({"parts": parts}, indent=1, ensure_ascii=False) + "\n")
    os.replace(beside, path)
