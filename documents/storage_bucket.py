"""Originals in S3, or in what speaks its language: one object per content, named by its SHA-256.

Readers and page images need files: what was fetched last lies near, on this machine, within bounds (near_copies.py).
A content is brought to the bucket before the transaction that refers to it, which must not last for as long as an
upload does; there it is only looked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qs, unquote, urlsplit

from documents.near_copies import NearCopies
from documents.storage_errors import BlobMissing, StorageError
from documents.storage_files import code_of

# A request to the web waits for the bucket no longer than people wait for a page.
CONNECT_S, READ_S, ATTEMPTS = 3, 20, 2
PIECE_BYTES = 1 << 20
_SHA256_DIGITS = 64
_FULL = frozenset({"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "EntityTooLarge"})
_GONE = frozenset({"404", "NoSuchKey", "NotFound"})


@dataclass(frozen=True)
class BucketOfOriginals:
    """What STORAGE_URL=s3://bucket/prefix?endpoint=…&region=…&sse=… names."""

    url: str
    access_key: str
    secret_key: str
    home: Path

    @property
    def name(self) -> str:
        """Of the bucket."""
        return urlsplit(self.url).netloc

    @property
    def incoming(self) -> Path:
        """Where content lies on its way in: on this machine."""
        return self.home / "incoming"

    @cached_property
    def near(self) -> NearCopies:
        return NearCopies(self.home / "originals")

    def bring(self, temporary: Path, sha256: str, size: int) -> None:
        """Send the content to the bucket unless it is there. Raises StorageError."""
        with _as_ours():
            if self._size(sha256) == size:
                return
            with open(temporary, "rb") as file:
                self._bucket.Object(self._key(sha256)).upload_fileobj(file, ExtraArgs=self._encryption)

    def publish(self, temporary: Path, sha256: str, size: int) -> None:
        """See that it is still there, and bring it once more if somebody has deleted it meanwhile."""
        self.bring(temporary, sha256, size)
        self.near.take(temporary, sha256)

    def open(self, sha256: str) -> BinaryIO:
        """A copy near by, fetched if need be and compared while it came. Raises BlobMissing or StorageError."""
        found = self.near.open(sha256)
        if found is not None:
            return found
        body, _ = self._get(sha256)
        try:
            with _as_ours():
                return self.near.keep(sha256, iter(lambda: body.read(PIECE_BYTES), b""))
        finally:
            body.close()

    def stream(self, sha256: str) -> tuple[BinaryIO, int]:
        """To be sent, with its size in bytes: from the first byte on, not after all have come."""
        found = self.near.open(sha256)
        if found is not None:
            return found, self.near.size(sha256)
        body, size = self._get(sha256)
        return cast(BinaryIO, body), size

    def digest(self, sha256: str) -> str:
        """The SHA-256 of what lies in the bucket under this name. Raises BlobMissing or StorageError."""
        body, _ = self._get(sha256)
        digest = hashlib.sha256()
        with _as_ours():
            while piece := body.read(PIECE_BYTES):
                digest.update(piece)
        return digest.hexdigest()

    def delete(self, sha256: str) -> None:
        """Raises StorageError."""
        self.near.forget(sha256)
        with _as_ours():
            self._bucket.Object(self._key(sha256)).delete()

    def names(self) -> Iterator[str]:
        """The SHA-256 of everything in the bucket. Raises StorageError."""
        with _as_ours():
            for each in self._bucket.objects.filter(Prefix=self._prefix):
                name = each.key.rpartition("/")[2]
                if len(name) == _SHA256_DIGITS:
                    yield name

    def put(self, name: str, data: bytes) -> None:
        """Beside the originals, see side_files.py. Raises StorageError."""
        with _as_ours():
            self._bucket.Object(self._prefix + name).put(Body=data, **self._encryption)

    def get(self, name: str) -> bytes:
        """Raises BlobMissing or StorageError."""
        with _as_ours():
            return cast(bytes, self._bucket.Object(self._prefix + name).get()["Body"].read())

    def drop(self, folder: str) -> None:
        with _as_ours():
            for each in self._bucket.objects.filter(Prefix=f"{self._prefix}{folder}/"):
                each.delete()

    def folders(self, folder: str) -> Iterator[str]:
        above = f"{self._prefix}{folder}/"
        pages = self._bucket.meta.client.get_paginator("list_objects_v2")
        with _as_ours():
            for page in pages.paginate(Bucket=self.name, Prefix=above, Delimiter="/"):
                yield from (each["Prefix"][len(above) : -1] for each in page.get("CommonPrefixes", ()))

    def require(self) -> None:
        """Raises StorageError if the bucket does not answer."""
        with _as_ours():
            self._bucket.meta.client.head_bucket(Bucket=self.name)

    def _size(self, sha256: str) -> int | None:
        try:
            return int(self._bucket.Object(self._key(sha256)).content_length)
        except _client_error() as error:
            if error.response["Error"]["Code"] in _GONE:
                return None
            raise

    def _get(self, sha256: str) -> tuple[Any, int]:
        with _as_ours():
            answer = self._bucket.Object(self._key(sha256)).get()
        return answer["Body"], int(answer["ContentLength"])

    @property
    def _prefix(self) -> str:
        prefix = unquote(urlsplit(self.url).path).strip("/")
        return f"{prefix}/" if prefix else ""

    def _key(self, sha256: str) -> str:
        return f"{self._prefix}{sha256[:2]}/{sha256[2:4]}/{sha256}"

    @property
    def _options(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.url).query).items()}

    @property
    def _encryption(self) -> dict[str, str]:
        sse = self._options.get("sse")
        return {"ServerSideEncryption": sse} if sse else {}

    @property
    def _bucket(self) -> Any:
        return self._storage.bucket

    @cached_property
    def _storage(self) -> Any:
        # Only where it is chosen: boto3 takes a second to load.
        from botocore.config import Config
        from storages.backends.s3 import S3Storage

        return S3Storage(
            bucket_name=self.name,
            endpoint_url=self._options.get("endpoint"),
            region_name=self._options.get("region"),
            access_key=self.access_key or None,
            secret_key=self.secret_key or None,
            client_config=Config(
                connect_timeout=CONNECT_S,
                read_timeout=READ_S,
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
                # Names of buckets as a part of the host are Amazon's own; and others know none of its newer checksums.
                s3={"addressing_style": "path" if self._options.get("endpoint") else "auto"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                signature_version="s3v4",
            ),
        )


def _client_error() -> Any:
    from botocore.exceptions import ClientError

    return ClientError


@contextmanager
def _as_ours() -> Iterator[None]:
    """Their errors as ours."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _GONE:
            raise BlobMissing from error
        full = code in _FULL or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 507
        raise StorageError("storage_full" if full else "storage_unavailable") from error
    except (BotoCoreError, Boto3Error, HTTPError) as error:
        raise StorageError("storage_unavailable") from error
    except OSError as error:
        raise StorageError(code_of(error)) from error
