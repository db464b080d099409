"""Who is on the other side of a request, when a reverse proxy may stand between.

``X-Forwarded-For`` is believed only when the peer is a proxy the operator named, and only as far back as the
chain of such proxies reaches: the last hop that is not ours is the client, whatever it claimed before itself.
No I/O; signaling and the access log ask it.
"""

import ipaddress
from collections.abc import Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_networks(names: Sequence[str]) -> tuple[Network, ...]:
    """Addresses or CIDR ranges as networks; ``ValueError`` names the one that is neither."""
    return tuple(ipaddress.ip_network(name, strict=False) for name in names)


def client_address(peer: str | None, forwarded_for: Sequence[str], trusted: Sequence[Network]) -> str:
    """The client's address, or ``"unknown"`` when there is no peer address.

    ``peer`` is the address of the TCP peer; ``forwarded_for`` the values of every ``X-Forwarded-For`` header in
    the order received.
    """
    if peer is None:
        return "unknown"
    if not _is_trusted(peer, trusted):
        return peer
    hops = [hop.strip() for value in forwarded_for for hop in value.split(",")]
    nearest = peer
    for hop in reversed(hops):
        address = _address(hop)
        if address is None:
            return nearest
        nearest = address
        if not _is_trusted(address, trusted):
            return address
    return nearest


def client_is_secure(
    secure: bool, peer: str | None, forwarded_proto: str | None, trusted: Sequence[Network]
) -> bool:
    """Whether the client speaks TLS: to us (``secure``), or to a trusted proxy that says so.

    ``forwarded_proto`` is the value of ``X-Forwarded-Proto``; of several, the nearest proxy's is the last.
    """
    if secure or forwarded_proto is None or peer is None or not _is_trusted(peer, trusted):
        return secure
    return forwarded_proto.rpartition(",")[2].strip().lower() == "https"


def counted_as(address: str) -> str:
    """Whom limits count an address as: an IPv6 client as its /64, because it owns all of it."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return address
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False))


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return any((mapped or ip) in network for network in trusted)


def _address(hop: str) -> str | None:
    """``hop`` as a canonical address, without the port or brackets some proxies add."""
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        return str(ipaddress.ip_address(hop))
    except ValueError:
        return None
