"""What an archive's pages say: a list of its files. And which of them are not worth a document."""

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from extraction.readers.flow_pages import Block, row
from extraction.readers.text import clean

# What macOS and Windows put beside people's files.
_SYSTEM_FOLDERS = {"__macosx", ".spotlight-v100", ".trashes", ".fseventsd", "$recycle.bin"}
_SYSTEM_FILES = {".ds_store", "thumbs.db", "desktop.ini", "ehthumbs.db"}


@dataclass(frozen=True)
class Entry:
    """`size` in bytes as the archive says it, `changed` as it shows it."""

    path: str
    size: int
    changed: str = ""


def blocks(kind: str, entries: Iterable[Entry]) -> Iterator[Block]:
    """The list of an archive's files."""
    files = list(entries)
    yield Block(f"{kind} with {len(files)} file{'' if len(files) == 1 else 's'}")
    if files:
        yield row(["File", "Bytes", "Changed"], table=1, title_row=True)
    for entry in files:
        yield row([entry.path, str(entry.size), entry.changed], table=1)


def is_system_file(path: str) -> bool:
    """Whether a file was made by a file manager, for itself."""
    parts = path.lower().split("/")
    return parts[-1] in _SYSTEM_FILES or parts[-1].startswith("._") or any(p in _SYSTEM_FOLDERS for p in parts)


def tidy(path: str) -> str:
    """A member's path as text: one kind of separator, no controls. It is still a stranger's."""
    path = clean(path).replace("\\", "/").replace("\n", " ").replace("\f", " ")
    return posixpath.normpath(path).lstrip("/")[:2000] if path else ""
