"""Static files as they are served: hashed names, compressed once, collected again only when they have changed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Browsers fetch source maps only for developers.
UNCOMPRESSED = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Compresses what pages name, by gzip alone: Brotli took 52 s of a first start for a tenth fewer bytes."""

    # The modules that a page's script imports get hashed names too: else an old one may meet a new one after an update.
    support_js_module_import_aggregation = True

    def compress_files(self, paths: Any) -> Iterator[tuple[str, str]]:
        """Only files with a hash in their name: nothing of ours asks for the others."""
        hashed = set(self.hashed_files.values())
        yield from super().compress_files(path for path in paths if path in hashed)

    def create_compressor(self, **options: Any) -> Compressor:
        return Compressor(**options | {"extensions": UNCOMPRESSED, "use_brotli": False})


def collect_if_changed() -> bool:
    """Collect the static files of all apps unless that was done for just these; whether it was needed."""
    known, now = settings.LEXINTEL_DATA_DIR / "static.collected", _fingerprint()
    if known.exists() and known.read_text() == now and Path(settings.STATIC_ROOT).is_dir():
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    known.write_text(now)
    return True


def _fingerprint() -> str:
    """Of the names, sizes and times of all files that would be collected, and of where they go."""
    digest = hashlib.sha256(f"{settings.STATIC_ROOT} {settings.STORAGES['staticfiles']['BACKEND']}".encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            info = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{info.st_size}\0{info.st_mtime_ns}\n".encode())
    return digest.hexdigest()
