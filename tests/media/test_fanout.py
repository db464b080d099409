"""Fan-out: one contract for all kernels, on real loopback sockets."""

import errno
import gc
import os
import random
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import cffi
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media import rtp
from media.burst import Run, write_runs
from media.description import CodecFormat
from media.destinations import Destination, DestinationSet
from media.fanout import Fanout
from media.native.kernel import NativeFanout
from media.native.library import library_path
from media.python_fanout import GsoFanout, PlainFanout
from media.srtp import InboundSrtp, OutboundSrtp
from media.stats import Counters
from media.track import ForwardedPacket
from media.udp import UdpEndpoint
from tests.media.keys import GCM, PROFILES, Profile, inbound, outbound

VP8 = CodecFormat("VP8", 96, 90_000)
LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
_UDP_SEGMENT = 103


NEEDS_NATIVE = pytest.mark.skipif(
    library_path() is None and os.environ.get("CI") != "true", reason="no C compiler when this was installed"
)


class Receiver:
    """A viewer's socket and keys."""

    def __init__(self, family: int, seed: int, profile: Profile) -> None:
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind((LOOPBACK[socket.AddressFamily(family)], 0))
        self.socket.setblocking(False)
        self.address = self.socket.getsockname()
        self.outbound: OutboundSrtp = outbound(profile, seed)
        self.inbound: InboundSrtp = inbound(profile, seed)

    def payloads(self) -> list[bytes]:
        """The payloads of everything that has arrived, in order. Loopback delivers before `send` returns."""
        return [rtp.parse(self.inbound.unprotect(datagram)).payload for datagram in self.datagrams()]

    def datagrams(self) -> list[bytes]:
        """The same as it was on the wire."""
        found: list[bytes] = []
        while True:
            try:
                found.append(self.socket.recv(4096))
            except BlockingIOError:
                return found


class Room:
    """A server's socket, a kernel, and viewers."""

    def __init__(self, make: Callable[[Counters], Fanout], family: int = socket.AF_INET) -> None:
        self.counters = Counters()
        self.fanout = make(self.counters)
        self.family = family
        self.server = socket.socket(family, socket.SOCK_DGRAM)
        self.server.bind((LOOPBACK[socket.AddressFamily(family)], 0))
        self.server.setblocking(False)
        self.endpoint = UdpEndpoint(self.server, family, True)
        self.receivers: list[Receiver] = []

    def admit(self, count: int, profile: Profile = GCM) -> list[Destination]:
        added = [Receiver(self.family, len(self.receivers) + n, profile) for n in range(count)]
        for receiver in added:  # so that no datagram of another test gets in
            receiver.socket.connect(self.server.getsockname())
            receiver.datagrams()  # nor one that came before
        self.receivers += added
        return [Destination(self.endpoint, r.address, r.outbound) for r in added]

    def send(self, sent: list[ForwardedPacket], destinations: Iterable[Destination]) -> None:
        everyone = DestinationSet(destinations)
        tag_bytes = next(iter(everyone)).srtp.tag_bytes if everyone else GCM.tag_bytes
        self.fanout.send(runs_of(sent, tag_bytes), everyone)

    def close(self) -> None:
        for sock in (self.server, *(receiver.socket for receiver in self.receivers)):
            sock.close()


def packets(sizes: list[int], start: int = 1) -> list[ForwardedPacket]:
    return [
        ForwardedPacket(start + index, 3000, False, bytes([index + 1]) * size, VP8)
        for index, size in enumerate(sizes)
    ]


def runs_of(sent: list[ForwardedPacket], tag_bytes: int = 16) -> list[Run]:
    return write_runs(sent, 120, 7, tag_bytes)


BATCHING = [GsoFanout, pytest.param(NativeFanout, marks=NEEDS_NATIVE)]


@pytest.fixture(params=[PlainFanout, *BATCHING])
def make(request: pytest.FixtureRequest) -> Callable[[Counters], Fanout]:
    kernel: Callable[[Counters], Fanout] = request.param
    return kernel


@pytest.fixture(params=BATCHING)
def make_batching(request: pytest.FixtureRequest) -> Callable[[Counters], Fanout]:
    kernel: Callable[[Counters], Fanout] = request.param
    return kernel


@pytest.fixture
def rooms() -> Iterator[Callable[..., Room]]:
    opened: list[Room] = []

    def build(make: Callable[[Counters], Fanout], family: int = socket.AF_INET) -> Room:
        opened.append(Room(make, family))
        return opened[-1]

    yield build
    for room in opened:
        room.close()


