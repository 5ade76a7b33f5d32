"""Pictures inside documents and mails: which of them are worth a document of their own."""

import io

from PIL import Image

from extraction.readers.image import FORMATS, MAX_PIXELS

# Logos, rules, bullets and trackers are smaller; a scan or a photograph of text is not.
MIN_BYTES, MIN_SIDE_PX = 16 << 10, 200


def worth_keeping(data: bytes) -> bool:
    """Whether an inline picture may hold something to read."""
    if len(data) < MIN_BYTES:
        return False
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            width, height = picture.size
    except MemoryError:
        raise
    except Exception:
        return False
    return min(width, height) >= MIN_SIDE_PX and width * height <= MAX_PIXELS
