"""Making a backup while everything runs."""

from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db.migrations.recorder import MigrationRecorder

from cases.models import Case
from documents.models import Chunk, Document, Page
from lexintel.backup import database, originals
from lexintel.backup.folder import alone_in, make_private, settle
from lexintel.backup.manifest import ORIGINALS, Manifest, sha256_of, write_private
from lexintel.terminal import Progress

SECRET_KEY = "secret_key"  # noqa: S105 - a file's name


def take(folder: Path, *, verify: bool = False, with_secret_key: bool = False, quiet: bool) -> Manifest:
    """`verify`: what is in the folder already is read through, too. Raises BackupError, OSError, DatabaseError."""
    make_private(folder)
    with alone_in(folder):
        return _take(folder, verify, with_secret_key, quiet)


def _take(folder: Path, verify: bool, with_secret_key: bool, quiet: bool) -> Manifest:
    with Progress("copying originals", len(contents := _contents()), quiet=quiet) as bar:
        originals.copy(folder, contents, bar.advance, verify=verify)
    now = datetime.now(UTC)
    mark = now.strftime("%Y%m%dT%H%M%S%fZ")
    dump, listed = folder / f"database-{mark}.dump", folder / f"originals-{mark}.txt"
    write_private(dump, b"")
    with database.one_moment() as snapshot:
        contents, migrations, counts = _contents(), _migrations(), _counts()
        database.dump(dump, snapshot)
    # What came in while the first ones were copied.
    with Progress("copying new originals", len(contents), quiet=quiet) as bar:
        missing = originals.copy(folder, contents, bar.advance)
    gone = set(missing)
    write_private(listed, "".join(f"{sha256} {size}\n" for sha256, size in contents if sha256 not in gone).encode())
    if with_secret_key:
        write_private(folder / SECRET_KEY, settings.SECRET_KEY.encode())
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
    settle(dump, folder, *(each for each in (folder / ORIGINALS).glob("*") if each.is_dir()))
    manifest.write(folder)
    settle(folder)
    for former in [*folder.glob("database-*.dump"), *folder.glob("originals-*.txt")]:
        if former not in (dump, listed):
            former.unlink()
    return manifest


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
