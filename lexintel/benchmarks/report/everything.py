"""bench all: every benchmark, one after the other, and the documents that tell of them.

each part in a process of its own ─▶ docs/benchmarks.json ─▶ docs/benchmarks.md, its plot, the figures in README.md

Parts that are named by --only are run alone; what is known of the others stays. A part that fails says so and holds
nothing up. `--quick` measures little, to see whether everything works: then nothing of it is written into docs/.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from lexintel.benchmarks.report import circumstances, document, results
from lexintel.benchmarks.report.figures import FIGURES

# Which parts measure on files or on questions of one's own.
_ON_FILES, _ON_QUESTIONS = ("extract", "pipeline"), ("search",)
# Sizes that show that a part works, and nothing else.
QUICK = {
    "extract": ("--rounds", "1", "--documents", "50", "--only", "read,confinement,memory"),
    "embed": ("--seconds", "1"),
    "ocr": ("--seconds", "1"),
    "search": ("--chunks", "4000"),
    "scale": ("--chunks", "20000"),
    "progress": ("--only", "delay", "--clients", "3", "--seconds", "2"),
    "recovery": ("--kills", "2"),
    "bulk": ("--documents", "100", "--seconds", "60"),
    "growth": ("--documents", "100"),
}
# Of a part that failed, so much of what it said last.
_REASON_CHARS = 200


def run(
    only: str = "", files: str | None = None, questions: str | None = None, quick: bool = False, into: str | None = None
) -> dict[str, Any]:
    """Which parts were measured and which failed. `into`: the folder of the results, by default docs/.

    Raises CommandError for a part that there is not.
    """
    chosen = [name.strip() for name in only.split(",") if name.strip()] or list(FIGURES)
    if unknown := sorted(set(chosen) - set(FIGURES)):
        raise CommandError(f"No such part: {', '.join(unknown)}. There are {', '.join(FIGURES)}.", returncode=2)
    folder = Path(into) if into else settings.LEXINTEL_DATA_DIR / "bench-quick" if quick else document.DOCS
    told: dict[str, Any] = {"measured": [], "failed": [], "results": str(folder / document.RESULTS)}
    for name in chosen:
        arguments = _arguments(name, files, questions, quick)
        print(f"bench {name} {' '.join(arguments)}".rstrip(), file=sys.stderr, flush=True)
        fine = _measure(folder / document.RESULTS, name, arguments, {files: "FILES", questions: "QUESTIONS"})
        told["measured" if fine else "failed"].append(name)
        document.write(folder)
    return told


def _arguments(name: str, files: str | None, questions: str | None, quick: bool) -> list[str]:
    folder = files if name in _ON_FILES else questions if name in _ON_QUESTIONS else None
    return [*(QUICK.get(name, ()) if quick else ()), *(("--folder", folder) if folder else ())]


def _measure(path: Path, name: str, arguments: list[str], spoken: dict[str | None, str]) -> bool:
    """Run one part and keep what it says; whether it came to an end. `spoken`: what folders are called in the file."""
    when, started = circumstances.when(), time.monotonic()
    with subprocess.Popen(
        _command(name, arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None and process.stdout is not None
        last = ""
        try:
            for line in process.stderr:
                print(f"  {line.rstrip()}", file=sys.stderr, flush=True)
                last = line.strip() or last
            said = process.stdout.read()
        except BaseException:
            # Told to end, nothing is to go on measuring; the part removes what it made.
            process.terminate()
            raise
    try:
        if process.returncode:
            raise ValueError(_plain(last) or f"it ended with exit code {process.returncode}")
        result = json.loads(said.strip().splitlines()[-1])
    except (ValueError, IndexError) as error:
        results.put_failure(path, name, when | {"reason": str(error) or "it said nothing"})
        return False
    seconds = round(time.monotonic() - started)
    given = [spoken.get(argument, argument) for argument in arguments]
    entry = when | circumstances.where() | {"seconds": seconds, "arguments": given, "result": result}
    results.put(path, name, entry)
    return True


def _command(name: str, arguments: list[str]) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "bench", name, *arguments, "--json"]


def _plain(line: str) -> str:
    """What a part said last, without where it lies on this machine."""
    for folder, name in ((settings.BASE_DIR, "."), (settings.LEXINTEL_DATA_DIR, "DATA"), (Path.home(), "~")):
        line = line.replace(str(folder), name)
    return line[:_REASON_CHARS]
