"""Pictures of pages for the viewer, made once per content and width and kept within bounds.

this machine's folder, the least looked at removed ─▶ the bucket, where there is one: what another machine made ─▶ drawn

The cache is named by content, so every document with the same file shares it; whether somebody may see it is asked
before, at the access door.
"""

import contextlib
import functools
import os
import secrets
from pathlib import Path

from django.conf import settings

from documents import storage
from documents.models import Page
from extraction import shared_pictures
from extraction.confinement.page_picture import Painter
from extraction.errors import PermanentError, RetryableError
from extraction.readers.rendering import has_pages_to_show

# Widths that are made, in pixels: a thumbnail, a phone, a screen, a large or sharp screen, a print.
WIDTHS = (160, 480, 900, 1400, 2200)
MAX_CACHE_BYTES = 2 << 30
# After so many new pictures somebody looks whether the cache is too large.
_LOOK_EVERY = 200


def fitting(width: int) -> int:
    """The width that is made for a wish: the next larger one, or the largest."""
    return next((w for w in WIDTHS if w >= width), WIDTHS[-1])


def page_image(page: Page, width: int) -> bytes:
    """WebP of the page, `fitting(width)` pixels wide or as wide as the file has it.

    Raises PermanentError(unsupported_type | encrypted | corrupt | resource_… | storage_corrupt), RetryableError.
    """
    document, width = page.document, fitting(width)
    if not has_pages_to_show(document.media_type):
        raise PermanentError("unsupported_type")
    path = folder() / document.sha256[:2] / document.sha256 / f"{page.number}-{width}.webp"
    with contextlib.suppress(FileNotFoundError):
        data = path.read_bytes()
        os.utime(path)
        return data
    found = shared_pictures.get(document.sha256, path.name)
    if found is not None:
        _keep(path, found)
        return found
    data = _drawn(page, width)
    _keep(path, data)
    shared_pictures.put(document.sha256, path.name, data)
    return data


def _drawn(page: Page, width: int) -> bytes:
    document = page.document
    try:
        with storage.open_blob(document.sha256) as file:
            return _painter().paint(
                file.fileno(),
                document.media_type,
                page.number,
                width=width,
                points=page.width,
                required=settings.LEXINTEL_SANDBOX == "required",
            )
    except storage.BlobMissing:
        raise PermanentError("storage_corrupt") from None
    except storage.StorageError as error:
        raise RetryableError(error.code) from error


def folder() -> Path:
    """Where the pictures lie; all of it may be deleted at any time."""
    return Path(settings.LEXINTEL_DATA_DIR) / "page-images"


def forget(sha256: str) -> None:
    """Remove the pictures of a content, here and where others find them."""
    shared_pictures.forget(sha256)
    for picture in (folder() / sha256[:2] / sha256).glob("*.webp"):
        picture.unlink(missing_ok=True)


def forget_gone(sha256: str, **_: object) -> None:
    """Receiver of documents.signals.content_gone."""
    forget(sha256)


def shrink(most: int = MAX_CACHE_BYTES) -> int:
    """Remove the pictures that were looked at least lately until the rest fits; how many were removed."""
    found = sorted((p.stat().st_mtime, p.stat().st_size, p) for p in folder().rglob("*.webp"))
    excess, removed = sum(size for _, size, _ in found) - most, 0
    for _, size, picture in found:
        if excess <= 0:
            break
        picture.unlink(missing_ok=True)
        excess, removed = excess - size, removed + 1
    return removed


@functools.cache
def _painter() -> Painter:
    return Painter()


def _keep(path: Path, data: bytes) -> None:
    """A full disk costs the cache, not the picture."""
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data)
        draft.replace(path)
    draft.unlink(missing_ok=True)
    if secrets.randbelow(_LOOK_EVERY) == 0:
        shrink()
