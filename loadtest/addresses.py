"""Addresses of their own for people who all come from this machine, for servers that believe it as a proxy. No I/O."""

from __future__ import annotations

VIEWERS, CHATTERS = 10, 11
"""First numbers of their addresses."""


def forwarded_for(network: int, number: int) -> dict[str, str]:
    """The header of one client."""
    return {"X-Forwarded-For": f"{network}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
