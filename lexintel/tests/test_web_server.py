"""The web server as a client meets it: large bodies both ways, slow clients, those that leave, and its end."""

import base64
import http.client
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest
from django.conf import settings

from lexintel.tests.processes import eventually

MIB = 1 << 20
MAX_BODY = 96 * MIB


class Server:
    """A process that serves lexintel/tests/plain_app.py."""

    def __init__(self, max_body: int) -> None:
        command = [sys.executable, "-m", "lexintel.tests.plain_app", str(max_body)]
        environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=settings.BASE_DIR, env=environment)
        self.port = json.loads(self.line())["port"]

    def line(self) -> str:
        return self.process.stdout.readline().decode()

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def get(self, path: str) -> dict:
        with closing(self.connect()) as connection:
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())

    def open(self, path: str, receive_buffer: int = 0) -> socket.socket:
        """A bare connection that has asked for `path` and read nothing."""
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", self.port))
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return connection

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@contextmanager
def serving(max_body: int = MAX_BODY) -> Iterator[Server]:
    server = Server(max_body)
    try:
        yield server
    finally:
        server.end()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


def pieces(size: int) -> Iterator[bytes]:
    for _ in range(size // MIB):
        yield bytes(MIB)


@pytest.mark.parametrize("how", ["with its length", "in chunks"])
@pytest.mark.parametrize("kind", ["application/octet-stream", "multipart/form-data; boundary=x", "text/plain"])
def test_a_large_upload_comes_in_pieces_and_not_through_memory(server, kind, how):
    size = 64 * MIB
    before = server.get("/memory")["peak_mib"]
    with closing(server.connect()) as connection:
        headers = {"Content-Type": kind} | ({"Content-Length": str(size)} if how == "with its length" else {})
        connection.request("POST", "/count", body=pieces(size), headers=headers)
        counted = json.loads(connection.getresponse().read())
    assert counted["size"] == size and counted["messages"] > 500
    assert counted["peak_mib"] - before < 16


@pytest.mark.parametrize("size", [0, 1, 8192, 64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1, 99_999, 100_000, 3 * MIB + 7])
@pytest.mark.parametrize("path", ["/count", "/slow-count"])
def test_a_body_of_any_size_is_whole_however_late_it_is_asked_for(server, path, size):
    with closing(server.connect()) as connection:
        for _ in range(2):  # and the connection is good for another
            connection.request("POST", path, body=bytes(size))
            assert json.loads(connection.getresponse().read())["size"] == size


def test_an_upload_that_breaks_off_hurts_nobody(server):
    for _ in range(5):
        with server.open("/left") as connection:
            connection.sendall(b"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nonly this")
    assert "left" in server.get("/left")


LIMIT = 2 * MIB


@pytest.fixture(scope="module")
def small() -> Iterator[Server]:
    """A server that takes little."""
    with serving(LIMIT) as server:
        yield server


class TestTooLarge:
    def test_exactly_the_limit_is_not(self, small):
        with closing(small.connect()) as connection:
            connection.request("POST", "/count", body=bytes(LIMIT))
            assert json.loads(connection.getresponse().read())["size"] == LIMIT

    def test_a_length_beyond_the_limit_is_refused_before_a_byte_is_sent(self, small):
        with small.open("/left") as connection:
            connection.recv(1000)
            head = f"POST /count HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {LIMIT + 1}\r\n\r\n"
            connection.sendall(head.encode())
            answer = self.read(connection)
        assert answer.startswith(b"HTTP/1.1 413 ")
        problem = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert (problem["status"], problem["code"]) == (413, "too_large") and "2 MB" in problem["detail"]
        assert b"Content-Type: application/problem+json" in answer

    @pytest.mark.parametrize("how", ["with its length", "in chunks"])
    def test_a_client_that_sends_all_the_same_reads_the_answer(self, small, how):
        with closing(small.connect()) as connection:
            headers = {"Content-Length": str(8 * MIB)} if how == "with its length" else {}
            connection.request("POST", "/count", body=pieces(8 * MIB), headers=headers)
            assert connection.getresponse().status == 413

    def test_one_that_never_stops_is_cut_off(self, small):
        with small.open("/left") as connection:
            connection.recv(1000)
            connection.sendall(b"POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            started = time.monotonic()
            with pytest.raises(OSError):
                while time.monotonic() - started < 10:
                    connection.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")
                    time.sleep(0.001)
            assert time.monotonic() - started < 8

    @staticmethod
    def read(connection: socket.socket) -> bytes:
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
            _, _, body = answer.partition(b"\r\n\r\n")
            if body.endswith(b"}"):
                break
        return answer


@pytest.mark.parametrize("path", ["/endless", "/write-now"])
def test_a_client_that_reads_nothing_costs_no_memory(server, path):
    before = server.get("/memory")["peak_mib"]
    with ExitStack() as connections:
        for _ in range(10):
            connections.enter_context(server.open(path, receive_buffer=4096))
        time.sleep(1)
        assert server.get("/memory")["peak_mib"] - before < 16


def test_one_slow_client_holds_up_no_other(server):
    with server.open("/endless", receive_buffer=4096):
        time.sleep(0.3)
        started = time.monotonic()
        for _ in range(20):
            server.get("/left")
        assert time.monotonic() - started < 2


def test_what_is_written_past_the_buffer_comes_whole_and_in_order(server):
    with closing(server.connect()) as connection:
        connection.request("GET", "/write-now")
        lines = connection.getresponse().read().decode().splitlines()
    assert lines[0] == "begin"
    *numbers, end = lines[1:]
    assert end == f"early False taken {len(numbers)}" and len(numbers) > 1000
    assert numbers == [f"{n:06d}" for n in range(len(numbers))]


def begun(connection: socket.socket) -> None:
    """Wait until the first piece of the answer has come."""
    answer = b""
    while b"begin" not in answer:
        piece = connection.recv(1000)
        assert piece
        answer += piece


def test_hundreds_of_clients_that_leave_are_gone_within_two_seconds(server):
    before = server.get("/left")["left"]
    for _ in range(3):
        connections = [server.open("/wait") for _ in range(100)]
        for connection in connections:
            begun(connection)
            # As when a machine goes away: no farewell but a reset.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
    eventually(lambda: server.get("/left")["left"] - before == 300, within=2)


class TestWebSockets:
    @staticmethod
    def open(server: Server) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET / HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", ""]
        connection.sendall("\r\n".join(lines).encode())
        assert b" 101 " in connection.recv(4096)
        return connection

    @staticmethod
    def send(connection: socket.socket, size: int, *, opcode: int = 0x81) -> None:
        if size < 126:
            head = struct.pack("!BB", opcode, 0x80 | size)
        elif size < 65536:
            head = struct.pack("!BBH", opcode, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", opcode, 0x80 | 127, size)
        connection.sendall(head + bytes(4) + b"x" * size)

    def test_a_message_of_64_kib_is_taken(self, server):
        with self.open(server) as connection:
            self.send(connection, 64 * 1024)
            assert connection.recv(100) == b"\x81\x0565536"

    def test_one_byte_more_ends_the_connection_and_nothing_else(self, server):
        with self.open(server) as large, self.open(server) as other:
            self.send(large, 64 * 1024 + 1)
            frame = large.recv(100)
            assert frame[0] == 0x88 and struct.unpack("!H", frame[2:4]) == (1009,)
            self.send(other, 5)
            assert other.recv(100) == b"\x81\x015"

    def test_nor_may_it_come_in_pieces(self, server):
        with self.open(server) as connection:
            self.send(connection, 60_000, opcode=0x01)
            self.send(connection, 60_000, opcode=0x80)
            frame = connection.recv(100)
            assert frame[0] == 0x88 and struct.unpack("!H", frame[2:4]) == (1009,)


def test_at_its_end_it_says_goodbye_ends_what_runs_and_leaves():
    with serving() as server:
        waiting = server.open("/wait")
        begun(waiting)
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 0
        assert time.monotonic() - started < 3
        assert "goodbye" in server.line()
        waiting.close()


def test_a_port_that_is_taken_is_said_and_is_a_failure(server, tmp_path):
    environment = os.environ | {"LEXINTEL_DATA_DIR": str(tmp_path)}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "web", "--port", str(server.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert done.returncode == 1 and "web_cannot_listen" in done.stderr
