"""An endpoint may be next door, never a cloud's metadata service; a name is looked up once."""

import ipaddress
import socket
from typing import Any

import pytest

from extraction.embedding import EmbeddingUnavailable
from extraction.embedding.addresses import connect, forbidden


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.0.1",
        "fe80::1",
        "fe80::1%1",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "100.100.100.200",
        "168.63.129.16",
        "224.0.0.1",
        "ff02::1",
        "0.0.0.0",
        "::",
        "::ffff:0.0.0.0",
    ],
)
def test_metadata_link_local_and_empty_addresses_are_forbidden(address):
    assert forbidden(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "10.1.2.3", "192.168.1.9", "fd12::1", "8.8.8.8", "2001:db8::1"]
)
def test_loopback_private_and_public_addresses_are_allowed(address):
    assert not forbidden(ipaddress.ip_address(address))


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        pytest.fail("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def resolving_to(monkeypatch: pytest.MonkeyPatch, *rounds: list[tuple[str, int]]) -> list[str]:
    """Names resolve to these addresses, one list per question; the questions asked."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        found = rounds[len(asked)]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", where) for where in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("host", ["169.254.169.254", "2852039166", "0xA9FEA9FE", "fd00:ec2::254", "0.0.0.0"])
def test_a_forbidden_address_in_any_spelling_is_never_connected_to(host, no_connection):
    with pytest.raises(EmbeddingUnavailable, match="metadata"):
        connect(host, 80, 1)


def test_a_name_with_one_forbidden_address_among_others_is_refused(monkeypatch, no_connection):
    resolving_to(monkeypatch, [("127.0.0.1", 80), ("169.254.169.254", 80)])
    with pytest.raises(EmbeddingUnavailable, match="metadata"):
        connect("model.example", 80, 1)


def test_a_name_that_changes_its_mind_is_asked_once_and_the_judged_address_used(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        where = server.getsockname()
        asked = resolving_to(monkeypatch, [where], [("169.254.169.254", 80)])
        with connect("rebinding.example", where[1], 5) as connection:
            assert connection.getpeername() == where
    assert asked == ["rebinding.example"]


def test_the_next_address_is_tried_when_one_does_not_answer(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = closed.getsockname()
    with socket.create_server(("127.0.0.1", 0)) as server:
        resolving_to(monkeypatch, [nobody, server.getsockname()])
        with connect("two.example", 80, 5) as connection:
            assert connection.getpeername() == server.getsockname()


def test_a_name_nobody_knows_and_a_port_nobody_serves_say_so(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(EmbeddingUnavailable, match="cannot be reached"):
        connect("127.0.0.1", port, 5)
    with pytest.raises(EmbeddingUnavailable, match="not known"):
        connect("a" * 64 + ".example", 80, 5)  # a label too long to be asked of any server
