"""Server-sent events: frames in and out. https://html.spec.whatwg.org/multipage/server-sent-events.html"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

HEARTBEAT = b":\n\n"
HEADERS = [
    (b"Content-Type", b"text/event-stream; charset=utf-8"),
    (b"Cache-Control", b"no-store"),
    # nginx buffers answers unless told not to.
    (b"X-Accel-Buffering", b"no"),
]


@dataclass(frozen=True)
class Frame:
    """One event: `data` is one line. `id`, if not empty, becomes the client's resume point."""

    event: str
    data: str
    id: str = ""


def encode(frame: Frame) -> bytes:
    """The frame's bytes. Raises ValueError if a field holds a line break or NUL, which would forge other fields."""
    for value in (frame.event, frame.id, frame.data):
        if any(c in value for c in "\r\n\0"):
            raise ValueError("a field of a server-sent event is one line")
    identity = f"id: {frame.id}\n" if frame.id else ""
    return f"event: {frame.event}\n{identity}data: {frame.data}\n\n".encode()


def retry(milliseconds: int) -> bytes:
    """Tells the client how long to wait before it connects again."""
    return f"retry: {milliseconds}\n\n".encode()


def decode(lines: Iterable[str]) -> Iterator[Frame]:
    """Frames from a stream's lines (without their ends); comments and `retry` are passed over."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            fields[name] = f"{fields[name]}\n{value}" if name == "data" and "data" in fields else value
        else:
            if "data" in fields:
                yield Frame(fields.get("event", "message"), fields["data"], fields.get("id", ""))
            fields = {}
