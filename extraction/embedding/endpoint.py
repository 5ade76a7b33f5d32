"""One JSON request to a configured endpoint: no redirect followed, no proxy asked, an end to waiting and to reading."""

import http.client
import socket
import ssl
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from extraction.embedding.addresses import connect
from extraction.embedding.base import EMBEDDING, EmbeddingUnavailable, Service

# 64 vectors of 4,096 numbers are 6 MB.
MAX_ANSWER_BYTES = 16 << 20
ADVICE = {
    401: "Check {0}_API_KEY.",
    403: "Check {0}_API_KEY.",
    404: "Check {0}_BASE_URL and {0}_MODEL.",
    429: "It asks for fewer requests; the work is tried again later.",
}


class EndpointRefused(EmbeddingUnavailable):
    """The endpoint answered with a status other than 200."""

    def __init__(self, status: int, service: Service) -> None:
        advice = "Redirects are not followed: name their target." if 300 <= status < 400 else "Look at its own log."
        advice = ADVICE.get(status, advice).format(service.prefix)
        super().__init__(f"The {service.called} answered {status}. {advice}")
        self.status = status


@dataclass(frozen=True)
class TimeLimits:
    """Seconds until there is a connection, and from then until the answer is whole."""

    connect_s: float = 10.0
    answer_s: float = 60.0


@dataclass(frozen=True)
class Endpoint:
    secure: bool
    host: str
    port: int
    path: str
    service: Service = EMBEDDING


def parse(base_url: str, resource: str, service: Service = EMBEDDING) -> Endpoint:
    """Where `resource` of an API lies, given the API's address with or without /v1. Raises EmbeddingUnavailable."""
    try:
        url = urlsplit(base_url.strip())
        port = url.port
    except ValueError:
        url, port = urlsplit(""), None
    usable = url.scheme in ("http", "https") and url.hostname and url.username is None
    if not usable or url.query or url.fragment or not (url.netloc + url.path).isascii() or " " in url.path:
        raise EmbeddingUnavailable(
            f"{service.prefix}_BASE_URL is no usable address. Give scheme, host and path, for example "
            "http://127.0.0.1:8080/v1."
        )
    base = url.path.rstrip("/")
    if not base.rpartition("/")[2].removeprefix("v").isdigit():
        base += "/v1"
    secure = url.scheme == "https"
    return Endpoint(secure, str(url.hostname), port or (443 if secure else 80), f"{base}/{resource}", service)


def post(endpoint: Endpoint, body: bytes, headers: dict[str, str], limits: TimeLimits) -> bytes:
    """The body of the answer to a POST. Raises EmbeddingUnavailable.

    No foreign text reaches a message and no cause is chained: a status line can repeat what was sent.
    """
    called = endpoint.service.called
    connection = _connection(endpoint, limits)
    started = time.monotonic()
    # A limit per read would let a server drip for ever; this ends the whole exchange, TLS or not.
    watchdog = threading.Timer(limits.answer_s, _hang_up, [connection.sock])
    watchdog.daemon = True
    watchdog.start()
    try:
        with closing(connection):
            connection.request("POST", endpoint.path, body, headers)
            with closing(connection.getresponse()) as answer:
                status, content = answer.status, answer.read(MAX_ANSWER_BYTES + 1)
    except (OSError, http.client.HTTPException, ValueError):
        status, content = 0, b""
    finally:
        watchdog.cancel()
    if time.monotonic() - started >= limits.answer_s:
        raise EmbeddingUnavailable(f"The {called} did not answer within {limits.answer_s:g} s.")
    if not status:
        raise EmbeddingUnavailable(f"The {called} broke off its answer. Look at its own log.")
    if status != 200:
        raise EndpointRefused(status, endpoint.service)
    if len(content) > MAX_ANSWER_BYTES:
        raise EmbeddingUnavailable(f"The {called}'s answer is too large to be right.")
    return content


def _connection(endpoint: Endpoint, limits: TimeLimits) -> http.client.HTTPConnection:
    """Connected already, so that http.client neither resolves the name again nor chooses another address."""
    started = time.monotonic()
    called = endpoint.service.called
    plain = connect(endpoint.host, endpoint.port, limits.connect_s, endpoint.service)
    kind = http.client.HTTPSConnection if endpoint.secure else http.client.HTTPConnection
    connection = kind(endpoint.host, endpoint.port)
    try:
        if endpoint.secure:
            plain.settimeout(max(limits.connect_s - (time.monotonic() - started), 0.001))
            connection.sock = _trust().wrap_socket(plain, server_hostname=endpoint.host)
        else:
            connection.sock = plain
    except ssl.SSLCertVerificationError:
        plain.close()
        raise EmbeddingUnavailable(
            f"The {called}'s certificate is not trusted here. SSL_CERT_FILE can name yours."
        ) from None
    except TimeoutError:
        plain.close()
        raise EmbeddingUnavailable(f"The {called} accepts connections and says nothing.") from None
    except (OSError, ValueError):
        plain.close()
        raise EmbeddingUnavailable(f"The {called} does not speak TLS. Should it be http?") from None
    connection.sock.settimeout(limits.answer_s)
    return connection


@cache
def _trust() -> ssl.SSLContext:
    # Reading the machine's authorities takes longer than asking a server next door.
    return ssl.create_default_context()


def _hang_up(connection: socket.socket) -> None:
    try:
        # The plain socket's own method: that of a TLS socket would change what the reading thread is using.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        pass