@pytest.mark.parametrize("count", [1, 3, 24, 25, 60])
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6], ids=["IPv4", "IPv6"])
def test_every_viewer_gets_every_packet_in_order(
    make: Callable[[Counters], Fanout], rooms: Callable[..., Room], family: int, count: int
) -> None:
    room = rooms(make, family)
    destinations = room.admit(count)
    sent = packets([1100, 1100, 1090, 300, 1200, 4, 0, 0])
    room.send(sent, destinations)
    for receiver in room.receivers:
        assert receiver.payloads() == [packet.payload for packet in sent]
    assert room.counters.packets_out == count * len(sent)
    assert room.counters.packets_dropped == 0
    assert room.counters.bytes_out == count * sum(len(run.template) for run in runs_of(sent))


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_every_protection_profile_arrives(
    make: Callable[[Counters], Fanout], rooms: Callable[..., Room], profile: Profile
) -> None:
    room = rooms(make)
    destinations = room.admit(3, profile)
    chance = random.Random(3)
    number = 65_500
    for _ in range(20):
        sent = packets([chance.randrange(1, 1300) for _ in range(chance.randrange(1, 11))], number)
        number += len(sent)
        room.send(sent, destinations)
        for receiver in room.receivers:
            assert receiver.payloads() == [packet.payload for packet in sent]


def test_nobody_to_send_to_is_nothing_to_do(make: Callable[[Counters], Fanout]) -> None:
    counters = Counters()
    make(counters).send(runs_of(packets([100, 100])), DestinationSet())
    assert counters == Counters()


def test_a_packet_the_keys_refuse_costs_only_its_viewer(
    make: Callable[[Counters], Fanout], rooms: Callable[..., Room]
) -> None:
    """libsrtp refuses a number that lies too far back."""
    room = rooms(make)
    destinations = room.admit(26)
    destinations[3].srtp.protect(rtp.header(120, False, 30_000, 0, 7))
    destinations[25].srtp.protect(rtp.header(120, False, 30_000, 0, 7))
    sent = packets([500, 500, 500])
    room.send(sent, destinations)
    for index, receiver in enumerate(room.receivers):
        expected = [] if index in (3, 25) else [packet.payload for packet in sent]
        assert receiver.payloads() == expected
    assert room.counters.packets_dropped == 6
    assert room.counters.packets_out == 24 * 3


def test_a_viewer_the_kernel_will_not_send_to_loses_alone_and_leaves_gso_on(
    make: Callable[[Counters], Fanout], rooms: Callable[..., Room]
) -> None:
    """Port 0 is refused with EINVAL. Whoever forges it must not slow the fan-out for everybody."""
    room = rooms(make)
    destinations = room.admit(3)
    destinations[1] = Destination(room.endpoint, ("127.0.0.1", 0), destinations[1].srtp)
    sent = packets([500, 500])
    room.send(sent, destinations)
    for index in (0, 2):
        assert room.receivers[index].payloads() == [packet.payload for packet in sent]
    assert (room.counters.packets_out, room.counters.packets_dropped) == (4, 2)
    assert room.endpoint.gso


def test_packets_larger_than_the_path_cost_nobody_gso(
    make: Callable[[Counters], Fanout], rooms: Callable[..., Room]
) -> None:
    room = rooms(make)
    (destination,) = room.admit(1)
    sent = packets([1990, 1990])
    fake = FakeLibc(room.fanout, {errno.EMSGSIZE: 1})
    room.send(sent, [destination])
    assert room.receivers[0].payloads() == [packet.payload for packet in sent]
    assert room.endpoint.gso
    assert fake.calls <= 1


class FakeLibc:
    """Stands before the kernel's `sendmmsg` and refuses GSO, or has no room, as often as it is told."""

    def __init__(self, fanout: Fanout, refusals: dict[int, int]) -> None:
        self.calls = 0
        self._refusals = dict(refusals)
        self._ffi = cffi.FFI()
        self._ffi.cdef("int sendmmsg(int, void *, unsigned int, int);")
        self._real: Any = self._ffi.dlopen(None)
        match fanout:
            case GsoFanout():
                self._ffi, self._real = fanout._ffi, fanout._libc
                fanout._libc = self
            case NativeFanout():
                self._callback = self._ffi.callback("int(int, void *, unsigned int, int)", self.sendmmsg)
                fanout._kernel.sendmmsg = self._callback

    def sendmmsg(self, descriptor: int, messages: Any, count: int, flags: int) -> int:
        self.calls += 1
        for code in self._refusals:
            if self._refusals[code]:
                self._refusals[code] -= 1
                self._ffi.errno = code
                return -1
        sent: int = self._real.sendmmsg(descriptor, messages, count, flags)
        return sent


