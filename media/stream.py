"""A stream: one channel's broadcast, its layers, its current publisher and its viewers."""

import secrets
from collections.abc import Callable

from . import rtcp
from .broadcast import Broadcast, State
from .description import CodecFormat, Kind, TrackIdentity
from .fanout import Fanout
from .layer import Clock, Layer
from .live import LiveState
from .publisher import Incoming, Publisher
from .stats import Counters
from .tap import Tap
from .viewer import Viewer


class Stream:
    """Forwards from whichever publisher is attached to all viewers.

    `changed` is called after anything in `live_state` changed.
    """

    def __init__(
        self,
        channel: str,
        *,
        fanout: Fanout,
        counters: Counters,
        clock: Clock,
        grace_s: float,
        started_at_s: float,
        changed: Callable[[], None],
    ) -> None:
        self.channel = channel
        self.broadcast = Broadcast(grace_s, clock.time())
        self.viewers: dict[Viewer, None] = {}
        self.publisher: Publisher | None = None
        self.taps: tuple[Tap, ...] = ()
        self._clock = clock
        self._started_at_s = started_at_s
        self._changed = changed
        self._ntp_offset: int | None = None
        self._viewers_elsewhere = 0
        cname = secrets.token_urlsafe(12)
        self.layers = {
            kind: Layer(
                TrackIdentity(_random_ssrc(), _random_ssrc(), cname),
                kind,
                fanout,
                counters,
                clock,
                self._keyframe_wish(kind),
            )
            for kind in Kind
        }

    @property
    def live(self) -> bool:
        """Whether viewers may join."""
        return self.broadcast.state in (State.LIVE, State.RECONNECTING)

    def formats(self) -> dict[Kind, tuple[CodecFormat, ...]]:
        """What the publisher may send, per kind; the format sent now comes first."""
        if self.publisher is None:
            return {}
        result = {}
        for track in self.publisher.tracks:
            current = self.layers[track.kind].track.format
            formats = track.formats
            result[track.kind] = (
                tuple(sorted(formats, key=lambda fmt: fmt is not current)) if current in formats else formats
            )
        return result

    def live_state(self) -> LiveState | None:
        """The public view, or `None` when not live."""
        if not self.live:
            return None
        codecs = {kind: formats[0].name for kind, formats in self.formats().items() if formats}
        return LiveState(
            channel=self.channel,
            state=self.broadcast.state.value,
            started_at_s=self._started_at_s,
            viewers=sum(viewer.counted for viewer in self.viewers) + self._viewers_elsewhere,
            audio_codec=codecs.get(Kind.AUDIO),
            video_codec=codecs.get(Kind.VIDEO),
        )

    def attach(self, publisher: Publisher) -> None:
        """Forward from `publisher` from now on; viewers continue at its first keyframe."""
        self.publisher = publisher
        self._ntp_offset = None
        for layer in self.layers.values():
            layer.track.change_source()
        for tap in self.taps:
            tap.publisher_changed()
        if self.broadcast.state is State.RECONNECTING:
            self.broadcast.activity(self._clock.time())

    def forward(self, incoming: Incoming) -> None:
        """Take a packet of the attached publisher."""
        layer = self.layers[incoming.kind]
        if incoming.new_source:
            layer.track.change_source()
        packet = incoming.packet
        if self.broadcast.media(self._clock.time()):
            self._changed()
        for tap in self.taps:
            tap.packet(incoming)
        before = layer.track.format
        keyframe = layer.accept(
            incoming.number, packet.timestamp, packet.marker, packet.payload, incoming.format
        )
        if keyframe and self.publisher is not None:
            self.publisher.keyframe_received(incoming.kind)
        elif layer.track.awaiting_keyframe and self.publisher is not None:
            self.publisher.request_keyframe(incoming.kind)
        if layer.track.format is not before:
            self._changed()

    def report(self, kind: Kind, report: rtcp.SenderReport, ntp_now: int) -> None:
        """Pass the publisher's sender report on, its clock moved to ours by an offset that both kinds
        share.
        """
        for tap in self.taps:
            tap.report(kind, report)
        if report.ntp == 0:
            ntp = ntp_now  # the publisher has no wall clock (RFC 3550 section 6.4.1): the time of arrival has to do
        else:
            if self._ntp_offset is None:
                self._ntp_offset = ntp_now - report.ntp
            ntp = report.ntp + self._ntp_offset
        layer = self.layers[kind]
        layer.track.note_report(report, ntp, self._clock.time())
        compound = layer.sender_report()
        for viewer in self.viewers:
            viewer.send(compound)

    def join(self, viewer: Viewer) -> None:
        self.viewers[viewer] = None
        if viewer.counted:
            self._changed()

    def leave(self, viewer: Viewer) -> None:
        if self.viewers.pop(viewer, viewer) is None and viewer.counted:
            self._changed()

    def watched_elsewhere(self, viewers: int) -> None:
        """So many watch what taps make of it."""
        if viewers != self._viewers_elsewhere:
            self._viewers_elsewhere = viewers
            self._changed()

    def add_tap(self, tap: Tap) -> Callable[[], None]:
        """Let `tap` listen from the next packet on. Returns what ends that, without a word to it."""
        self.taps += (tap,)

        def remove() -> None:
            self.taps = tuple(each for each in self.taps if each is not tap)

        return remove

    def close(self) -> None:
        """Cancel timers; the viewers' sessions are closed by their owner."""
        self.broadcast.stop()
        for layer in self.layers.values():
            layer.close()
        taps, self.taps = self.taps, ()
        for tap in taps:
            tap.ended()

    def _keyframe_wish(self, kind: Kind) -> Callable[[], None]:
        def wish() -> None:
            if self.publisher is not None:
                self.publisher.request_keyframe(kind)

        return wish


def _random_ssrc() -> int:
    return secrets.randbits(32) or 1
