"""RTP headers as synthetic peers write and read them (RFC 3550, RFC 8285, RFC 4588).

RTCP goes through `aiortc.rtp`; RTP has its own few lines because it is the hot path here.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

FIXED_HEADER = struct.Struct("!BBHII")
MAX_PAYLOAD_BYTES = 1200
EXTENSION_PROFILE_ONE_BYTE = 0xBEDE
EXTENSION_PROFILE_TWO_BYTES = 0x1000


class RtpHeader:
    """Builds the headers of one outgoing SSRC, with the two timing extensions where they were negotiated.

    `names` are extensions of text (RFC 8852: which layer of which section this is), until `drop_names`.
    """

    def __init__(
        self,
        ssrc: int,
        payload_type: int,
        *,
        send_time_id: int | None = None,
        transport_cc_id: int | None = None,
        names: Mapping[int, str] | None = None,
    ) -> None:
        self.ssrc = ssrc
        self.payload_type = payload_type
        self._send_time_id = send_time_id
        self._transport_cc_id = transport_cc_id
        self._names = b"".join(
            bytes(((number << 4) | len(name) - 1,)) + name.encode() for number, name in (names or {}).items()
        )

    def drop_names(self) -> None:
        """The receiver knows this SSRC."""
        self._names = b""

    def build(
        self, *, sequence: int, timestamp: int, marker: bool, now_s: float, transport_sequence: int
    ) -> bytes:
        """The header as bytes. `now_s` feeds the absolute send time: 6.18 fixed point seconds."""
        extension = self._names
        if self._send_time_id is not None:
            send_time = int(now_s * (1 << 18)) & 0xFFFFFF
            extension += bytes(((self._send_time_id << 4) | 2,)) + send_time.to_bytes(3, "big")
        if self._transport_cc_id is not None:
            extension += struct.pack("!BH", (self._transport_cc_id << 4) | 1, transport_sequence & 0xFFFF)
        first = 0x80
        if extension:
            first = 0x90
            words = (len(extension) + 3) // 4
            extension = struct.pack("!HH", EXTENSION_PROFILE_ONE_BYTE, words) + extension.ljust(
                words * 4, b"\0"
            )
        second = (0x80 if marker else 0) | self.payload_type
        return (
            FIXED_HEADER.pack(first, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, self.ssrc) + extension
        )


_ASCENDING = bytes(range(256))
_RTP_FIRST_BYTES = bytes(range(128, 192))


def one_stream(memory: bytes | bytearray, run: range) -> tuple[int, int] | None:
    """Payload type and first sequence number of packets that begin at `run`, when all are RTP of this type and follow
    one another; `None` when they do not, or it cannot be told at a glance. Much cheaper than a look at each.
    """
    start, stop, step, count = run.start, run.stop, run.step, len(run)
    payload_type, high, low = memory[start + 1] & 0x7F, memory[start + 2], memory[start + 3]
    types = memory[start + 1 : stop : step]
    if (
        memory[start + 3 : stop : step] != _ASCENDING[low : low + count]
        or memory[start + 2 : stop : step].count(high) != count
        or types.count(payload_type) + types.count(payload_type | 0x80) != count
        or memory[start:stop:step].translate(None, _RTP_FIRST_BYTES)
    ):
        return None
    return payload_type, high << 8 | low


def extension_at(memory: bytes | bytearray, start: int, end: int, number: int) -> int | None:
    """Where in `memory` the data of a header extension of the packet at `start` begins; `None` when it has none.

    Both forms of RFC 8285. Reads nothing at or after `end`; SRTP leaves all of it in clear.
    """
    if not memory[start] & 0x10:
        return None
    at = start + 16 + 4 * (memory[start] & 0x0F)
    if at > end:
        return None
    profile = memory[at - 4] << 8 | memory[at - 3]
    stop = min(end, at + 4 * (memory[at - 2] << 8 | memory[at - 1]))
    if profile == EXTENSION_PROFILE_ONE_BYTE:
        while at < stop:
            head = memory[at]
            if head >> 4 == number:
                return at + 1 if at + 2 + (head & 0x0F) <= stop else None
            at += 2 + (head & 0x0F) if head else 1
    elif profile & 0xFFF0 == EXTENSION_PROFILE_TWO_BYTES:
        while at + 1 < stop:
            size = memory[at + 1]
            if memory[at] == number:
                return at + 2 if at + 2 + size <= stop else None
            at += 2 + size if memory[at] else 1
    return None


def payload_of(packet: bytes) -> bytes:
    """A decrypted RTP packet's payload, without header, extension and padding; ValueError when truncated."""
    if len(packet) < 12:
        raise ValueError("an RTP packet has at least 12 bytes")
    start = 12 + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10:
        if len(packet) < start + 4:
            raise ValueError("the header extension is truncated")
        start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4], "big")
    end = len(packet) - (packet[-1] if packet[0] & 0x20 else 0)
    if end < start:
        raise ValueError("header and padding are longer than the packet")
    return packet[start:end]
