"""Two network namespaces joined by a wire: a server's and a viewer's, each a host of its own to the other.

Needed because Firefox gathers no loopback candidates, and so cannot reach a server of its own host. Needs root.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

SERVER_ADDRESS, VIEWER_ADDRESS = "192.0.2.1", "192.0.2.2"  # TEST-NET-1 (RFC 5737)


@dataclass(frozen=True, slots=True)
class Wire:
    """The command prefixes that run a program on either host."""

    at_server: tuple[str, ...]
    at_viewer: tuple[str, ...]


def why_impossible() -> str | None:
    """What is missing for namespaces, if anything."""
    if os.geteuid() != 0:
        return "root, to make network namespaces"
    try:
        with joined_hosts():
            return None
    except (OSError, subprocess.CalledProcessError) as error:
        return f"network namespaces (package iproute2): {error}"


@contextlib.contextmanager
def joined_hosts() -> Iterator[Wire]:
    """Both hosts, gone again afterwards."""
    server, viewer = f"harmonie-server-{os.getpid()}", f"harmonie-viewer-{os.getpid()}"
    wires = (f"hs{os.getpid()}", f"hv{os.getpid()}")
    try:
        for name in (server, viewer):
            _ip("netns", "add", name)
        _ip(
            "link",
            "add",
            wires[0],
            "netns",
            server,
            "type",
            "veth",
            "peer",
            "name",
            wires[1],
            "netns",
            viewer,
        )
        for name, wire, address in ((server, wires[0], SERVER_ADDRESS), (viewer, wires[1], VIEWER_ADDRESS)):
            _ip("-netns", name, "address", "add", f"{address}/24", "dev", wire)
            _ip("-netns", name, "link", "set", wire, "up")
            _ip("-netns", name, "link", "set", "lo", "up")
        yield Wire(("ip", "netns", "exec", server), ("ip", "netns", "exec", viewer))
    finally:
        for name in (server, viewer):
            subprocess.run(("ip", "netns", "delete", name), check=False, capture_output=True)


def _ip(*arguments: str) -> None:
    subprocess.run(("ip", *arguments), check=True, capture_output=True)
