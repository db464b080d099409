"""A bad network between a peer and the server: a UDP relay that loses, delays and reorders datagrams by a seeded plan.

It reads and rewrites nothing: the peer is given the relay's address in place of the server's candidate
(`through_relay`), and the server learns the relay's as the peer's address from the connectivity checks. STUN and DTLS
are spared from loss by their first byte, so that what is seen of media does not depend on how connecting went.

It is cheap, because a relay that is late is a worse network than was asked for: what a server sent together is read
together, and what waits is in one queue with one timer.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import random
import re
import socket
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from loadtest.receive import BatchReceiver, enlarge, prepare

BUFFER_BYTES = 4 << 20
WAITING_MAX = 200_000
"""Datagrams; what comes when so many wait is dropped."""
APART_S = 0.001
TOGETHER_MAX = 32  # of 2,048 bytes at most: no longer than a datagram may be
_UDP_SEGMENT = 103
FIRST_MEDIA_BYTE, LAST_MEDIA_BYTE = 128, 191  # RTP and RTCP (RFC 7983)

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Impairment:
    """What happens to the media of one direction: shares are 0 to 1."""

    lost_share: float = 0.0
    delay_ms: float = 0.0
    late_share: float = 0.0
    """These wait `late_ms` longer than the others, and so arrive out of order."""
    late_ms: float = 30.0
    twice_share: float = 0.0
    """These are sent twice."""
    loses: Callable[[bytes], bool] | None = None
    """Says of a datagram whether it is lost, whatever the share."""


@dataclass
class Counts:
    """Datagrams of one direction."""

    passed: int = 0
    lost: int = 0
    late: int = 0
    twice: int = 0
    dropped: int = 0
    """Because too many waited; the relay's own fault."""


