"""Making a backup while everything runs."""

from datetime import UTC, datetime
from pathlib import Path

from django.db.migrations.recorder import MigrationRecorder

from cases.models import Case
from documents.models import Chunk, Document, Page
from lexintel.backup import database, originals
from lexintel.backup.manifest import Manifest, sha256_of, write_private
from lexintel.terminal import Progress


def take(folder: Path, *, quiet: bool) -> Manifest:
    """Raises BackupError, OSError, DatabaseError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    _copy(folder, _contents(), "copying originals", quiet)
    now = datetime.now(UTC)
    mark = now.strftime("%Y%m%dT%H%M%S%fZ")
    dump, listed = folder / f"database-{mark}.dump", folder / f"originals-{mark}.txt"
    write_private(dump, b"")
    with database.one_moment() as snapshot:
        contents, migrations, counts = _contents(), _migrations(), _counts()
        database.dump(dump, snapshot)
    # What came in while the first ones were copied.
    missing = _copy(folder, contents, "copying new originals", quiet)
    write_private(listed, "".join(f"{sha256} {size}\n" for sha256, size in contents if sha256 not in missing).encode())
    manifest = Manifest(
        made_at=now.isoformat(timespec="seconds"),
        dump=dump.name,
        dump_sha256=sha256_of(dump),
        originals=listed.name,
        originals_sha256=sha256_of(listed),
        migrations=migrations,
        counts=counts | {"originals": len(contents)},
        missing=missing,
    )
    manifest.write(folder)
    for former in [*folder.glob("database-*.dump"), *folder.glob("originals-*.txt")]:
        if former not in (dump, listed):
            former.unlink()
    return manifest


def _copy(folder: Path, contents: list[tuple[str, int]], title: str, quiet: bool) -> list[str]:
    with Progress(title, len(contents), quiet=quiet) as bar:
        return originals.copy(folder, contents, bar.advance)


def _contents() -> list[tuple[str, int]]:
    found = Document.objects.exclude(sha256="").order_by("sha256")
    return list(found.values_list("sha256", "size").distinct())


def _migrations() -> dict[str, str]:
    applied = MigrationRecorder.Migration.objects.order_by("app", "name").values_list("app", "name")
    return dict(applied)


def _counts() -> dict[str, int]:
    return {
        "cases": Case.objects.count(),
        "documents": Document.objects.count(),
        "pages": Page.objects.count(),
        "passages": Chunk.objects.count(),
    }
