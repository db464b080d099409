"""VP8 payloads (RFC 7741) to frames (RFC 6386)."""

from collections.abc import Sequence

from .errors import MalformedPayload
from .frames import Picture
from .payload_format import Assembled

_START_CODE = b"\x9d\x01\x2a"


class Vp8Format:
    def surely_begins(self, payload: bytes) -> bool:
        return payload[0] & 0x17 == 0x10  # S is set and the partition is the first one

    def assemble(self, payloads: Sequence[bytes]) -> Assembled:
        if not self.surely_begins(payloads[0]):
            raise MalformedPayload("the frame does not begin with its first partition")
        pieces = []
        for index, payload in enumerate(payloads):
            if index and self.surely_begins(payload):
                raise MalformedPayload("two frames have one timestamp")
            pieces.append(payload[_descriptor_bytes(payload) :])
        data = b"".join(pieces)
        if len(data) < 3:
            raise MalformedPayload("a frame without a header")
        return Assembled(data, None if data[0] & 1 else _picture(data))


def _descriptor_bytes(payload: bytes) -> int:
    """Section 4.2: the length of the descriptor before the frame's own bytes."""
    if not payload[0] & 0x80:
        return 1
    if len(payload) < 2:
        raise MalformedPayload("a payload descriptor is truncated")
    flags = payload[1]
    size = 2
    if flags & 0x80:
        size += 2 if len(payload) > 2 and payload[2] & 0x80 else 1
    size += bool(flags & 0x40) + bool(flags & 0x30)
    if len(payload) < size:
        raise MalformedPayload("a payload descriptor is truncated")
    return size


def _picture(data: bytes) -> Picture:
    """RFC 6386 section 9.1."""
    if len(data) < 10 or data[3:6] != _START_CODE:
        raise MalformedPayload("a keyframe without its start code")
    width, height = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    if not width or not height:
        raise MalformedPayload("a picture without pixels")
    return Picture(width, height)
