"""RTP headers (RFC 3550 section 5.1), read from and written to bytes without objects per header field.

Payloads are opaque here; `keyframes.py` looks into them.
"""

import struct
from dataclasses import dataclass

from .errors import MalformedPacket

HEADER_BYTES = 12
SEQUENCE_MODULUS = 1 << 16
TIMESTAMP_MODULUS = 1 << 32
MAX_PADDING_BYTES = 255

_HEADER = struct.Struct("!BBHII")
_EXTENSION = struct.Struct("!HH")
_ONE_BYTE_PROFILE = 0xBEDE
_TWO_BYTE_PROFILE = 0x1000


@dataclass(slots=True)
class RtpPacket:
    """A packet as received: header fields, and the payload without header extensions and padding."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    transport_sequence: int | None = None


def is_rtcp(datagram: bytes | bytearray | memoryview) -> bool:
    """Whether an RTP-range datagram is RTCP (RFC 5761 section 4: the second byte is 192..223)."""
    return len(datagram) >= 2 and 192 <= datagram[1] <= 223


def parse(data: bytes, transport_cc_id: int | None = None) -> RtpPacket:
    """Read one unprotected RTP packet.

    `transport_cc_id` is the negotiated id of the transport-wide sequence number extension, read if present.
    Raises `MalformedPacket`.
    """
    if len(data) < HEADER_BYTES:
        raise MalformedPacket(f"RTP packet of {len(data)} bytes is shorter than its header")
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    if first >> 6 != 2:
        raise MalformedPacket(f"RTP version {first >> 6} is not 2")
    start = HEADER_BYTES + 4 * (first & 0x0F)
    transport_sequence: int | None = None
    if first & 0x10:
        if len(data) < start + 4:
            raise MalformedPacket("RTP header extension is truncated")
        profile, words = _EXTENSION.unpack_from(data, start)
        end = start + 4 + 4 * words
        if len(data) < end:
            raise MalformedPacket("RTP header extension is truncated")
        if transport_cc_id is not None:
            transport_sequence = _find_sequence(data, start + 4, end, profile, transport_cc_id)
        start = end
    end = len(data)
    if first & 0x20:
        padding = data[-1]
        if padding == 0 or padding > end - start:
            raise MalformedPacket(f"RTP padding of {padding} bytes does not fit")
        end -= padding
    if start > end:
        raise MalformedPacket("RTP contributing sources are truncated")
    return RtpPacket(
        second & 0x7F, second >= 0x80, sequence, timestamp, ssrc, data[start:end], transport_sequence
    )


def _find_sequence(data: bytes, pos: int, end: int, profile: int, wanted: int) -> int | None:
    """The two-byte value of extension element `wanted` (RFC 8285), or `None`."""
    one_byte = profile == _ONE_BYTE_PROFILE
    if not one_byte and profile & 0xFFF0 != _TWO_BYTE_PROFILE:
        return None
    while pos < end:
        first = data[pos]
        if first == 0:
            pos += 1
            continue
        if one_byte:
            element, length = first >> 4, (first & 0x0F) + 1
            if element == 15:
                return None
            pos += 1
        else:
            if pos + 1 >= end:
                return None
            element, length = first, data[pos + 1]
            pos += 2
        if element == wanted:
            return int.from_bytes(data[pos : pos + 2], "big") if length == 2 and pos + 2 <= end else None
        pos += length
    return None


def header(
    payload_type: int, marker: bool, sequence: int, timestamp: int, ssrc: int, *, padded: bool = False
) -> bytes:
    """A 12-byte header without extensions; `sequence` and `timestamp` are taken modulo their width."""
    return _HEADER.pack(
        0xA0 if padded else 0x80,
        payload_type | (0x80 if marker else 0),
        sequence & 0xFFFF,
        timestamp & 0xFFFFFFFF,
        ssrc,
    )


def padding(size_bytes: int) -> bytes:
    """RTP padding of 1..255 bytes: zeros and the count (RFC 3550 section 5.1)."""
    return bytes(size_bytes - 1) + bytes((size_bytes,))


def unwrap(value: int, reference: int, modulus: int) -> int:
    """The integer congruent to `value` that is nearest to the already extended `reference`."""
    half = modulus >> 1
    return reference + (value - reference + half) % modulus - half
