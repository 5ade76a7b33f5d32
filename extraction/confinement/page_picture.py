"""One page as a WebP picture, made in a confined child. Pages come from hostile files like everything else."""

import io
import os
import select
import threading
import time

from extraction.confinement.warm_zygote import WarmZygote, ZygoteGone, kill_child
from extraction.errors import ERRORS, PermanentError, RetryableError

MAX_BYTES = 16 << 20
MAX_SECONDS = 20.0
MEMORY_MB = 1024
QUALITY = 80
_WEBP, _FAILED = b"W", b"E"


def draw(source: int, request: dict[str, object]) -> bytes:
    """In the child: the picture behind a `W`, or behind an `E` the code of why there is none."""
    from extraction.readers.rendering import POINTS_PER_INCH, render

    number, width, points = (int(request[key]) for key in ("number", "width", "points"))  # type: ignore[call-overload]
    try:
        with open(source, "rb", closefd=False) as file:
            dpi = POINTS_PER_INCH * width / max(points, 1)
            picture = render(file, str(request["media_type"]), number, dpi)
            if picture.width > width:
                picture = picture.resize((width, max(1, round(picture.height * width / picture.width))))
            buffer = io.BytesIO()
            picture.convert("RGB").save(buffer, "WEBP", quality=QUALITY, method=2)
            return _WEBP + buffer.getvalue()
    except PermanentError as error:
        return _FAILED + error.code.encode()
    except (MemoryError, ValueError, OSError):
        return _FAILED + b"resource_memory"


class Painter:
    """Draws for a process, one page at a time; its zygote starts with the first and is replaced when it is old."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._zygote: WarmZygote | None = None

    def paint(self, fd: int, media_type: str, number: int, *, width: int, points: float, required: bool) -> bytes:
        """WebP of page `number`, `width` pixels wide; `points` is the page's own width.

        Raises PermanentError with what is the matter with the page, RetryableError(interrupted).
        """
        picture = {"number": number, "width": width, "points": round(points), "media_type": media_type}
        request = {"picture": picture, "media_type": media_type, "hard_s": MAX_SECONDS, "memory_mb": MEMORY_MB}
        with self._lock:
            try:
                return _checked(self._ask(fd, request | {"required": required}))
            except ZygoteGone:
                self.close()
                raise RetryableError("interrupted", "zygote") from None

    def close(self) -> None:
        """End the zygote; harmless if there is none."""
        if self._zygote:
            self._zygote.end()
            self._zygote = None

    def _ask(self, fd: int, request: dict[str, object]) -> bytes:
        if self._zygote and not self._zygote.is_fresh():
            self.close()
        self._zygote = self._zygote or WarmZygote()
        receive, send = os.pipe()
        try:
            try:
                pid = self._zygote.fork(request, [fd, send])
            finally:
                os.close(send)
            answer = _all_of(receive, pid)
            self._zygote.ended(5, lambda: None, 0.25)
            return answer
        finally:
            os.close(receive)


def _all_of(pipe: int, pid: int) -> bytes:
    deadline, answer = time.monotonic() + MAX_SECONDS, bytearray()
    poller = select.poll()
    poller.register(pipe, select.POLLIN | select.POLLHUP)
    while True:
        if not poller.poll(max(0.0, deadline - time.monotonic()) * 1000):
            kill_child(pid)
            return _FAILED + b"resource_time"
        piece = os.read(pipe, 1 << 20)
        if not piece:
            return bytes(answer)
        answer += piece
        if len(answer) > MAX_BYTES:
            kill_child(pid)
            return _FAILED + b"resource_memory"


def _checked(answer: bytes) -> bytes:
    kind, rest = answer[:1], answer[1:]
    if kind == _WEBP and rest[:4] == b"RIFF" and rest[8:12] == b"WEBP":
        return rest
    code = rest[:40].decode(errors="replace") if kind == _FAILED else "parser_crash"
    raise PermanentError(code if code in ERRORS else "parser_crash")
