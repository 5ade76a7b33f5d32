"""A secret key made on first start, so that nobody runs with a published one."""

import os
import secrets
from pathlib import Path

from lexintel.data_dir import make_data_dir


def secret_key_in(data_dir: Path) -> str:
    """The key kept in `data_dir`, made once and readable by its owner alone.

    Several processes may start at once on a new directory: whoever links the file first wins, the
    others read that one.
    """
    path = make_data_dir(data_dir) / "secret_key"
    try:
        return path.read_text()
    except FileNotFoundError:
        pass
    draft = data_dir / f".secret_key.{os.getpid()}.{secrets.token_hex(4)}"
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w") as f:
        f.write(secrets.token_urlsafe(50))
        f.flush()
        os.fsync(f.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()
