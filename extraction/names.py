"""File names as they come from strangers, made safe to show. They never become a path on our disk."""

import re
import unicodedata

MAX_NAME_BYTES = 255
MAX_PATH_CHARS = 4096
_DRIVE = re.compile(r"^[A-Za-z]:$")


def clean_path(path: str) -> str:
    """A folder-relative path: `/` between parts, no `..`, drive letter, control, bidi or surrogate characters."""
    parts = [_clean_part(p) for p in path.replace("\\", "/").split("/")]
    kept = [p for p in parts if p not in ("", ".", "..") and not _DRIVE.match(p)]
    return "/".join(kept)[-MAX_PATH_CHARS:]


def clean_name(name: str) -> str:
    """The last part of a name or path, at most 255 bytes of UTF-8, its extension kept; never empty."""
    last = clean_path(name).rpartition("/")[2] or "unnamed"
    if len(last.encode()) <= MAX_NAME_BYTES:
        return last
    stem, dot, extension = last.rpartition(".")
    if not dot or len(extension) > 16:
        stem, dot, extension = last, "", ""
    room = MAX_NAME_BYTES - len((dot + extension).encode()) - len("…".encode())
    return stem.encode()[:room].decode(errors="ignore") + "…" + dot + extension


def _clean_part(part: str) -> str:
    # Cc control, Cf format (bidi overrides, zero-width, tags), Cs lone surrogates, Co private use.
    visible = "".join(c for c in part if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    return unicodedata.normalize("NFC", visible).strip()
