"""Any interleaving of packets, keyframes, time, joins, moves and leaves: each viewer gets a stretch of the track."""

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import media.layer
import media.track
from media.description import CodecFormat, Kind, TrackIdentity
from media.layer import Layer, Subscription
from media.stats import Counters
from tests.media.keys import PROFILES
from tests.media.scene import ManualClock, Peer, RecordingFanout, Wire, make_wire

SENT = (CodecFormat("VP8", 96, 90_000), CodecFormat("VP8", 97, 90_000))
RECEIVED = (
    (CodecFormat("VP8", 120, 90_000, rtx_payload_type=121),),
    (CodecFormat("VP8", 120, 90_000),),
    (CodecFormat("VP8", 101, 90_000, rtx_payload_type=102),),
)
KEY, DELTA = b"\x10\x50", b"\x10\x51"
MEMORY_PACKETS = 60


@dataclass(eq=False)
class Watching:
    """A viewer, where it was, and the number of packets forwarded when it came."""

    subscription: Subscription
    joined_after: int
    peers: list[Peer] = field(default_factory=list)


class LayerMachine(RuleBasedStateMachine):
    """The model is the list of forwarded packets; a viewer holds a slice of it that begins at a keyframe."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.fanout = RecordingFanout()
        identity = TrackIdentity(1, 2, "stage")
        self.layer = Layer(identity, Kind.VIDEO, self.fanout, Counters(), self.clock, lambda: None)
        self.wires: list[Wire] = [make_wire(), make_wire()]
        self.forwarded: list[tuple[int, bool]] = []
        self.watching: list[Watching] = []
        self.gone: list[tuple[Watching, list[int]]] = []
        self.number = 65_500
        self.base = 0
        self.seed = 0

    def accept(self, keyframe: bool, size_bytes: int, marker: bool, fmt: CodecFormat) -> None:
        self.number += 1
        before = self.layer.track.packets
        payload = (KEY if keyframe else DELTA) + bytes(size_bytes)
        self.layer.accept(self.number, self.number * 3000, marker, payload, fmt)
        if self.layer.track.packets > before:
            if not self.forwarded:
                self.base = self.number
            self.forwarded.append(((self.base + len(self.forwarded)) % 65536, keyframe))

    @rule(size_bytes=st.integers(0, 1200), marker=st.booleans(), fmt=st.sampled_from(SENT))
    def packet(self, size_bytes: int, marker: bool, fmt: CodecFormat) -> None:
        self.accept(False, size_bytes, marker, fmt)

    @rule(marker=st.booleans(), fmt=st.sampled_from(SENT))
    def keyframe(self, marker: bool, fmt: CodecFormat) -> None:
        self.accept(True, 1000, marker, fmt)

    @rule(count=st.integers(1, MEMORY_PACKETS + 5))
    def many_packets(self, count: int) -> None:
        for index in range(count):
            self.accept(False, 100, index % 5 == 4, SENT[0])

    @rule(number=st.integers(0, 65_535))
    def takeover(self, number: int) -> None:
        self.layer.track.change_source()
        self.number = number

    @rule(seconds=st.sampled_from([0.0004, 0.001, 0.002, 0.005, 0.1]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(
        formats=st.sampled_from(RECEIVED),
        wire=st.integers(0, 1),
        profile=st.sampled_from(["AEAD_AES_128_GCM", "AES128_CM_SHA1_80"]),
    )
    def join(self, formats: tuple[CodecFormat, ...], wire: int, profile: str) -> None:
        self.seed += 1
        peer = Peer(self.wires[wire], self.seed, PROFILES[profile])
        viewer = Watching(Subscription(formats, peer.destination), len(self.forwarded), [peer])
        self.watching.append(viewer)
        self.layer.add(viewer.subscription)

    @precondition(lambda self: self.watching)
    @rule(data=st.data(), wire=st.integers(0, 1))
    def move(self, data: st.DataObject, wire: int) -> None:
        viewer = data.draw(st.sampled_from(self.watching))
        self.seed += 1
        peer = Peer(self.wires[wire], self.seed)
        viewer.peers.append(peer)
        self.layer.move(viewer.subscription, peer.destination)

    @precondition(lambda self: self.watching)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        viewer = data.draw(st.sampled_from(self.watching))
        self.watching.remove(viewer)
        self.layer.remove(viewer.subscription)
        self.gone.append((viewer, self.received(viewer)))

    def received(self, viewer: Watching) -> list[int]:
        return [number for peer in viewer.peers for number in self.fanout.sequences(peer.destination)]

    def start_of(self, viewer: Watching) -> int | None:
        """Where in the model the viewer's stretch begins: its numbers are this slice, or `None` if there is none."""
        received = self.received(viewer)
        if not received:
            return None
        numbers = [number for number, _ in self.forwarded]
        start = numbers.index(received[0])
        assert received == numbers[start : start + len(received)]
        return start

    @invariant()
    def each_viewer_holds_a_stretch_that_begins_at_a_keyframe(self) -> None:
        for viewer in self.watching:
            start = self.start_of(viewer)
            if start is not None:
                assert self.forwarded[start][1]

    @invariant()
    def who_left_got_nothing_more(self) -> None:
        assert all(self.received(viewer) == kept for viewer, kept in self.gone)

    def teardown(self) -> None:
        self.clock.advance(1.0)
        assert self.clock.armed == 0
        keyframes = [index for index, (_, keyframe) in enumerate(self.forwarded) if keyframe]
        for viewer in self.watching:
            start = self.start_of(viewer)
            later = [index for index in keyframes if index >= viewer.joined_after]
            if start is None:  # only who found nothing remembered and saw no keyframe since has nothing
                assert not later
                assert not keyframes or viewer.joined_after - keyframes[-1] > MEMORY_PACKETS
                continue
            assert start + len(self.received(viewer)) == len(self.forwarded)
            earlier = [index for index in keyframes if index < viewer.joined_after]
            assert start in (earlier[-1:] + later[:1])
        self.layer.close()


def test_each_viewer_gets_a_stretch_of_the_track_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media.track, "MEMORY_MAX_PACKETS", MEMORY_PACKETS)
    # Whoever is left behind by a starved server begins anew, with a gap: test_layer.py looks at that.
    monkeypatch.setattr(media.layer, "BACKLOG_INTERVALS", 1_000_000)
    monkeypatch.setattr(media.layer, "SETTLE_MAX_PACKETS", 1_000_000)
    run_state_machine_as_test(
        LayerMachine, settings=settings(max_examples=150, stateful_step_count=40, deadline=None)
    )
