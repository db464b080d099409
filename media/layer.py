"""A layer of a stream and those who receive it: bursts toward live viewers, instant start for joiners,
retransmission.

Drives a `ForwardedTrack` (core) and a `Fanout` (kernel) by a small clock. Simulcast adds further layers
beside each other; a stream has one per kind for now.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from . import rtcp, rtp
from .burst import MAX_AGE_S, Burst, Run, write_runs
from .codecs import pick_format
from .description import CodecFormat, Kind, TrackIdentity
from .destinations import Destination, DestinationSet
from .fanout import Fanout
from .remembered import CHUNK_PACKETS, RememberedInterval
from .srtp import SrtpError
from .stats import Counters
from .track import ForwardedPacket, ForwardedTrack
from .udp import UdpEndpoint

CATCH_UP_FIRST_PACKETS = 48
CATCH_UP_INTERVAL_S = 0.001
"""Between two steps in which joiners get `CHUNK_PACKETS` each: about 50 Mbit/s, which most access links take."""
CATCH_UP_MAX_CHUNKS = 8
"""A step that comes late, because the loop is busy, makes up for as many; else joiners would never draw level."""
CATCH_UP_STEP_CHUNKS = 40
"""Chunks sent to all joiners together per interval, so that a crowd does not hold up the live viewers."""
BACKLOG_INTERVALS = 2
"""Keyframe intervals a joiner may lie behind; a starved server then begins with the newest one instead."""
SETTLE_MAX_PACKETS = 4_000
"""Remembered packets sent at once, to all joiners together, when the memory overflows under them."""
RETRANSMIT_BUDGET = 512
"""Retransmissions granted to one viewer per second and layer; a peer that asks for more gets no more."""


class Cancellable(Protocol):
    def cancel(self) -> None: ...


class Clock(Protocol):
    """What is needed of an event loop."""

    def time(self) -> float:
        """Seconds, monotone."""

    def call_later(self, delay: float, callback: Callable[[], None], /) -> Cancellable:
        """Run `callback` once after `delay` seconds."""


class _Choice:
    """As which of a viewer's formats it receives what is published, looked up once per published format."""

    __slots__ = ("_chosen", "_formats", "_published")

    def __init__(self, formats: tuple[CodecFormat, ...]) -> None:
        self._formats = formats
        self._published: CodecFormat | None = None
        self._chosen: CodecFormat | None = None

    def of(self, published: CodecFormat) -> CodecFormat | None:
        """`None` when the viewer cannot decode it."""
        if published is not self._published:
            self._published, self._chosen = published, pick_format(published, self._formats)
        return self._chosen


class Subscription:
    """One viewer's receipt of one layer."""

    __slots__ = (
        "alone",
        "backlog",
        "budget",
        "budget_since_s",
        "choice",
        "cursor",
        "destination",
        "formats",
        "rtx_sequence",
    )

    def __init__(self, formats: tuple[CodecFormat, ...], destination: Destination) -> None:
        self.formats = formats
        self.choice = _Choice(formats)
        self.direct(destination)
        self.backlog: list[RememberedInterval] = []
        self.cursor = 0
        self.rtx_sequence = 1
        self.budget = RETRANSMIT_BUDGET
        self.budget_since_s = 0.0

    def direct(self, destination: Destination) -> None:
        """Where to send from now on. The layer it was added to must know: see `Layer.move`."""
        self.destination = destination
        self.alone = DestinationSet((destination,))


class _Group:
    """Live viewers whose packets are the same plaintext: one socket, one tag size, the same negotiated
    formats.
    """

    def __init__(self, formats: tuple[CodecFormat, ...], tag_bytes: int) -> None:
        self.choice = _Choice(formats)
        self.tag_bytes = tag_bytes
        self.destinations = DestinationSet()


