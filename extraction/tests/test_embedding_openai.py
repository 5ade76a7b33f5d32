"""An endpoint that hangs, lies, breaks off or points elsewhere costs a moment and no secret."""

import datetime
import ipaddress
import json
import logging
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from extraction.embedding import EmbeddingOptions, EmbeddingUnavailable, endpoint
from extraction.embedding.breaker import CircuitBreaker
from extraction.embedding.endpoint import TimeLimits, parse
from extraction.embedding.openai import OpenAIEmbedder

KEY = "sk-very-secret-0001"
TEXT = "privileged and confidential"


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    json: dict[str, Any]


@dataclass
class Server:
    """Answers as `answer` says; remembers what it was asked."""

    url: str = ""
    answer: Callable[[BaseHTTPRequestHandler, Request], None] = lambda handler, request: None
    requests: list[Request] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def embedder(self, answer_s: float = 10, **options: Any) -> OpenAIEmbedder:
        base = {"model": "m", "base_url": self.url, "api_key": KEY}
        made = EmbeddingOptions("openai", data_dir=Path("unused"), **(base | options))
        return OpenAIEmbedder(made, limits=TimeLimits(5, answer_s), breaker=CircuitBreaker())


@pytest.fixture
def http_server() -> Iterator[ThreadingHTTPServer]:
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        timeout = 30  # of a connection on which nothing comes

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            request = Request(self.path, dict(self.headers), json.loads(content))
            server.requests.append(request)
            try:
                server.answer(self, request)
            except OSError:
                pass  # the client has left

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            """Tests read what the product logs, not this."""

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = False
    made.lexintel = server  # type: ignore[attr-defined]
    server.url = f"http://127.0.0.1:{made.server_port}/v1"
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.over.set()
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def server(http_server: ThreadingHTTPServer) -> Server:
    made: Server = http_server.lexintel  # type: ignore[attr-defined]
    made.answer = vectors()
    return made


def send(handler: BaseHTTPRequestHandler, content: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def vector(text: str, width: int) -> list[float]:
    return [float(len(text)), *[1.0] * (width - 1)]


def vectors(width: int = 384, shuffled: bool = False, shortens: bool = False) -> Callable[..., None]:
    """A well-behaved server: a vector for each text; it may answer in another order, or shorten on demand."""

    def answer(handler: BaseHTTPRequestHandler, request: Request) -> None:
        given = request.json.get("dimensions", width) if shortens else width
        data = [{"index": i, "embedding": vector(text, given)} for i, text in enumerate(request.json["input"])]
        send(handler, json.dumps({"data": data[::-1] if shuffled else data}).encode())

    return answer


def status(code: int, **headers: str) -> Callable[..., None]:
    return lambda handler, request: send(handler, f"{KEY} {TEXT}".encode(), code, **headers)


def refusal(embedder: OpenAIEmbedder) -> str:
    """The message of a failed call, which holds neither text nor key, nor leads to an exception that does."""
    with pytest.raises(EmbeddingUnavailable) as caught:
        embedder.embed([TEXT])
    error = caught.value
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
    assert KEY not in str(error)
    assert TEXT not in str(error)
    return str(error)


def test_texts_become_unit_vectors_in_the_order_given(server):
    server.answer = vectors(shuffled=True)
    texts = ["a" * n for n in range(1, 150)]
    made = server.embedder().embed(texts)
    expected = np.array([vector(text, 384) for text in texts])
    assert (made.dtype, made.shape) == (np.float32, (149, 384))
    assert np.allclose(made, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-6)
    assert [len(request.json["input"]) for request in server.requests] == [64, 64, 21]


def test_the_request_is_the_plainest_there_is(server):
    assert server.embedder(model="bge:latest").model == "bge:latest@openai"
    server.embedder(model="bge:latest").embed(["one", "", "half \ud83d"])
    (request,) = server.requests
    assert request.path == "/v1/embeddings"
    assert request.json == {"model": "bge:latest", "input": ["one", " ", "half ?"], "encoding_format": "float"}
    assert request.headers["Authorization"] == f"Bearer {KEY}"


def test_without_a_key_none_is_sent(server):
    server.embedder(api_key="").embed(["one"])
    assert "Authorization" not in server.requests[0].headers


def test_a_server_that_hangs_is_left_after_the_time_limit(server):
    server.answer = lambda handler, request: server.over.wait()
    assert "within 0.1 s" in refusal(server.embedder(answer_s=0.1))


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"HTTP/1.1 200 OK\r\n", b""])
def test_a_server_that_drips_is_left_after_the_time_limit(server, head):
    def drip(handler: BaseHTTPRequestHandler, request: Request) -> None:
        handler.wfile.write(head)
        while not server.over.wait(0.02):
            handler.wfile.write(b"x")

    server.answer = drip
    assert "within 0.2 s" in refusal(server.embedder(answer_s=0.2))


