"""A folder on disk into a case: every file, its place in the folder kept."""

import os
from collections.abc import Iterator
from pathlib import Path

from cases.models import Case
from documents.models import Batch, Document
from extraction.intake import Incoming, take_in

PIECE = 1 << 20


def files_in(folder: Path) -> list[Path]:
    """Every regular file below a folder (or the file itself), sorted; links are not followed."""
    if folder.is_file():
        return [folder]
    found = [Path(base) / name for base, _, names in os.walk(folder, followlinks=False) for name in names]
    return sorted(p for p in found if p.is_file() and not p.is_symlink())


def import_file(case: Case, path: Path, root: Path, custodian: str = "", batch: Batch | None = None) -> Document:
    """Take one file in, into a batch of the case. Raises what `take_in` raises, or OSError if it cannot be opened."""
    relative = path.relative_to(root if root.is_dir() else root.parent)
    # Names that are no valid UTF-8 come with surrogates from the file system; intake strips them.
    with open(path, "rb") as file:
        incoming = Incoming(
            name=path.name,
            path=str(relative),
            custodian=custodian,
            source="import_folder",
            size=os.fstat(file.fileno()).st_size,
            batch=batch,
        )
        return take_in(case, _pieces(file), incoming)


def _pieces(file) -> Iterator[bytes]:  # type: ignore[no-untyped-def]
    while piece := file.read(PIECE):
        yield piece
