"""RTP packets of one stream to whole encoded frames in order, as a player's jitter buffer does it. No I/O.

A missing packet is waited for; when it does not come, everything up to the next keyframe is given up, because what
refers to a lost frame cannot be shown. That is what a viewer sees as a freeze.
"""

from __future__ import annotations

from dataclasses import dataclass

from loadtest.packetize import depacketize, starts_keyframe

HOLD_S = 0.3
KEPT_MAX = 4_096
_FRAME_MAX = 2_048


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """For a decoder; `timestamp` is RTP's, `arrived_s` when its last packet came."""

    data: bytes
    timestamp: int
    arrived_s: float
    keyframe: bool


@dataclass(frozen=True, slots=True)
class _Packet:
    timestamp: int
    marker: bool
    payload: bytes
    arrived_s: float


class FrameAssembler:
    """For one SSRC of a codec; sound has one packet in a frame and no keyframes."""

    def __init__(self, codec: str) -> None:
        self._codec = codec
        self._is_sound = codec.lower() == "opus"
        self._kept: dict[int, _Packet] = {}
        self._next = -1
        self._highest = -1
        self._needs_keyframe = not self._is_sound
        self._parts: list[_Packet] = []
        self.given_up = 0
        """How often a missing packet was not waited for any longer."""

    def receive(
        self, sequence: int, timestamp: int, payload: bytes, *, marker: bool, now_s: float
    ) -> list[EncodedFrame]:
        """One packet, in whatever order; returns the frames that are whole now. Padding alone has no payload."""
        number = self._extended(sequence)
        if number < self._next or number in self._kept:
            return []
        self._kept[number] = _Packet(timestamp, marker, payload, now_s)
        frames = self._in_order()
        if self._kept and self._is_overdue(now_s):
            self.given_up += 1
            self._skip()
            frames += self._in_order()
        return frames

    def _extended(self, sequence: int) -> int:
        if self._highest < 0:
            self._highest = self._next = sequence + 0x10000
            return self._next
        step = (sequence - self._highest + 0x8000 & 0xFFFF) - 0x8000
        number = self._highest + step
        self._highest = max(self._highest, number)
        return number

    def _is_overdue(self, now_s: float) -> bool:
        oldest_s = min(packet.arrived_s for packet in self._kept.values())
        return now_s - oldest_s > HOLD_S or len(self._kept) > KEPT_MAX

    def _skip(self) -> None:
        """To the next keyframe that is there, or to the next packet where every packet is one."""
        self._parts = []
        self._needs_keyframe = not self._is_sound
        later = sorted(self._kept)
        start = next(
            (
                number
                for number in later
                if self._is_sound or starts_keyframe(self._codec, self._kept[number].payload)
            ),
            later[-1] + 1,
        )
        for number in later:
            if number < start:
                del self._kept[number]
        self._next = start

    def _in_order(self) -> list[EncodedFrame]:
        frames: list[EncodedFrame] = []
        while (packet := self._kept.pop(self._next, None)) is not None:
            self._next += 1
            if self._needs_keyframe:
                if not starts_keyframe(self._codec, packet.payload):
                    continue
                self._needs_keyframe = False
            if self._parts and packet.timestamp != self._parts[0].timestamp:
                frames.append(self._frame())  # its marker was padding's, or was left out
            if packet.payload and len(self._parts) < _FRAME_MAX:
                self._parts.append(packet)
            if self._parts and (packet.marker or self._is_sound):
                frames.append(self._frame())
        return frames

    def _frame(self) -> EncodedFrame:
        parts, self._parts = self._parts, []
        return EncodedFrame(
            b"".join(depacketize(self._codec, part.payload) for part in parts),
            parts[0].timestamp,
            parts[-1].arrived_s,
            self._is_sound or starts_keyframe(self._codec, parts[0].payload),
        )
