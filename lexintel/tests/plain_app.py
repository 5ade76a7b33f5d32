"""An application without Django for the tests of the web server, and the process that serves it.

    python -m lexintel.tests.plain_app MAX_BODY_BYTES

/count      the number of bytes and messages of the request's body
/slow-count the same, but a while passes before the body is asked for
/endless    a body without end
/write-now  lines that are written past the buffer while that works, then how many they were
/wait       nothing until the client leaves
/left       how many clients of /wait have left
/memory     the most memory the process has ever had

A WebSocket is answered with the length of each message.
"""

import asyncio
import json
import resource
import sys
from typing import Any

import structlog

from lexintel.web_server import WebServer

MIB = 1 << 20
left = 0


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await _echo(receive, send)
        return
    await _PATHS[scope["path"]](scope, receive, send)


async def _answer(send: Any, value: object) -> None:
    body = json.dumps(value).encode()
    headers = [(b"Content-Length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _count(scope: Any, receive: Any, send: Any) -> None:
    size, messages = 0, 0
    while True:
        message = await receive()
        size, messages = size + len(message["body"]), messages + 1
        if not message["more_body"]:
            break
    await _answer(send, {"size": size, "messages": messages, "peak_mib": _peak_mib()})


async def _slow_count(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(0.1)
    await _count(scope, receive, send)


async def _endless(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    piece = bytes(64 * 1024)
    while True:
        await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _write_now(scope: Any, receive: Any, send: Any) -> None:
    write_now = scope["extensions"]["lexintel.write_now"]
    early = write_now(b"too early")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begin\n", "more_body": True})
    await asyncio.sleep(0.1)
    taken = 0
    while write_now(b"%06d\n" % taken):
        taken += 1
        if taken == 20_000:
            break
    await send({"type": "http.response.body", "body": b"early %s taken %d\n" % (str(early).encode(), taken)})


async def _wait(scope: Any, receive: Any, send: Any) -> None:
    global left
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begin\n", "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        pass
    left += 1


async def _left(scope: Any, receive: Any, send: Any) -> None:
    await _answer(send, {"left": left})


async def _memory(scope: Any, receive: Any, send: Any) -> None:
    await _answer(send, {"peak_mib": _peak_mib()})


def _peak_mib() -> float:
    # Kilobytes on Linux, bytes on macOS.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform.startswith("linux") else MIB)


async def _echo(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": str(len(message.get("text") or message.get("bytes") or ""))})


_PATHS = {
    "/count": _count,
    "/slow-count": _slow_count,
    "/endless": _endless,
    "/write-now": _write_now,
    "/wait": _wait,
    "/left": _left,
    "/memory": _memory,
}


async def goodbye() -> None:
    print("goodbye", flush=True)


if __name__ == "__main__":
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    WebServer(
        application,
        endpoints=["tcp:port=0:interface=127.0.0.1"],
        goodbye=goodbye,
        max_body_bytes=int(sys.argv[1]),
        websocket_max_message_size=64 * 1024,
        websocket_max_frame_size=64 * 1024,
        server_name="",
        verbosity=0,
    ).run()
