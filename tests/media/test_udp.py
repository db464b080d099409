"""The port's batches: as many datagrams as there are, but no longer than the rest of the server can wait."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from media.ice import Address
from media.udp import UdpEndpoint, UdpPort

SENT = 60


class Slow:
    """A receiver for which each datagram takes `cost_ns` of a clock that nothing else moves."""

    def __init__(self, cost_ns: int) -> None:
        self.taken = 0
        self.now_ns = 0
        self._cost_ns = cost_ns

    def datagram_received(
        self, datagram: bytes, address: Address, endpoint: UdpEndpoint, arrival_us: int
    ) -> None:
        self.taken += 1
        self.now_ns += self._cost_ns


@contextlib.contextmanager
def filled_port(receiver: Slow) -> Iterator[None]:
    """An open port with `SENT` datagrams waiting."""
    port = UdpPort("127.0.0.1", 0, receiver)
    port.open()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(SENT):
                sender.sendto(b"x", ("127.0.0.1", port.port))
            yield
    finally:
        port.close()


async def turns_until_taken(receiver: Slow) -> list[int]:
    """How many each turn of the event loop took."""
    taken: list[int] = []
    async with asyncio.timeout(10):
        while sum(taken) < SENT:
            before = receiver.taken
            await asyncio.sleep(0)
            if receiver.taken > before:
                taken.append(receiver.taken - before)
    return taken


async def test_what_waits_is_read_in_one_turn() -> None:
    receiver = Slow(cost_ns=0)
    with filled_port(receiver):
        assert await turns_until_taken(receiver) == [SENT]


async def test_others_have_their_turn_when_each_datagram_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = Slow(cost_ns=5_000_000)
    monkeypatch.setattr(time, "monotonic_ns", lambda: receiver.now_ns)
    with filled_port(receiver):
        turns = await turns_until_taken(receiver)
    assert sum(turns) == SENT
    assert max(turns) <= 4  # 12 ms, and the one during which they end
