"""Results of measurements, each with its day, its code and its machine."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

FILE = Path(settings.BASE_DIR) / "docs" / "benchmarks.json"


def load() -> dict[str, Any]:
    """By benchmark: `{measured, commit, machine, figures}`."""
    found: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {}
    return found


def keep(name: str, figures: Mapping[str, Any]) -> dict[str, Any]:
    """Put one benchmark's figures in the place of its former ones; all that is kept."""
    kept = load()
    kept[name] = {
        "measured": datetime.now(UTC).date().isoformat(),
        "commit": _commit(),
        "machine": machine(),
        "figures": dict(figures),
    }
    FILE.write_text(json.dumps(dict(sorted(kept.items())), indent=1) + "\n")
    return kept


def machine() -> str:
    """What it was measured on, without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, Python " + ".".join(
        platform.python_version_tuple()[:2]
    )


def _commit() -> str:
    told = ["git", "-C", str(settings.BASE_DIR), "rev-parse", "--short", "HEAD"]
    run = subprocess.run(told, capture_output=True, text=True, check=False)
    return run.stdout.strip()
