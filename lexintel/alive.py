"""/healthz: alive, whatever is the matter with others. Answered by the event loop itself, without waiting for a thread:
what asks is a supervisor, and what it wants to know is whether the loop turns.
"""

from typing import Any

BODY = b'{"status": "ok"}'
_HEADERS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]


async def healthz(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application."""
    asked = scope["method"] in ("GET", "HEAD")
    body = BODY if asked and scope["method"] == "GET" else b""
    length = BODY if asked else b""
    headers = [*_HEADERS, (b"content-length", str(len(length)).encode())]
    if not asked:
        headers.append((b"allow", b"GET, HEAD"))
    await send({"type": "http.response.start", "status": 200 if asked else 405, "headers": headers})
    await send({"type": "http.response.body", "body": body})