@pytest.mark.parametrize("code", [errno.EIO, errno.EINVAL, errno.EOPNOTSUPP])
def test_a_kernel_that_refuses_gso_is_not_asked_again_and_nothing_is_lost(
    make_batching: Callable[[Counters], Fanout], rooms: Callable[..., Room], code: int
) -> None:
    room = rooms(make_batching)
    destinations = room.admit(30)
    fake = FakeLibc(room.fanout, {code: 30})
    sent = packets([700, 700, 700])
    room.send(sent, destinations)
    for receiver in room.receivers:
        assert receiver.payloads() == [packet.payload for packet in sent]
    assert (room.counters.packets_out, room.counters.packets_dropped) == (90, 0)
    assert not room.endpoint.gso
    calls = fake.calls
    room.send(packets([700, 700], 10), destinations)
    assert fake.calls == calls
    assert all(len(receiver.payloads()) == 2 for receiver in room.receivers)


def test_a_full_socket_drops_the_burst_of_that_moment_for_that_viewer_only(
    make_batching: Callable[[Counters], Fanout],
    rooms: Callable[..., Room],
) -> None:
    room = rooms(make_batching)
    destinations = room.admit(30)
    FakeLibc(room.fanout, {errno.EAGAIN: 2})
    sent = packets([700, 700, 700])
    room.send(sent, destinations)
    arrived = [receiver.payloads() for receiver in room.receivers]
    assert arrived[:2] == [[], []]
    assert all(payloads == [packet.payload for packet in sent] for payloads in arrived[2:])
    assert (room.counters.packets_out, room.counters.packets_dropped) == (84, 6)
    assert room.endpoint.gso


def test_an_interrupted_call_is_made_again(
    make_batching: Callable[[Counters], Fanout], rooms: Callable[..., Room]
) -> None:
    room = rooms(make_batching)
    destinations = room.admit(2)
    FakeLibc(room.fanout, {errno.EINTR: 3})
    room.send(packets([700, 700]), destinations)
    assert [len(receiver.payloads()) for receiver in room.receivers] == [2, 2]


def test_a_really_full_send_buffer_never_blocks_and_everything_is_counted(
    make: Callable[[Counters], Fanout], rooms: Callable[..., Room]
) -> None:
    """Viewers with the smallest buffers: datagrams beyond them vanish, as on a network, or are refused."""
    room = rooms(make)
    room.server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4608)
    destinations = room.admit(40)
    for receiver in room.receivers:
        receiver.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    for burst in range(20):
        room.send(packets([1200] * 8, 1 + 8 * burst), destinations)
    assert room.counters.packets_out + room.counters.packets_dropped == 20 * 8 * 40


def test_a_run_too_long_for_a_slot_is_still_sent(
    make_batching: Callable[[Counters], Fanout], rooms: Callable[..., Room]
) -> None:
    room = rooms(make_batching)
    (destination,) = room.admit(1)
    sent = packets([1900] * 20)
    room.send(sent, [destination])
    assert room.receivers[0].payloads() == [packet.payload for packet in sent]


@pytest.mark.parametrize("count", [0, 1, 24, 25, 64, 65, 1000])
def test_any_number_of_destinations_gets_the_same_bytes_as_from_the_plain_kernel(
    make_batching: Callable[[Counters], Fanout], rooms: Callable[..., Room], count: int
) -> None:
    sockets = 50
    arrived, counted = [], []
    for make in (PlainFanout, make_batching):
        room = rooms(make)
        room.admit(min(count, sockets))
        keys = [outbound(GCM, seed) for seed in range(count)]
        room.send(
            packets([40, 30]),
            [
                Destination(room.endpoint, room.receivers[number % sockets].address, key)
                for number, key in enumerate(keys)
            ],
        )
        arrived.append([receiver.datagrams() for receiver in room.receivers])
        counted.append(room.counters)
    assert sum(map(len, arrived[0])) == 2 * count
    assert arrived[0] == arrived[1]
    assert counted[0] == counted[1]


