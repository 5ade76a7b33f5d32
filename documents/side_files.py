"""What lies beside the originals, where every machine reaches it: parts of uploads, pictures of pages.

Small files by name, `folder/…/name`, whole in memory; written once. None of it is the record: a part that is lost is
sent again, a picture made again. STORAGE_URL says where, as for the originals.
"""

from collections.abc import Iterator

from documents import storage
from documents.storage_files import FolderOfOriginals


def put(name: str, data: bytes) -> None:
    """Keep it, safely when this returns. Raises StorageError(storage_full | storage_unavailable)."""
    here = storage.place()
    if isinstance(here, FolderOfOriginals):
        storage.require_space(here.root, len(data))
    here.put(name, data)


def get(name: str) -> bytes:
    """Raises BlobMissing, StorageError."""
    return storage.place().get(name)


def drop(folder: str) -> None:
    """Remove all that lies in a folder. Raises StorageError."""
    storage.place().drop(folder)


def folders(folder: str) -> Iterator[str]:
    """The names of the folders in it, each once. Raises StorageError."""
    return storage.place().folders(folder)


def in_a_bucket() -> bool:
    """Whether it is further away than this machine's own files."""
    return not isinstance(storage.place(), FolderOfOriginals)
