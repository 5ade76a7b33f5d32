"""Sending an original: always as an attachment, in pieces, under its cleaned name."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import BinaryIO

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

PIECE_BYTES = 256 * 1024
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")


class _Pieces:
    """A file for an asynchronous server: read in threads, never whole in memory."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await sync_to_async(self.file.read, thread_sensitive=False)(PIECE_BYTES):
            yield piece

    def close(self) -> None:
        """Called by Django when the answer is over, whole or broken off."""
        self.file.close()


def attachment(request: HttpRequest, file: BinaryIO, *, name: str, media_type: str, size: int) -> StreamingHttpResponse:
    """The answer that carries `file` (`size` bytes); closes it at its end.

    Nothing in an original may run here: it is never shown inline, its type is not guessed, and if a browser
    opens it all the same it is sandboxed.
    """
    # Django reads a plain iterator to its end before it sends the first byte to an asynchronous server.
    streams = isinstance(request, ASGIRequest)
    response: StreamingHttpResponse = StreamingHttpResponse(_Pieces(file)) if streams else FileResponse(file)
    response["Content-Type"] = media_type if _MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream"
    response["Content-Length"] = str(size)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
