"""Whom a load test may be pointed at: this machine and private networks, and others only on somebody's word.

No I/O: who asks has looked the names up.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping

from loadtest.errors import TargetRefused

DURATION_MAX_S = 24 * 3600
VIEWERS_MAX = 100_000


def check_targets(addresses: Mapping[str, Iterable[str]], *, is_own: bool) -> None:
    """`addresses` are the IP addresses of each host name. Raises `TargetRefused` unless all are loopback or private,
    or `is_own`.
    """
    for host, found in addresses.items():
        known = list(found)
        if not known:
            raise TargetRefused(f"{host}: the name has no address")
        strangers = [address for address in known if not _is_near(address)]
        if strangers and not is_own:
            raise TargetRefused(
                f"{host} is {strangers[0]}, which is neither this machine nor a private network. A load test of"
                " somebody else's server is an attack. If it is yours, say --i-own-this-target"
            )


def check_address(address: str, *, is_own: bool) -> None:
    """Of a connection that is about to be made, wherever it came from. Raises likewise."""
    if not is_own and not _is_near(address):
        raise TargetRefused(
            f"the server, or its name, leads to {address}, which is neither this machine nor a private network"
        )


def check_candidates(answer: str, *, is_own: bool) -> None:
    """The addresses an SDP answer sends media to are the server's word: the same holds for them. Raises likewise."""
    for found in _CANDIDATE.finditer(answer):
        try:
            is_near = _is_near(found[1])
        except ValueError:
            continue  # a name (mDNS), which the peers here pass over
        if not is_near and not is_own:
            raise TargetRefused(
                f"the answer sends media to {found[1]}, which is neither this machine nor a private network"
            )


_CANDIDATE = re.compile(r"^a=candidate:\S+ \d+ \S+ \d+ (\S+) \d+", re.MULTILINE)


def _is_near(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    near = mapped or address
    return near.is_loopback or near.is_link_local or (near.is_private and not near.is_unspecified)
