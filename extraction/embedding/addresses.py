"""Which network addresses a configured endpoint may have: private and loopback ones, but never a cloud's metadata.

A name is resolved once, every address it has is judged, and the connection goes to one that was judged: a name that
changes its mind between look and leap gains nothing.
"""

import ipaddress
import socket
import time

from extraction.embedding.base import EMBEDDING, EmbeddingUnavailable, Service

# Metadata and host services of clouds outside the link-local range: AWS, Alibaba, Azure, Oracle.
METADATA = frozenset(
    ipaddress.ip_address(a)
    for a in ("fd00:ec2::254", "fd00:ec2::23", "100.100.100.200", "168.63.129.16", "192.0.0.192")
)
# IPv4 inside IPv6 (RFC 6052): what a translator on the way would make of it counts.
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def forbidden(address: Address) -> bool:
    """Whether an address is link-local, a metadata service, or names no host at all."""
    inner = _inner(address)
    if inner is not None:
        return forbidden(inner)
    return address in METADATA or address.is_link_local or address.is_multicast or address.is_unspecified


def _inner(address: Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def connect(host: str, port: int, timeout_s: float, service: Service = EMBEDDING) -> socket.socket:
    """A TCP connection to a host, none of whose addresses is forbidden, within `timeout_s` for all of them together.

    Raises EmbeddingUnavailable.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise EmbeddingUnavailable(f"The host in {service.prefix}_BASE_URL is not known. Correct its name.") from None
    if not found or any(forbidden(ipaddress.ip_address(str(where[0]))) for *_, where in found):
        raise EmbeddingUnavailable(
            f"The host in {service.prefix}_BASE_URL has a link-local or metadata address; that is never asked."
        )
    deadline = time.monotonic() + timeout_s
    for family, kind, protocol, _, where in found:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(max(deadline - time.monotonic(), 0.001))
            connection.connect(where)
            return connection
        except OSError:
            connection.close()
    raise EmbeddingUnavailable(
        f"The {service.called} cannot be reached. Is it running, and {service.prefix}_BASE_URL right?"
    )
