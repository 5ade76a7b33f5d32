"""What can go wrong with originals, wherever they lie."""


class StorageError(Exception):
    """The storage could not do it; `code` is from the error table (storage_full, storage_unavailable)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TooLarge(Exception):
    """More bytes came than are allowed."""


class BlobMissing(Exception):
    """Nothing with this content, or it is not what its name says."""