def test_a_closed_socket_drops_everything_and_raises_nothing(
    make: Callable[[Counters], Fanout], rooms: Callable[..., Room]
) -> None:
    room = rooms(make)
    destinations = room.admit(30)
    room.server.close()
    room.send(packets([700, 700]), destinations)
    assert (room.counters.packets_out, room.counters.packets_dropped) == (0, 60)


def test_a_run_longer_than_a_datagram_may_be_is_sent_packet_by_packet(
    make: Callable[[Counters], Fanout], rooms: Callable[..., Room]
) -> None:
    room = rooms(make)
    destinations = room.admit(2)
    sent = packets([1900] * 40)
    room.send(sent, destinations)
    for receiver in room.receivers:
        assert receiver.payloads() == [packet.payload for packet in sent]
    assert room.endpoint.gso


def test_a_run_of_more_packets_than_the_kernel_takes_is_sent_packet_by_packet(
    make: Callable[[Counters], Fanout], rooms: Callable[..., Room]
) -> None:
    room = rooms(make)
    destinations = room.admit(2)
    sent = packets([50] * 65)
    room.send(sent, destinations)
    for receiver in room.receivers:
        assert receiver.payloads() == [packet.payload for packet in sent]


def test_without_gso_every_packet_still_arrives(
    make: Callable[[Counters], Fanout], rooms: Callable[..., Room]
) -> None:
    room = rooms(make)
    room.endpoint.gso = False
    destinations = room.admit(26)
    sent = packets([900, 900, 200])
    room.send(sent, destinations)
    for receiver in room.receivers:
        assert receiver.payloads() == [packet.payload for packet in sent]
    assert (room.counters.packets_out, room.counters.packets_dropped) == (78, 0)


def test_who_has_left_is_forgotten_and_the_others_go_on(
    make: Callable[[Counters], Fanout], rooms: Callable[..., Room]
) -> None:
    room = rooms(make)
    everyone = DestinationSet(room.admit(30))
    for number in (29, 0, 7):
        everyone.discard(list(everyone)[number])
    for receiver in room.receivers:  # nothing but the set keeps a session now
        del receiver.outbound
    gc.collect()
    room.fanout.send(runs_of(packets([300, 300])), everyone)
    assert sorted(len(receiver.payloads()) for receiver in room.receivers) == [0] * 3 + [2] * 27


@dataclass(frozen=True)
class Send:
    sizes: list[int]


@dataclass(frozen=True)
class Join:
    behind: bool


@dataclass(frozen=True)
class Leave:
    number: int


STEPS = st.lists(
    st.one_of(
        st.builds(Send, st.lists(st.integers(0, 1400), min_size=1, max_size=12)),
        st.builds(Join, st.booleans()),
        st.builds(Leave, st.integers(0, 100)),
    ),
    min_size=3,
    max_size=30,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=STEPS,
    crowd=st.integers(0, 70),
    family=st.sampled_from(list(LOOPBACK)),
    profile=st.sampled_from(list(PROFILES.values())),
)
def test_whatever_is_sent_to_whomever_is_the_plain_kernels_bytes(
    make_batching: Callable[[Counters], Fanout],
    steps: list[Send | Join | Leave],
    crowd: int,
    family: socket.AddressFamily,
    profile: Profile,
) -> None:
    reference, other = Room(PlainFanout, family), Room(make_batching, family)
    with closing(reference), closing(other):
        results = [_play(room, steps, crowd, profile) for room in (reference, other)]
    assert results[0] == results[1]
    assert reference.counters == other.counters


def _play(room: Room, steps: list[Send | Join | Leave], crowd: int, profile: Profile) -> list[list[bytes]]:
    everyone = DestinationSet(room.admit(crowd, profile))
    arrived: list[list[bytes]] = []
    number = 1
    for step in steps:
        match step:
            case Send(sizes):
                room.fanout.send(runs_of(packets(sizes, number), profile.tag_bytes), everyone)
                number += len(sizes)
                arrived += [receiver.datagrams() for receiver in room.receivers]
            case Join(behind):
                (destination,) = room.admit(1, profile)
                if behind:  # what comes is refused
                    destination.srtp.protect(rtp.header(120, False, 30_000, 0, 7))
                everyone.add(destination)
            case Leave(place):
                members = list(everyone)
                if members:
                    everyone.discard(members[place % len(members)])
    return arrived
