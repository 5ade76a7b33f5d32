"""Many clients of event streams in one process, light enough not to disturb what they measure.

    python -m lexintel.benchmarks.event_clients PORT PATH EVENTS FOLDER   < one Authorization header per client

Says `open` when every stream has begun and `all` when every event has come everywhere; ends at the line `stop`.
Writes `FOLDER/arrivals`: for each client EVENTS 64-bit integers, when the event with that number came (nanoseconds of
the machine's monotonic clock, 0: it did not); and says what else was seen: one JSON object.
"""

import json
import re
import selectors
import socket
import sys
import time
from array import array
from dataclasses import dataclass, field
from pathlib import Path

# An event's number is in `page`; the clients need nothing else of it.
_EVENT = re.compile(rb'event: progress\nid: (\d+)-(\d+)\ndata: [^\n]*"page":(\d+)')
_END = b"\n\n"
# Python sets so much aside at every read; much more than an event costs more time than the event.
_READ_BYTES = 16_384


@dataclass
class Client:
    connection: socket.socket
    arrivals: "array[int]"
    rest: bytes = b""
    last: tuple[int, int] = (0, 0)
    seen: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("out_of_order", "duplicates", "resets"), 0))
    missing: int = 0
    is_open: bool = False
    ended: bool = False

    def read(self) -> None:
        data = self.connection.recv(_READ_BYTES)
        now = time.monotonic_ns()
        if not data:
            self.ended = True
            return
        if self.rest:
            data = self.rest + data
        end = data.rfind(_END) + 2
        if end != len(data):
            # Between two chunks of HTTP there is a line of their length; it is no part of any event.
            data, self.rest = data[:end], data[end:]
        else:
            self.rest = b""
        for ms, count, number in _EVENT.findall(data):
            self._note(int(number), (int(ms), int(count)), now)
        if b"event: reset" in data:
            self.seen["resets"] += 1
        self.is_open = self.is_open or b"event: snapshot" in data or b"event: open" in data

    def _note(self, number: int, id: tuple[int, int], now: int) -> None:
        if id <= self.last:
            self.seen["out_of_order"] += 1
        self.last = id
        if self.arrivals[number]:
            self.seen["duplicates"] += 1
        else:
            self.arrivals[number] = now
            self.missing -= 1


def main(port: int, path: str, events: int, folder: Path) -> None:
    headers = []
    for line in sys.stdin:
        if not line.strip():
            break
        headers.append(line.strip())
    clients = [_connect(port, path, header, events) for header in headers]
    _listen(clients)
    with open(folder / "arrivals", "wb") as file:
        for client in clients:
            client.arrivals.tofile(file)
    totals = {name: sum(c.seen[name] for c in clients) for name in clients[0].seen}
    print(json.dumps(totals | {"ended": sum(c.ended for c in clients)}))


def _connect(port: int, path: str, header: str, events: int) -> Client:
    connection = socket.create_connection(("127.0.0.1", port))
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{header}\r\nAccept: text/event-stream\r\n\r\n"
    connection.sendall(head.encode())
    connection.setblocking(False)
    return Client(connection, array("q", bytes(8 * events)), missing=events)


def _listen(clients: list[Client]) -> None:
    selector = selectors.DefaultSelector()
    for client in clients:
        selector.register(client.connection, selectors.EVENT_READ, client)
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    said: list[str] = []
    while True:
        for key, _ in selector.select():
            if key.data is None:
                return
            key.data.read()
            if key.data.ended:
                selector.unregister(key.fileobj)
        if not said and all(c.is_open or c.ended for c in clients):
            _say("open", said)
        if said == ["open"] and not any(c.missing for c in clients):
            _say("all", said)


def _say(word: str, said: list[str]) -> None:
    said.append(word)
    print(word, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
