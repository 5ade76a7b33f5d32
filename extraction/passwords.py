"""Passwords on their way from a person to the worker that opens the file: used once, then gone.

They pass through Redis, which keeps a file on disk: so they are encrypted with a key that only processes with our
SECRET_KEY can make, for one job, and forgotten after a quarter of an hour. No row, log or message ever holds one.
"""

import json
import os
import uuid
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from extraction.errors import RetryableError
from lexintel import bus

KEPT_S = 900
# As many as a person may try at once; as long as any format allows.
MOST, MAX_CHARS = 50, 1000
_NONCE_BYTES = 12


def leave(job_id: uuid.UUID, passwords: Sequence[str]) -> None:
    """Keep the passwords for a job's worker. Raises RetryableError(broker_unavailable)."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = nonce + _cipher().encrypt(nonce, json.dumps(list(passwords)).encode(), job_id.bytes)
    try:
        bus.client().set(_key(job_id), sealed.hex(), ex=KEPT_S)
    except bus.AWAY as error:
        raise RetryableError("broker_unavailable") from error


def left_for(job_id: uuid.UUID) -> list[str]:
    """The passwords to try, none if there are none, they are too old, or Redis is away."""
    try:
        found = bus.client().get(_key(job_id))
        if not found:
            return []
        sealed = bytes.fromhex(str(found))
        passwords: list[str] = json.loads(_cipher().decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], job_id.bytes))
    except (*bus.AWAY, ValueError, InvalidTag):
        return []
    return passwords


def forget(job_id: uuid.UUID) -> None:
    """They have been tried."""
    try:
        bus.client().delete(_key(job_id))
    except bus.AWAY:
        # They expire by themselves.
        pass


def _key(job_id: uuid.UUID) -> str:
    return bus.key("passwords", job_id)


def _cipher() -> AESGCM:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"lexintel passwords of documents")
    return AESGCM(derive.derive(settings.SECRET_KEY.encode()))
