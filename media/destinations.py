"""Where viewers are, and with which key they are sent to: one by one, and as the sets that a fan-out sends to.

A set is kept up to date while viewers come and go, also in the form the native kernel reads, so that nothing is built
per burst.
"""

import socket
import struct
from collections.abc import Iterable, Iterator
from typing import Any

from pylibsrtp._binding import ffi

from .ice import Address
from .srtp import OutboundSrtp
from .udp import UdpEndpoint

_RECORD = struct.Struct("@PPI28s0P")  # struct destination of media/native/fanout.c
RECORD_BYTES = _RECORD.size


class Destination:
    """Where and with which key one viewer is sent to. Replaced as a whole when the viewer's address
    changes.
    """

    __slots__ = ("address", "endpoint", "name", "name_bytes", "pointer", "record", "srtp")

    def __init__(self, endpoint: UdpEndpoint, address: Address, srtp: OutboundSrtp) -> None:
        self.endpoint = endpoint
        self.address = address
        self.srtp = srtp
        self.pointer: Any = srtp.pointer
        packed = _pack_address(endpoint.family, address)
        self.name: Any = ffi.new("char[]", packed)
        self.name_bytes = len(packed)
        self.record = _RECORD.pack(
            srtp.address, int(ffi.cast("uintptr_t", srtp.pointer)), len(packed), packed
        )


class DestinationSet:
    """Destinations that share one endpoint and one SRTP tag size, each once, in no particular order.

    `records` holds addresses of SRTP sessions; they are valid as long as the destinations are in this set, because it
    refers to them.
    """

    __slots__ = ("_members", "_places", "records")

    def __init__(self, destinations: Iterable[Destination] = ()) -> None:
        self._members: list[Destination] = []
        self._places: dict[Destination, int] = {}
        self.records = bytearray()
        for destination in destinations:
            self.add(destination)

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Destination]:
        return iter(self._members)

    @property
    def endpoint(self) -> UdpEndpoint:
        """The one they share. The set must not be empty."""
        return self._members[0].endpoint

    def add(self, destination: Destination) -> None:
        """Does nothing when it is there already."""
        if destination in self._places:
            return
        if self._members:
            first = self._members[0]
            assert destination.endpoint is first.endpoint
            assert destination.srtp.tag_bytes == first.srtp.tag_bytes
        self._places[destination] = len(self._members)
        self._members.append(destination)
        self.records += destination.record

    def discard(self, destination: Destination) -> None:
        """Does nothing when it is not there. The last one takes its place."""
        place = self._places.pop(destination, None)
        if place is None:
            return
        last = self._members.pop()
        if last is not destination:
            self._members[place] = last
            self._places[last] = place
            start = place * RECORD_BYTES
            self.records[start : start + RECORD_BYTES] = last.record
        del self.records[-RECORD_BYTES:]


def _pack_address(family: int, address: Address) -> bytes:
    """`address` as `sockaddr_in` or `sockaddr_in6`."""
    packed = socket.inet_pton(family, address[0].partition("%")[0])
    if family == socket.AF_INET:
        return struct.pack("=H2s4s8x", family, struct.pack("!H", address[1]), packed)
    flow, scope = (address[2], address[3]) if len(address) == 4 else (0, 0)
    return struct.pack(
        "=H2s4s16sI", family, struct.pack("!H", address[1]), struct.pack("!I", flow), packed, scope
    )
