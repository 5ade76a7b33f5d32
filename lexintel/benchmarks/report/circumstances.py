"""Under what circumstances something is measured: day, commit, machine, versions."""

import os
import platform
import shutil
import subprocess
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from lexintel.benchmarks import cores
from lexintel.embedded import binaries
from lexintel.embedded.errors import ServiceError

_PACKAGES = ("Django", "psycopg", "pypdfium2", "onnxruntime", "dramatiq", "daphne")
# What a measurement itself writes.
_WRITTEN = (":!docs/benchmarks.json", ":!docs/benchmarks.md", ":!docs/images/benchmarks-growth.svg", ":!README.md")


def when() -> dict[str, str]:
    """Day and commit; a commit with changes that are not in it ends with a plus sign."""
    return {"date": date.today().isoformat(), "commit": _commit()}


def where() -> dict[str, Any]:
    """The machine, and the versions of what is measured."""
    return {"machine": _machine(), "versions": _versions()}


def _commit() -> str:
    head = _git("rev-parse", "--short", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", *_WRITTEN)
    return f"{head}+" if head and changed else head


def _git(*arguments: str) -> str:
    if not shutil.which("git"):
        return ""
    done = subprocess.run(["git", *arguments], cwd=settings.BASE_DIR, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def _machine() -> str:
    count = len(cores.allowed()) or os.cpu_count() or 1
    said = [f"{count} core{'s' if count > 1 else ''}{_processor()}"]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        said.append(f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GB of memory")
    return ", ".join([*said, f"{platform.system()} {platform.machine()}"])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return f" of {name}" if name else ""


def _versions() -> dict[str, str]:
    found = {"Python": platform.python_version(), "PostgreSQL": _postgres()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return {name: said for name, said in found.items() if said}


def _postgres() -> str:
    try:
        if url := os.environ.get("DATABASE_URL"):
            with psycopg.connect(url, connect_timeout=3) as connection:
                return str(connection.info.parameter_status("server_version"))
        program = str(binaries.postgres_bin() / "postgres")
        return subprocess.run([program, "--version"], capture_output=True, text=True).stdout.split()[-1]
    except (psycopg.Error, ServiceError, OSError, IndexError):
        return ""
