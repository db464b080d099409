"""Encoded frames from the packets of one source: whole ones only, and only what a decoder can use.

No I/O. After a loss nothing is emitted until the next keyframe, so that every frame can be decoded from the last
keyframe on. Whether a frame's first packet is there is never guessed: either the packet before it is known, or the
payload says so itself.
"""

from collections.abc import Iterable

from .av1 import Av1Format
from .errors import MalformedPayload
from .frames import Frame, Packet
from .h264 import H264Format
from .opus import OpusFormat
from .payload_format import PayloadFormat
from .reordering import Ordered, Reordering
from .vp8 import Vp8Format
from .vp9 import Vp9Format

MAX_FRAME_BYTES = 16 << 20
MAX_FRAME_PACKETS = 16_384
FORMATS: dict[str, type[PayloadFormat]] = {
    "H264": H264Format,
    "VP8": Vp8Format,
    "VP9": Vp9Format,
    "AV1": Av1Format,
    "opus": OpusFormat,
}


class Assembler:
    """Frames of one source and codec. `codec` is the registered encoding name."""

    def __init__(self, codec: str) -> None:
        self.codec = codec
        self.dropped = 0
        """Frames that were not whole, or that nothing could be decoded from."""
        self._audio = codec == "opus"
        self._format = FORMATS[codec]()
        self._order = Reordering()
        self._payloads: list[bytes] = []
        self._bytes = 0
        self._timestamp: int | None = None
        self._whole = False
        self._at_boundary = False
        self._awaiting_keyframe = not self._audio

    @property
    def awaiting_keyframe(self) -> bool:
        """Whether nothing can be emitted until a keyframe comes."""
        return self._awaiting_keyframe

    @property
    def lost(self) -> int:
        """Packets that never came."""
        return self._order.lost

    def push(self, packet: Packet, now_s: float) -> list[Frame]:
        """Take a packet; returns the frames it completes."""
        return self._assemble(self._order.push(packet, now_s))

    def poll(self, now_s: float) -> list[Frame]:
        """Let time pass: losses are given up."""
        return self._assemble(self._order.poll(now_s))

    def flush(self) -> list[Frame]:
        """Nothing more will come."""
        frames = self._assemble(self._order.flush())
        self._drop()  # whether it is whole nobody can know
        return frames

    def _assemble(self, ordered: Iterable[Ordered]) -> list[Frame]:
        frames: list[Frame] = []
        for each in ordered:
            packet = each.packet
            if each.after_gap:
                self._drop()
                self._at_boundary = self._audio
                self._awaiting_keyframe = not self._audio
            if not packet.payload:
                continue
            if self._timestamp is not None and packet.timestamp != self._timestamp:
                self._complete(frames)
            if self._timestamp is None:
                self._timestamp = packet.timestamp
                self._whole = self._at_boundary or self._format.surely_begins(packet.payload)
            self._payloads.append(packet.payload)
            self._bytes += len(packet.payload)
            if self._bytes > MAX_FRAME_BYTES or len(self._payloads) > MAX_FRAME_PACKETS:
                self._payloads, self._bytes, self._whole = [], 0, False
            if packet.marker or self._audio:
                self._complete(frames)
        return frames

    def _complete(self, frames: list[Frame]) -> None:
        """The frame being gathered has ended, and nothing of it was lost after its first packet."""
        payloads, timestamp, whole = self._payloads, self._timestamp, self._whole
        self._reset()
        self._at_boundary = True
        assert timestamp is not None
        if whole:
            try:
                assembled = self._format.assemble(payloads)
            except MalformedPayload:
                whole = False
        if not whole:
            self.dropped += 1
            self._awaiting_keyframe = not self._audio
            return
        keyframe = self._audio or assembled.picture is not None
        if self._awaiting_keyframe and not keyframe:
            self.dropped += 1
            return
        self._awaiting_keyframe = False
        frames.append(Frame(self.codec, timestamp, keyframe, assembled.data, assembled.picture))

    def _drop(self) -> None:
        if self._timestamp is not None:
            self.dropped += 1
        self._reset()

    def _reset(self) -> None:
        self._payloads, self._bytes = [], 0
        self._timestamp, self._whole = None, False
