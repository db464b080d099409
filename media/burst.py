"""Bursts: packets of one frame sent together, written once for every viewer that negotiated the same payload
type.

No I/O. GSO wants segments of one size, the last may be shorter: smaller packets are brought up with RTP
padding where 255 bytes suffice, else the burst is split into several runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from . import rtp
from .track import ForwardedPacket

MAX_PACKETS = 10
"""A burst is flushed when it is this long, so that the sender's pacing survives."""
MAX_AGE_S = 0.005


class Burst:
    """Collects packets until they are worth sending.

    After `add` returns true, or `MAX_AGE_S` after the first packet, the owner takes them with `take`.
    """

    def __init__(self) -> None:
        self._packets: list[ForwardedPacket] = []

    def __len__(self) -> int:
        return len(self._packets)

    def add(self, packet: ForwardedPacket) -> bool:
        """Add a packet; true when the burst is complete (end of frame, or full)."""
        self._packets.append(packet)
        return packet.marker or len(self._packets) >= MAX_PACKETS

    def differs(self, packet: ForwardedPacket) -> bool:
        """Whether `packet` has another format than those collected, which must then be taken first."""
        return bool(self._packets) and self._packets[0].format is not packet.format

    def take(self) -> list[ForwardedPacket]:
        """The collected packets; the burst is empty afterwards."""
        packets, self._packets = self._packets, []
        return packets


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive packets that go out in one system call.

    `template` is the plaintext with a gap of the SRTP tag's size after each packet, so that it is protected
    in place; `sizes` are the plaintext sizes in bytes; `segment_bytes` is the protected size of every packet
    but perhaps the last.
    """

    template: bytes
    sizes: tuple[int, ...]
    segment_bytes: int


def write_runs(
    packets: Sequence[ForwardedPacket], payload_type: int, ssrc: int, tag_bytes: int, *, pad: bool = True
) -> list[Run]:
    """The runs for `packets`, in order.

    Without `pad` a packet is the same bytes whatever packets it is sent with, at the price of more runs.
    """
    spread = rtp.MAX_PADDING_BYTES if pad else 0
    return [_write(run, size, payload_type, ssrc, tag_bytes) for run, size in _split(packets, spread)]


def _split(packets: Sequence[ForwardedPacket], spread: int) -> list[tuple[Sequence[ForwardedPacket], int]]:
    """Cut into stretches whose payloads differ by at most `spread` bytes, so that they can share one size; with
    each, that size (of payload plus padding).
    """
    stretches = []
    start = 0
    low = high = len(packets[0].payload) if packets else 0
    for index in range(1, len(packets)):
        size = len(packets[index].payload)
        new_low, new_high = min(low, size), max(high, size)
        if new_high - new_low <= spread:
            low, high = new_low, new_high
        elif size < low:  # much smaller: the last of its run, unpadded
            stretches.append((packets[start : index + 1], high))
            start, low, high = index + 1, rtp.TIMESTAMP_MODULUS, 0
        else:
            stretches.append((packets[start:index], high))
            start, low, high = index, size, size
    if start < len(packets):
        stretches.append((packets[start:], high))
    return stretches


def _write(
    packets: Sequence[ForwardedPacket], size: int, payload_type: int, ssrc: int, tag_bytes: int
) -> Run:
    pieces: list[bytes] = []
    sizes: list[int] = []
    gap = bytes(tag_bytes)
    size = max(size, 1)  # packets without payload alone: each has its one byte of padding
    last = len(packets) - 1
    for index, packet in enumerate(packets):
        missing = size - len(packet.payload) if index < last else 0
        padded = missing > 0 or not packet.payload
        pieces.append(
            rtp.header(payload_type, packet.marker, packet.number, packet.timestamp, ssrc, padded=padded)
        )
        pieces.append(packet.payload)
        if padded:
            missing = max(missing, 1)  # a packet without payload was the publisher's padding, and stays one
            pieces.append(rtp.padding(missing))
        pieces.append(gap)
        sizes.append(rtp.HEADER_BYTES + len(packet.payload) + missing)
    return Run(b"".join(pieces), tuple(sizes), rtp.HEADER_BYTES + size + tag_bytes)
