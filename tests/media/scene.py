"""A clock, a wire and a fan-out for tests of layers and streams: nothing waits, everything is recorded."""

import heapq
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, cast

from media import rtp
from media.burst import Run
from media.destinations import Destination, DestinationSet
from media.ice import Address
from media.srtp import InboundSrtp
from media.udp import UdpEndpoint
from tests.media.keys import GCM, Profile, inbound, outbound


@dataclass
class Timer:
    callback: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


class ManualClock:
    """Time that moves when told to, and the callbacks that are due then."""

    def __init__(self) -> None:
        self._now_s = 100.0
        self._timers: list[tuple[float, int, Timer]] = []
        self._count = 0

    def time(self) -> float:
        return self._now_s

    def call_later(self, delay: float, callback: Callable[[], None], /) -> Timer:
        timer = Timer(callback)
        self._count += 1
        heapq.heappush(self._timers, (self._now_s + delay, self._count, timer))
        return timer

    @property
    def armed(self) -> int:
        """Timers that still wait."""
        return sum(not timer.cancelled for _, _, timer in self._timers)

    def advance(self, seconds: float) -> None:
        end_s = self._now_s + seconds
        while self._timers and self._timers[0][0] <= end_s:
            due_s, _, timer = heapq.heappop(self._timers)
            self._now_s = max(self._now_s, due_s)
            if not timer.cancelled:
                timer.callback()
        self._now_s = end_s


@dataclass(eq=False, slots=True)
class Wire(UdpEndpoint):
    """Keeps what is sent through it; `full` refuses."""

    sent: list[tuple[bytes, Address]] = field(default_factory=list)
    full: bool = False

    def send(self, datagram: bytes, address: Address) -> bool:
        if not self.full:
            self.sent.append((datagram, address))
        return not self.full


def make_wire() -> Wire:
    return Wire(cast(socket.socket, None), socket.AF_INET, False)


class Peer:
    """A viewer's end: its destination, and the keys that open what arrives."""

    def __init__(self, wire: Wire, seed: int, profile: Profile = GCM) -> None:
        self.address: Address = ("192.0.2.1", 1024 + seed)
        self.wire = wire
        self.destination = Destination(wire, self.address, outbound(profile, seed))
        self.inbound: InboundSrtp = inbound(profile, seed)

    def arrived(self) -> list[bytes]:
        """Datagrams on the wire for this peer."""
        return [datagram for datagram, address in self.wire.sent if address == self.address]


class RecordingFanout:
    """Keeps the plaintext packets each destination would get, and checks what `Fanout` demands of its caller."""

    kernel: Final = "plain"

    def __init__(self) -> None:
        self.plaintexts: dict[Destination, list[bytes]] = {}

    def send(self, runs: Iterable[Run], destinations: DestinationSet) -> None:
        runs = list(runs)
        assert len({(d.endpoint, d.srtp.tag_bytes) for d in destinations}) <= 1
        for destination in destinations:
            kept = self.plaintexts.setdefault(destination, [])
            for run in runs:
                position = 0
                for size in run.sizes:
                    kept.append(run.template[position : position + size])
                    position += size + destination.srtp.tag_bytes
                assert position == len(run.template)

    def packets(self, destination: Destination) -> list[rtp.RtpPacket]:
        return [rtp.parse(data) for data in self.plaintexts.get(destination, [])]

    def sequences(self, destination: Destination) -> list[int]:
        return [packet.sequence for packet in self.packets(destination)]