class Layer:
    """Forwards one track.

    `request_keyframe` is called when viewers need one; the publisher's side limits how often it passes on.
    """

    def __init__(
        self,
        identity: TrackIdentity,
        kind: Kind,
        fanout: Fanout,
        counters: Counters,
        clock: Clock,
        request_keyframe: Callable[[], None],
    ) -> None:
        self.identity = identity
        self.track = ForwardedTrack(kind)
        self._fanout = fanout
        self._counters = counters
        self._clock = clock
        self.request_keyframe = request_keyframe
        self._burst = Burst()
        self._flush_timer: Cancellable | None = None
        self._groups: dict[tuple[UdpEndpoint, int, tuple[CodecFormat, ...]], _Group] = {}
        self._joiners: dict[Subscription, None] = {}
        self._join_timer: Cancellable | None = None
        self._stepped_s = 0.0
        self._remembered = RememberedInterval(self.track.memory.packets)

    def accept(self, number: int, timestamp: int, marker: bool, payload: bytes, fmt: CodecFormat) -> bool:
        """Take one packet of the publisher and forward it. Returns whether it begins a keyframe."""
        track = self.track
        packet = track.accept(number, timestamp, marker, payload, fmt, self._clock.time())
        if packet is None:  # or several at once, where the beginning of a source was overtaken
            keyframes = [self.accept(*each) for each in track.take_released(self._clock.time())]
            return any(keyframes)
        renewed = track.memory.packets is not self._remembered.packets
        keyframe = renewed and bool(track.memory.packets)
        if renewed:
            self._remembered = RememberedInterval(track.memory.packets)
        if self._burst.differs(packet):
            self._flush()
        if self._joiners and renewed:
            if keyframe and len(track.memory.packets) == 1:
                self._extend_backlogs()
            else:  # an overflow; or the keyframe began late, and packets of it are in the old memory too
                self._settle_joiners()
        if self._groups or self._joiners:
            if self._burst.add(packet) or track.kind is Kind.AUDIO:
                self._flush()
            elif self._flush_timer is None:
                self._flush_timer = self._clock.call_later(MAX_AGE_S, self._flush)
        return keyframe

    def _flush(self) -> None:
        if self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None
        packets = self._burst.take()
        if not packets:
            return
        written: dict[tuple[int, int, bool], list[Run]] = {}
        for group in self._groups.values():
            chosen = group.choice.of(packets[0].format)
            if chosen is None:
                continue
            key = (chosen.payload_type, group.tag_bytes, _may_pad(chosen))
            if key not in written:
                written[key] = self._write(packets, chosen, group.tag_bytes)
            self._fanout.send(written[key], group.destinations)

    def _write(self, packets: Sequence[ForwardedPacket], chosen: CodecFormat, tag_bytes: int) -> list[Run]:
        return write_runs(packets, chosen.payload_type, self.identity.ssrc, tag_bytes, pad=_may_pad(chosen))

    def sender_report(self) -> bytes | None:
        """A compound sender report of this instant for viewers, or `None` before the publisher's first
        one.
        """
        report = self.track.report(self.identity.ssrc, self._clock.time())
        if report is None:
            return None
        return rtcp.sender_report(report, self.identity.cname, self.track.packets, self.track.octets)

    def add(self, subscription: Subscription) -> None:
        """Begin to send to a viewer: first what is remembered since the last keyframe, then live packets."""
        if self.track.kind is Kind.AUDIO:
            self._go_live(subscription)
            return
        self._joiners[subscription] = None
        if self.track.memory.packets:
            subscription.backlog, subscription.cursor = [self._remembered], 0
            self._catch_up(subscription, CATCH_UP_FIRST_PACKETS)
            self._arm_join_timer()
        else:
            self.request_keyframe()

    def remove(self, subscription: Subscription) -> None:
        """Stop sending to a viewer. Does nothing when it was not added."""
        self._joiners.pop(subscription, None)
        key = self._key(subscription)
        group = self._groups.get(key)
        if group is not None:
            group.destinations.discard(subscription.destination)
            if not group.destinations:
                del self._groups[key]

    def move(self, subscription: Subscription, destination: Destination) -> None:
        """Send to another address from now on."""
        joining = subscription in self._joiners
        self.remove(subscription)
        subscription.direct(destination)
        if joining:
            self._joiners[subscription] = None
        else:
            self._go_live(subscription)

    def close(self) -> None:
        """Forget everyone and cancel timers."""
        for timer in (self._flush_timer, self._join_timer):
            if timer is not None:
                timer.cancel()
        self._groups.clear()
        self._joiners.clear()

    def retransmit(self, subscription: Subscription, sequences: tuple[int, ...]) -> None:
        """Answer a NACK from the ring, within the viewer's budget; by RTX when it was negotiated."""
        now_s = self._clock.time()
        if now_s - subscription.budget_since_s >= 1.0:
            subscription.budget, subscription.budget_since_s = RETRANSMIT_BUDGET, now_s
        for sequence in sequences:
            packet = self.track.find(sequence)
            if packet is None:
                continue
            if subscription.budget == 0:
                return
            subscription.budget -= 1
            self._resend(subscription, packet)

    def _resend(self, subscription: Subscription, packet: ForwardedPacket) -> None:
        chosen = subscription.choice.of(packet.format)
        if chosen is None:
            return
        destination = subscription.destination
        if chosen.rtx_payload_type is None:
            data = self._write((packet,), chosen, 0)[0].template
        else:
            sequence = subscription.rtx_sequence
            subscription.rtx_sequence = sequence + 1
            head = rtp.header(
                chosen.rtx_payload_type, packet.marker, sequence, packet.timestamp, self.identity.rtx_ssrc
            )
            data = head + (packet.number & 0xFFFF).to_bytes(2, "big") + packet.payload  # RFC 4588 section 4
        try:
            datagram = destination.srtp.protect(data)
        except SrtpError:
            return
        if destination.endpoint.send(datagram, destination.address):
            self._counters.retransmissions += 1
            self._counters.packets_out += 1
            self._counters.bytes_out += len(datagram)
        else:
            self._counters.packets_dropped += 1

    def _key(self, subscription: Subscription) -> tuple[UdpEndpoint, int, tuple[CodecFormat, ...]]:
        destination = subscription.destination
        return destination.endpoint, destination.srtp.tag_bytes, subscription.formats

    def _go_live(self, subscription: Subscription) -> None:
        key = self._key(subscription)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(subscription.formats, subscription.destination.srtp.tag_bytes)
        group.destinations.add(subscription.destination)

    def _arm_join_timer(self) -> None:
        if self._join_timer is None and self._joiners:
            self._stepped_s = self._clock.time()
            self._join_timer = self._clock.call_later(CATCH_UP_INTERVAL_S, self._step_joiners)

    def _step_joiners(self) -> None:
        self._join_timer = None
        if not self.track.memory.packets:
            return
        late = round((self._clock.time() - self._stepped_s) / CATCH_UP_INTERVAL_S)
        chunks = min(max(late, 1), CATCH_UP_MAX_CHUNKS)
        for subscription in list(self._joiners)[:CATCH_UP_STEP_CHUNKS]:
            if not self._catch_up(
                subscription, chunks * CHUNK_PACKETS
            ):  # its turn comes again after the others'
                del self._joiners[subscription]
                self._joiners[subscription] = None
        self._arm_join_timer()

    def _catch_up(self, subscription: Subscription, count: int) -> bool:
        """Send the next remembered packets. Returns whether none were left and the viewer joined the live ones."""
        while count > 0:
            remembered = subscription.backlog[0]
            sent = min(count, len(remembered.packets) - subscription.cursor)
            self._send_remembered(subscription, remembered, subscription.cursor + sent)
            count -= sent
            if subscription.cursor < len(remembered.packets):
                return False
            if len(subscription.backlog) == 1:
                self._flush()  # what waits in the burst is remembered too: this viewer has had it
                self._finish_joining(subscription)
                return True
            del subscription.backlog[0]
            subscription.cursor = 0
        return False

    def _extend_backlogs(self) -> None:
        """A keyframe has begun: who still catches up goes on to it, and who waited for one begins with it."""
        for subscription in self._joiners:
            if len(subscription.backlog) >= BACKLOG_INTERVALS:
                subscription.backlog, subscription.cursor = [], 0
            subscription.backlog.append(self._remembered)
        self._arm_join_timer()

    def _settle_joiners(self) -> None:
        """The memory has overflowed: who catches up gets the rest of it at once, as far as `SETTLE_MAX_PACKETS` goes
        round; the others wait for a keyframe, as do those who waited.
        """
        self._flush()
        budget = SETTLE_MAX_PACKETS
        for subscription in [joiner for joiner in self._joiners if joiner.backlog]:
            left = sum(len(interval.packets) for interval in subscription.backlog) - subscription.cursor
            if left > budget:
                subscription.backlog, subscription.cursor = [], 0
                continue
            budget -= left
            for remembered in subscription.backlog:
                self._send_remembered(subscription, remembered, len(remembered.packets))
                subscription.cursor = 0
            self._finish_joining(subscription)
        if self._joiners:
            self.request_keyframe()

    def _finish_joining(self, subscription: Subscription) -> None:
        del self._joiners[subscription]
        subscription.backlog = []
        self._go_live(subscription)

    def _send_remembered(self, subscription: Subscription, remembered: RememberedInterval, end: int) -> None:
        """Send those from the viewer's cursor to before `end`, and move the cursor there."""
        tag_bytes = subscription.destination.srtp.tag_bytes
        while subscription.cursor < end:
            start = subscription.cursor
            subscription.cursor = min(end, start - start % CHUNK_PACKETS + CHUNK_PACKETS)
            chosen = subscription.choice.of(remembered.packets[start].format)
            if chosen is not None:
                key = (chosen.payload_type, tag_bytes, _may_pad(chosen))
                runs = remembered.runs(
                    key, start, subscription.cursor, partial(self._write, chosen=chosen, tag_bytes=tag_bytes)
                )
                self._fanout.send(runs, subscription.alone)


def _may_pad(chosen: CodecFormat) -> bool:
    """Whether packets may be padded for GSO. Without RTX a packet that is sent again has its first number and hence
    its first nonce: it must be the same to the last byte, or AES-GCM gives away its key (RFC 7714 section 8.1).
    """
    return chosen.rtx_payload_type is not None
