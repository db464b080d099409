"""What is kept of a visitor's address: the network it is in, never the machine. A core."""

import ipaddress

IPV4_PREFIX = 24
IPV6_PREFIX = 48


def truncated(address: str) -> str | None:
    """``192.0.2.0/24`` or ``2001:db8:1::/48``; ``None`` when it is no address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return str(ipaddress.ip_network((ip, IPV4_PREFIX if ip.version == 4 else IPV6_PREFIX), strict=False))
