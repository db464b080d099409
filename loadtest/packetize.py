"""Cut encoded frames into RTP payloads the way browsers do: evenly, at most 1,200 bytes (RFC 6184, RFC 7741).

Even pieces matter to a load test: a server that batches sends profits from packets of one size, and browsers
deliver that.
"""

from __future__ import annotations

from collections.abc import Iterator

from loadtest.rtp import MAX_PAYLOAD_BYTES

NAL_IDR, NAL_SEI, NAL_SPS, NAL_PPS, NAL_DELIMITER, NAL_FILLER = 5, 6, 7, 8, 9, 12
STAP_A, FU_A = 24, 28
_START_CODE = b"\0\0\0\1"


def packetize_h264(annex_b: bytes) -> list[bytes]:
    """The payloads of one access unit; delimiters, filler and SEI are left out: browsers send none."""
    payloads: list[bytes] = []
    small: list[bytes] = []
    for nal in split_nal_units(annex_b):
        kind = nal[0] & 0x1F
        if kind in (NAL_SEI, NAL_DELIMITER, NAL_FILLER):
            continue
        if kind in (NAL_SPS, NAL_PPS):
            small.append(nal)
            continue
        payloads += _aggregate(small)
        small = []
        payloads += [nal] if len(nal) <= MAX_PAYLOAD_BYTES else _fragment(nal)
    return payloads + _aggregate(small)


def packetize_vp8(frame: bytes) -> list[bytes]:
    """The payloads of one VP8 frame with the one-byte descriptor."""
    pieces = _split_evenly(frame, MAX_PAYLOAD_BYTES - 1)
    return [bytes((0x10 if index == 0 else 0x00,)) + piece for index, piece in enumerate(pieces)]


def depacketize(codec: str, payload: bytes) -> bytes:
    """The part of an encoded frame in a payload: H264 with Annex B start codes. What is malformed gives nothing."""
    if codec == "VP8":
        return payload[_vp8_descriptor_bytes(payload) :] if payload else b""
    if codec != "H264":
        return payload
    if len(payload) < 2:
        return b""
    kind = payload[0] & 0x1F
    if kind == FU_A:
        begins = bytes((payload[0] & 0xE0 | payload[1] & 0x1F,)) if payload[1] & 0x80 else None
        return payload[2:] if begins is None else _START_CODE + begins + payload[2:]
    if kind != STAP_A:
        return _START_CODE + payload
    parts = b""
    position = 1
    while position + 2 < len(payload):
        size = int.from_bytes(payload[position : position + 2], "big")
        parts += _START_CODE + payload[position + 2 : position + 2 + size]
        position += 2 + size
    return parts


def starts_keyframe(codec: str, payload: bytes) -> bool:
    """Whether this payload begins a keyframe."""
    if not payload:
        return False
    if codec == "VP8":
        offset = _vp8_descriptor_bytes(payload)
        return bool(payload[0] & 0x10) and len(payload) > offset and not payload[offset] & 0x01
    kind = payload[0] & 0x1F
    if kind == STAP_A:
        return len(payload) > 3 and payload[3] & 0x1F in (NAL_SPS, NAL_IDR)
    if kind == FU_A:
        return len(payload) > 1 and bool(payload[1] & 0x80) and payload[1] & 0x1F == NAL_IDR
    return kind in (NAL_SPS, NAL_IDR)


def split_nal_units(annex_b: bytes) -> Iterator[bytes]:
    """The NAL units between Annex B start codes."""
    position = annex_b.find(b"\0\0\1")
    while position != -1:
        start = position + 3
        position = annex_b.find(b"\0\0\1", start)
        # Zero bytes before a start code belong to the start code: a NAL unit never ends in one (7.4.1.1).
        nal = (annex_b[start:] if position == -1 else annex_b[start:position]).rstrip(b"\0")
        if nal:
            yield nal


def _aggregate(nals: list[bytes]) -> list[bytes]:
    if not nals:
        return []
    if len(nals) == 1:
        return nals
    importance = max(nal[0] & 0x60 for nal in nals)
    body = b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)
    return [bytes((importance | STAP_A,)) + body]


def _fragment(nal: bytes) -> list[bytes]:
    indicator = (nal[0] & 0xE0) | FU_A
    pieces = _split_evenly(nal[1:], MAX_PAYLOAD_BYTES - 2)
    last = len(pieces) - 1
    return [
        bytes((indicator, (nal[0] & 0x1F) | (0x80 if index == 0 else 0) | (0x40 if index == last else 0)))
        + piece
        for index, piece in enumerate(pieces)
    ]


def _split_evenly(data: bytes, limit: int) -> list[bytes]:
    count = max(1, -(-len(data) // limit))
    size, longer = divmod(len(data), count)
    pieces: list[bytes] = []
    start = 0
    for index in range(count):
        end = start + size + (1 if index < longer else 0)
        pieces.append(data[start:end])
        start = end
    return pieces


def _vp8_descriptor_bytes(payload: bytes) -> int:
    if not payload[0] & 0x80 or len(payload) < 2:
        return 1
    flags = payload[1]
    size = 2
    if flags & 0x80:
        size += 2 if len(payload) > 2 and payload[2] & 0x80 else 1
    return size + bool(flags & 0x40) + bool(flags & 0x30)
