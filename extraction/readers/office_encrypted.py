"""Office files under a password: decrypted in memory with the one that was given, and read as what they then are."""

import io
import types
from collections.abc import Iterator
from typing import BinaryIO

import msoffcrypto
from msoffcrypto.exceptions import DecryptionError, InvalidKeyError, ParseError
from msoffcrypto.format import doc97, ppt97, xls97

from extraction.errors import PermanentError
from extraction.readers.base import Item, ReadOptions
from extraction.readers.damage import damage_is_corrupt

# With this one Excel itself encrypts workbooks that are only protected against changes.
EXCELS_OWN = "VelvetSweatshop"
for _module in (doc97, ppt97, xls97):
    # It copies through a temporary file; a reader may write none.
    _module.tempfile = types.SimpleNamespace(TemporaryFile=io.BytesIO)


@damage_is_corrupt
def read(file: BinaryIO, options: ReadOptions) -> Iterator[Item]:
    """What the decrypted file's reader gives. Raises PermanentError(encrypted | corrupt) or what that one raises."""
    from extraction.readers import load
    from extraction.sniff import HEAD_BYTES, sniff_file

    plain = decrypted(file, options.password)
    media_type = sniff_file(plain, plain.read(HEAD_BYTES))
    plain.seek(0)
    try:
        reader = load(media_type)
    except KeyError:
        raise PermanentError("unsupported_type") from None
    if reader is read:
        raise PermanentError("corrupt", "encrypted twice")
    yield from reader(plain, options)


def decrypted(file: BinaryIO, password: str | None) -> BinaryIO:
    """The file without its password. Raises PermanentError(encrypted) if it needs another one."""
    for attempt in ([password] if password else []) + [EXCELS_OWN]:
        try:
            file.seek(0)
            office = msoffcrypto.OfficeFile(file)
            if office.keyTypes and "password" in office.keyTypes:
                office.load_key(password=attempt, verify_password=True) if _verifies(office) else office.load_key(
                    password=attempt
                )
            made = io.BytesIO()
            office.decrypt(made)
            made.seek(0)
            return made
        except (InvalidKeyError, DecryptionError, ParseError):
            continue
        except MemoryError:
            raise
        except Exception as error:
            raise PermanentError("encrypted" if password is None else "corrupt", type(error).__name__) from None
    raise PermanentError("encrypted")


def _verifies(office: object) -> bool:
    return type(office).__name__ == "OOXMLFile"
