"""Addresses of this machine, for candidates when no public ones are configured."""

import ipaddress
import socket
from collections.abc import Collection

import ifaddr

_WILDCARDS = ("", "0.0.0.0", "::")  # noqa: S104  # recognised, not bound
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def host_addresses(host: str, families: Collection[int]) -> list[str]:
    """Addresses a peer may use for a port bound to `host`, IPv4 first, restricted to the bound `families`.

    A wildcard means every address of the machine; loopback comes last then, so that peers elsewhere try it
    last.
    """
    if host in _LOOPBACK:
        found = ["127.0.0.1", "::1"]
    elif host in _WILDCARDS:
        found = _interface_addresses()
    else:
        found = [host]
    wanted: dict[int, int] = {socket.AF_INET: 4, socket.AF_INET6: 6}
    versions = {wanted[family] for family in families if family in wanted}
    return sorted((ip for ip in found if ipaddress.ip_address(ip).version in versions), key=_rank)


def _interface_addresses() -> list[str]:
    addresses: list[str] = []
    for adapter in ifaddr.get_adapters():
        for entry in adapter.ips:
            address = entry.ip if isinstance(entry.ip, str) else entry.ip[0]
            if not ipaddress.ip_address(address).is_link_local:
                addresses.append(address)
    return addresses


def _rank(address: str) -> tuple[bool, int]:
    parsed = ipaddress.ip_address(address)
    return parsed.is_loopback, parsed.version