class Relay:
    """Relays between any number of peers and one server. `to_server` and `to_peer` may be changed at any time."""

    def __init__(self, server: Address, *, to_server: Impairment, to_peer: Impairment, seed: int) -> None:
        self.to_server = to_server
        self.to_peer = to_peer
        self.counts_to_server = Counts()
        self.counts_to_peer = Counts()
        self._server = server
        self._random = random.Random(seed)  # noqa: S311 (a plan, no secret)
        self._loop = asyncio.get_running_loop()
        self._front = _open("127.0.0.1")
        self._upstream: dict[Address, socket.socket] = {}
        self._receiver = BatchReceiver()
        self._waiting: list[tuple[float, int, socket.socket, Address, bytes]] = []
        self._passed = 0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_s = 0.0
        self._loop.add_reader(self._front, self._from_peers)

    @classmethod
    @contextlib.asynccontextmanager
    async def running(
        cls,
        server: Address,
        *,
        to_server: Impairment | None = None,
        to_peer: Impairment | None = None,
        seed: int = 1,
    ) -> AsyncIterator[Relay]:
        relay = cls(server, to_server=to_server or Impairment(), to_peer=to_peer or Impairment(), seed=seed)
        try:
            yield relay
        finally:
            relay.close()

    @property
    def port(self) -> int:
        port: int = self._front.getsockname()[1]
        return port

    @property
    def descriptors(self) -> list[int]:
        """Of its sockets."""
        return [each.fileno() for each in (self._front, *self._upstream.values())]

    def close(self) -> None:
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
        for each in (self._front, *self._upstream.values()):
            self._loop.remove_reader(each)
            each.close()

    def _from_peers(self) -> None:
        for data, peer in _read(self._front):
            upstream = self._upstream.get(peer)
            if upstream is None:
                upstream = self._upstream[peer] = _open("127.0.0.1")
                prepare(upstream)
                self._loop.add_reader(upstream, self._from_server, upstream, peer)
            self._pass(data, self.to_server, self.counts_to_server, upstream, self._server)

    def _from_server(self, upstream: socket.socket, peer: Address) -> None:
        receiver = self._receiver
        for run in receiver.receive(upstream):
            for start in run:
                data = receiver.datagram(start)
                self._pass(data, self.to_peer, self.counts_to_peer, self._front, peer)

    def _pass(
        self, data: bytes, impairment: Impairment, counts: Counts, out: socket.socket, address: Address
    ) -> None:
        is_media = FIRST_MEDIA_BYTE <= data[0] <= LAST_MEDIA_BYTE
        is_chosen = is_media and impairment.loses is not None and impairment.loses(data)
        if is_chosen or (is_media and self._random.random() < impairment.lost_share):
            counts.lost += 1
            return
        delay_s = impairment.delay_ms / 1000
        if is_media and self._random.random() < impairment.late_share:
            counts.late += 1
            delay_s += impairment.late_ms / 1000
        if len(self._waiting) >= WAITING_MAX:
            counts.dropped += 1
            return
        counts.passed += 1
        times = 1
        if is_media and impairment.twice_share and self._random.random() < impairment.twice_share:
            counts.twice += 1
            times = 2
        for _ in range(times):
            if delay_s:
                self._keep(self._loop.time() + delay_s, out, address, data)
            else:
                _send(out, data, address)

    def _keep(self, due_s: float, out: socket.socket, address: Address, data: bytes) -> None:
        self._passed += 1  # tells those of one moment apart, and keeps their order
        heapq.heappush(self._waiting, (due_s, self._passed, out, address, data))
        if self._timer is None or due_s < self._timer_s:
            self._arm(due_s)

    def _send_due(self) -> None:
        waiting, now_s = self._waiting, self._loop.time()
        together: list[bytes] = []
        way: tuple[socket.socket, Address] | None = None
        while waiting and waiting[0][0] <= now_s:
            _, _, out, address, data = heapq.heappop(waiting)
            if way != (out, address) or not _goes_with(together, data):
                if way is not None:
                    _send_together(way[0], together, way[1])
                together, way = [], (out, address)
            together.append(data)
        if way is not None:
            _send_together(way[0], together, way[1])
        # Not at once for the next: a millisecond later some may go together.
        self._timer = None
        if waiting:
            self._arm(max(waiting[0][0], now_s + APART_S))

    def _arm(self, due_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_s = due_s
        self._timer = self._loop.call_at(due_s, self._send_due)


def through_relay(answer: str, server_udp_port: int, relay_port: int) -> str:
    """An SDP answer whose candidates are the relay's instead of the server's."""
    lines = []
    for line in answer.splitlines():
        candidate = re.fullmatch(rf"(a=candidate:\S+ 1 \S+ \d+) (\S+) {server_udp_port} (typ host.*)", line)
        if candidate is None:
            lines.append(line)
        elif ":" not in candidate[2]:  # the relay has one address
            lines.append(f"{candidate[1]} 127.0.0.1 {relay_port} {candidate[3]}")
    return "\r\n".join(lines) + "\r\n"


def _open(host: str) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setblocking(False)
    enlarge(opened, BUFFER_BYTES)
    opened.bind((host, 0))
    return opened


def _read(sock: socket.socket) -> list[tuple[bytes, Address]]:
    datagrams: list[tuple[bytes, Address]] = []
    with contextlib.suppress(OSError):  # nothing more to read, or an ICMP error of an earlier send
        while len(datagrams) < 256:
            datagrams.append(sock.recvfrom(2048))
    return datagrams


def _goes_with(together: list[bytes], data: bytes) -> bool:
    """UDP GSO: all of one size, save the last, which may be smaller."""
    size = len(together[0])
    return len(together[-1]) == size >= len(data) and len(together) < TOGETHER_MAX


def _send_together(sock: socket.socket, datagrams: list[bytes], address: Address) -> None:
    if len(datagrams) > 1:
        size = struct.pack("=H", len(datagrams[0]))
        try:
            sock.sendmsg(datagrams, [(socket.IPPROTO_UDP, _UDP_SEGMENT, size)], 0, address)
        except OSError:  # not Linux; or a full buffer, of which each alone is a loss
            pass
        else:
            return
    for data in datagrams:
        _send(sock, data, address)


def _send(sock: socket.socket, data: bytes, address: Address) -> None:
    with contextlib.suppress(OSError):  # a full buffer is a loss; a closed socket is the end of the run
        sock.sendto(data, address)