@pytest.mark.parametrize(
    ("code", "advice"), [(500, "log"), (503, "log"), (401, "KEY"), (404, "MODEL"), (429, "fewer"), (400, "log")]
)
def test_an_error_status_is_told_without_what_the_server_wrote(server, code, advice):
    server.answer = status(code)
    message = refusal(server.embedder())
    assert str(code) in message
    assert advice in message


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(server, code):
    server.answer = status(code, Location=f"{server.url}/elsewhere")
    assert "not followed" in refusal(server.embedder())
    assert [request.path for request in server.requests] == ["/v1/embeddings"]


@pytest.mark.parametrize("line", [f"HTTP/1.1 {KEY} {TEXT}\r\n\r\n", f"{KEY} {TEXT}\r\n\r\n", ""])
def test_a_server_that_speaks_no_http_is_told_without_what_it_wrote(server, line):
    server.answer = lambda handler, request: handler.wfile.write(line.encode())
    assert "broke off" in refusal(server.embedder())


def test_an_answer_that_ends_early_is_no_answer(server):
    whole = b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"data": ['
    server.answer = lambda handler, request: handler.wfile.write(whole)
    assert refusal(server.embedder())


def test_an_endless_answer_is_cut(server, monkeypatch):
    monkeypatch.setattr(endpoint, "MAX_ANSWER_BYTES", 1000)
    assert "too large" in refusal(server.embedder())


@pytest.mark.parametrize(
    "content",
    [
        {"data": [{"index": 0, "embedding": [float("nan")] * 384}]},
        {"data": [{"index": 0, "embedding": [0.0] * 384}]},
        {"data": []},
        {"error": TEXT},
    ],
)
def test_an_answer_that_is_no_vector_is_refused(server, content):
    server.answer = lambda handler, request: send(handler, json.dumps(content).encode())
    assert refusal(server.embedder())


def test_a_model_of_another_width_is_asked_once_more_for_384(server):
    server.answer = vectors(1536, shortens=True)
    embedder = server.embedder(dimensions=384)
    embedder.embed(["one"])
    embedder.embed(["two"])
    assert [request.json.get("dimensions") for request in server.requests] == [None, 384, 384]


def test_a_model_that_stays_at_another_width_is_refused_with_both_numbers(server):
    server.answer = vectors(768)
    message = refusal(server.embedder(dimensions=384))
    assert "768" in message
    assert "384" in message


def test_a_server_that_refuses_the_field_is_told_to_have_the_wrong_width(server):
    def answer(handler: BaseHTTPRequestHandler, request: Request) -> None:
        status(400)(handler, request) if "dimensions" in request.json else vectors(1024)(handler, request)

    server.answer = answer
    assert "1024" in refusal(server.embedder(dimensions=384))


def test_a_model_keeps_its_own_width_from_its_first_answer_on(server):
    server.answer = vectors(1024)
    embedder = server.embedder()
    assert embedder.embed(["one"]).shape == (1, 1024)
    assert embedder.dimensions == 1024
    server.answer = vectors(768)
    assert "768" in refusal(embedder)


def test_a_model_that_is_too_wide_to_be_stored_is_asked_for_what_can_be(server):
    server.answer = vectors(4096, shortens=True)
    embedder = server.embedder()
    assert embedder.embed(["one"]).shape == (1, 4000)
    assert [request.json.get("dimensions") for request in server.requests] == [None, 4000]


def test_a_server_that_fails_three_times_is_not_asked_a_fourth(server):
    server.answer = status(500)
    embedder = server.embedder()
    messages = [refusal(embedder) for _ in range(6)]
    assert len(server.requests) == 3
    assert all("asked again in" in message for message in messages[3:])


def test_failures_and_successes_log_neither_text_nor_key(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.embedder().embed([TEXT])
    server.answer = status(500)
    refusal(server.embedder())
    assert KEY not in caplog.text
    assert TEXT not in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8080",
        "ftp://127.0.0.1/v1",
        "file:///etc/passwd",
        "http://",
        "http://user:secret@127.0.0.1/v1",
        "http://127.0.0.1:99999/v1",
        "http://127.0.0.1/v1?key=secret",
        "http://127.0.0.1/v1#x",
        "http://[::1/v1",
        "http://müller.example/v1",
        "http://127.0.0.1/a b",
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url):
    with pytest.raises(EmbeddingUnavailable, match="EMBEDDING_BASE_URL") as caught:
        parse(url, "embeddings")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:11434", (False, "localhost", 11434, "/v1/embeddings")),
        ("http://localhost:11434/v1/", (False, "localhost", 11434, "/v1/embeddings")),
        ("https://api.example.org/v1", (True, "api.example.org", 443, "/v1/embeddings")),
        ("https://api.example.org/team/", (True, "api.example.org", 443, "/team/v1/embeddings")),
        ("https://api.example.org/api/v3", (True, "api.example.org", 443, "/api/v3/embeddings")),
        ("http://[::1]:8080/v1", (False, "::1", 8080, "/v1/embeddings")),
        ("http://127.0.0.1/vendor", (False, "127.0.0.1", 80, "/vendor/v1/embeddings")),
    ],
)
def test_the_address_is_taken_with_or_without_its_version(url, expected):
    made = parse(url, "embeddings")
    assert (made.secure, made.host, made.port, made.path) == expected


