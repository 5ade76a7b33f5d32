"""An embedding endpoint on the loopback that can have a bad time: errors, garbage, silence."""

import json
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DIMENSIONS = 384
SILENCE_S = 3.0


class Endpoint(ThreadingHTTPServer):
    """`mood`: good, error, garbage, nan, narrow (vectors of another width) or silent."""

    daemon_threads = True
    mood = "good"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        mood = self.server.mood
        if mood == "silent":
            time.sleep(SILENCE_S)
        if mood in ("error", "silent"):
            self.send_error(500)
            return
        body = b"{garbage" if mood == "garbage" else _answer(asked["input"], mood).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _answer(texts: list[str], mood: str) -> str:
    data = []
    for index, text in enumerate(texts):
        vector = _vector(text)
        if mood == "nan":
            vector[0] = float("nan")
        data.append({"index": index, "embedding": vector[:7] if mood == "narrow" else vector})
    return json.dumps({"data": data})


def _vector(text: str) -> list[float]:
    """The same for the same text, and of words: so that runs can be compared."""
    vector = [0.0] * DIMENSIONS
    vector[0] = 0.5
    for word in text.lower().split():
        vector[zlib.crc32(word.encode()) % DIMENSIONS] += 1.0
    return vector


@contextmanager
def embedding_endpoint() -> Iterator[Endpoint]:
    """Listens until the block ends."""
    server = Endpoint(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, name="endpoint", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
