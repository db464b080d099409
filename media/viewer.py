"""The outbound half of one viewing session: what it receives, and what it reports back."""

import contextlib
from collections.abc import Mapping, Sequence

from . import rtcp
from .description import Kind, OutboundTrack
from .destinations import Destination
from .keyframe_wishes import KeyframeWishes
from .layer import Layer, Subscription
from .srtp import SrtpError
from .stats import Counters


class Viewer:
    """Subscribes to the layers of a stream, and answers the RTCP of its peer.

    `counted` is false for previews, which are no audience.
    """

    def __init__(
        self,
        layers: Mapping[Kind, Layer],
        tracks: Sequence[OutboundTrack],
        counters: Counters,
        *,
        counted: bool,
    ) -> None:
        self.counted = counted
        self._layers = {track.kind: layers[track.kind] for track in tracks if track.kind in layers}
        self._formats = {track.kind: track.formats for track in tracks}
        self._counters = counters
        self._subscriptions: dict[Kind, Subscription] = {}
        self._destination: Destination | None = None
        self._wishes = KeyframeWishes()
        self.fraction_lost = 0.0

    def start(self, destination: Destination) -> None:
        """The session is connected: send to `destination`."""
        self._destination = destination
        for kind, layer in sorted(
            self._layers.items()
        ):  # audio first: it is one packet, the picture may be hundreds
            subscription = self._subscriptions[kind] = Subscription(self._formats[kind], destination)
            self.send(layer.sender_report())  # so that sound and picture are aligned from the start
            layer.add(subscription)

    def move(self, destination: Destination) -> None:
        """The peer's address changed."""
        self._destination = destination
        for kind, subscription in self._subscriptions.items():
            self._layers[kind].move(subscription, destination)

    def stop(self) -> None:
        """Receive no more."""
        for kind, subscription in self._subscriptions.items():
            self._layers[kind].remove(subscription)
        self._subscriptions.clear()

    def receive_rtcp(self, messages: Sequence[rtcp.Message], now_s: float) -> None:
        """Act on the peer's reports. The wish for a keyframe counts after the losses reported beside it."""
        wished: list[int] = []
        for message in messages:
            match message:
                case rtcp.Nack(ssrc, sequences):
                    self._counters.nacks_received += 1
                    for kind, subscription in self._subscriptions.items():
                        if self._layers[kind].identity.ssrc == ssrc:
                            self._layers[kind].retransmit(subscription, sequences)
                            self._note_losses(kind, now_s)
                case rtcp.KeyframeRequest(ssrc):
                    wished.append(ssrc)
                case rtcp.ReceptionReport():
                    self.fraction_lost = message.fraction_lost / 256
                    if message.fraction_lost:
                        self._note_losses(Kind.VIDEO, now_s)
                case _:
                    pass
        for layer in self._layers.values():
            if layer.identity.ssrc in wished and self._wishes.grant(now_s):
                layer.request_keyframe()

    def _note_losses(self, kind: Kind, now_s: float) -> None:
        if kind is Kind.VIDEO:
            self._wishes.loss_reported(now_s)

    def send(self, compound: bytes | None) -> None:
        """Send a compound RTCP packet, if there is one and the session is connected. What SRTP refuses is lost."""
        destination = self._destination
        if destination is not None and compound is not None:
            with contextlib.suppress(SrtpError):
                destination.endpoint.send(destination.srtp.protect_rtcp(compound), destination.address)

    def goodbye(self) -> None:
        """Tell the peer that nothing more will come (RTCP BYE)."""
        if self._layers:
            self.send(rtcp.goodbye([layer.identity.ssrc for layer in self._layers.values()]))