@pytest.mark.parametrize("key", [f"{KEY}\r\nX-Evil: 1", f"{KEY}\n", "schlüssel", f"{KEY}\0"])
def test_a_key_that_would_break_the_request_is_refused_without_repeating_it(server, key):
    with pytest.raises(EmbeddingUnavailable, match="EMBEDDING_API_KEY") as caught:
        server.embedder(api_key=key)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("name", ["", "m" * 200])
def test_a_model_name_that_cannot_be_recorded_is_refused(server, name):
    with pytest.raises(EmbeddingUnavailable, match="EMBEDDING_MODEL"):
        server.embedder(model=name)


def certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 and its key in one file, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM) + plain)
    return folder / "server.pem"


@pytest.fixture
def tls_server(server: Server, http_server: ThreadingHTTPServer, tmp_path: Path) -> tuple[Server, Path]:
    pem = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    http_server.socket = context.wrap_socket(http_server.socket, server_side=True)
    server.url = server.url.replace("http:", "https:")
    return server, pem


def test_a_certificate_that_is_trusted_is_enough_and_the_time_limit_holds(tls_server, monkeypatch):
    server, pem = tls_server
    monkeypatch.setattr(endpoint, "_trust", lambda: ssl.create_default_context(cafile=str(pem)))
    assert server.embedder().embed(["one"]).shape == (1, 384)
    server.answer = lambda handler, request: server.over.wait()
    assert "within 0.2 s" in refusal(server.embedder(answer_s=0.2))


def test_a_certificate_that_nobody_vouches_for_is_refused_before_the_key_is_sent(tls_server):
    server, _ = tls_server
    assert "certificate" in refusal(server.embedder())
    assert server.requests == []


def test_a_server_without_tls_is_not_asked_over_https(server):
    assert "TLS" in refusal(server.embedder(base_url=server.url.replace("http:", "https:")))
    assert server.requests == []
