"""VP9 payloads (RFC 9628) to frames; the spatial layers of a picture are joined into one superframe."""

from collections.abc import Sequence

from .bits import BitReader
from .errors import MalformedPayload
from .frames import Picture
from .payload_format import Assembled

_SYNC_CODE = 0x498342
_RGB = 7
_CHROMA = {(1, 1): "yuv420p", (1, 0): "yuv422p", (0, 1): "yuv440p", (0, 0): "yuv444p"}
_MAX_LAYERS = 8


class Vp9Format:
    def surely_begins(self, payload: bytes) -> bool:
        """Of a picture without inter-picture prediction, the start of the frame of its lowest layer."""
        if payload[0] & 0x48 != 0x08:
            return False
        if not payload[0] & 0x20:
            return True
        at = 1 if not payload[0] & 0x80 else 3 if len(payload) > 1 and payload[1] & 0x80 else 2
        return len(payload) > at and payload[at] >> 1 & 7 == 0

    def assemble(self, payloads: Sequence[bytes]) -> Assembled:
        layers: list[bytes] = []
        pieces: list[bytes] | None = None
        for payload in payloads:
            if bool(payload[0] & 0x08) == (pieces is not None):
                raise MalformedPayload("frames do not follow one another")
            if pieces is None:
                pieces = []
            pieces.append(payload[_descriptor_bytes(payload) :])
            if payload[0] & 0x04:
                layers.append(b"".join(pieces))
                pieces = None
        if pieces is not None or len(layers) > _MAX_LAYERS or not all(layers):
            raise MalformedPayload("a frame is not whole")
        picture = _picture(layers[0])
        if picture is not None and len(layers) > 1:
            picture = _picture(layers[-1]) or picture
        return Assembled(layers[0] if len(layers) == 1 else _superframe(layers), picture)


def _descriptor_bytes(payload: bytes) -> int:
    """Section 4.2."""
    reader = BitReader(payload)
    indexed, predicted, layered, flexible = (reader.flag() for _ in range(4))
    reader.skip(2)
    structured = reader.flag()
    reader.skip(1)
    size = 1
    if indexed:
        long = reader.flag()
        reader.skip(15 if long else 7)
        size += 2 if long else 1
    if layered:
        reader.skip(8 if flexible else 16)
        size += 1 if flexible else 2
    if flexible and predicted:
        for _ in range(3):
            reader.skip(7)
            size += 1
            if not reader.flag():
                break
    if structured:
        layers, sized, grouped = reader.read(3) + 1, reader.flag(), reader.flag()
        reader.skip(3 + (layers * 32 if sized else 0))
        size += 1 + (layers * 4 if sized else 0)
        if grouped:
            size += 1
            for _ in range(reader.read(8)):
                reader.skip(4)
                references = reader.read(2)
                reader.skip(2 + 8 * references)
                size += 1 + references
    return size


def _picture(frame: bytes) -> Picture | None:
    """What a keyframe says of itself (VP9 bitstream specification section 6.2); `None` for other frames."""
    reader = BitReader(frame[:32])
    if reader.read(2) != 2:
        raise MalformedPayload("no VP9 frame")
    profile = reader.read(1) | reader.read(1) << 1
    if profile == 3:
        reader.skip(1)
    if reader.flag() or reader.flag():  # shows an existing frame; is no keyframe
        return None
    reader.skip(2)
    if reader.read(24) != _SYNC_CODE:
        raise MalformedPayload("a keyframe without its sync code")
    depth = (12 if reader.flag() else 10) if profile >= 2 else 8
    chroma = (1, 1)
    if reader.read(3) == _RGB:
        chroma = (0, 0)
        reader.skip(1 if profile & 1 else 0)
    else:
        reader.skip(1)
        if profile & 1:
            chroma = (reader.read(1), reader.read(1))
            reader.skip(1)
    width, height = reader.read(16) + 1, reader.read(16) + 1
    return Picture(width, height, _CHROMA[chroma] + ("" if depth == 8 else f"{depth}le"))


def _superframe(frames: Sequence[bytes]) -> bytes:
    """Annex B of the bitstream specification: the frames, and an index of their sizes."""
    size_bytes = max((len(frame).bit_length() + 7) // 8 for frame in frames)
    marker = bytes((0xC0 | size_bytes - 1 << 3 | len(frames) - 1,))
    sizes = b"".join(len(frame).to_bytes(size_bytes, "little") for frame in frames)
    return b"".join(frames) + marker + sizes + marker
