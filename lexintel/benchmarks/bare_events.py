"""The least that could bring events to clients on the same server: one reader, no rights, no snapshot, no replay.

python -m lexintel.benchmarks.bare_events REDIS_URL STREAM
"""

import asyncio
import sys
from typing import Any

import structlog
from redis.asyncio import Redis

from lexintel.web_server import WebServer

_HEADERS = [(b"Content-Type", b"text/event-stream; charset=utf-8")]


class Bare:
    def __init__(self, redis_url: str, stream: str) -> None:
        self.redis_url, self.stream = redis_url, stream
        self.queues: set[asyncio.Queue[bytes]] = set()
        self.reader: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        self.queues.add(queue)
        self.reader = self.reader or asyncio.create_task(self.read())
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await queue.put(b"event: open\ndata: {}\n\n")
        while True:
            await send({"type": "http.response.body", "body": await queue.get(), "more_body": True})

    async def read(self) -> None:
        redis, last = Redis.from_url(self.redis_url), "$"
        while True:
            answer: Any = await redis.xread({self.stream: last}, block=1000)
            for id, fields in answer[0][1] if answer else []:
                last = id.decode()
                frame = b"event: progress\nid: %s\ndata: %s\n\n" % (id, fields[b"progress"])
                for queue in self.queues:
                    queue.put_nowait(frame)

    async def goodbye(self) -> None:
        if self.reader:
            self.reader.cancel()


def main(redis_url: str, stream: str) -> None:
    # As `manage.py web` does it: one line of JSON says where it listens.
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    bare = Bare(redis_url, stream)
    WebServer(bare, endpoints=["tcp:port=0:interface=127.0.0.1"], goodbye=bare.goodbye, verbosity=0).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
