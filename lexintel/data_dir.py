"""The data folder: evidence, passwords and the secret key lie in it, so nobody else looks in."""

import os
from pathlib import Path


def make_data_dir(path: Path) -> Path:
    """Make the folder, closed to others, if it is not there; one that is there stays as it is.

    Root's may be passed through, not listed: PostgreSQL, which runs as another account, has its data below.
    """
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return path
