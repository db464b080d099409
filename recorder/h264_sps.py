"""The size of the picture in an H264 sequence parameter set (ITU-T H.264 section 7.3.2.1.1)."""

from .bits import BitReader
from .errors import MalformedPayload

_WITH_CHROMA_FORMAT = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}
_FORMATS = {0: "gray", 1: "yuv420p", 2: "yuv422p", 3: "yuv444p"}
_MAX_PIXELS = 16_384


def picture_size(nal: bytes) -> tuple[int, int, str]:
    """Width and height in pixels after cropping, and the pixel format. Raises `MalformedPayload`."""
    reader = BitReader(_without_emulation_prevention(nal[1:256]))
    profile = reader.read(8)
    reader.skip(16)
    reader.exp_golomb()
    chroma, depth, separate_planes = 1, 8, False
    if profile in _WITH_CHROMA_FORMAT:
        chroma = reader.exp_golomb()
        if chroma == 3:
            separate_planes = reader.flag()
        depth = 8 + reader.exp_golomb()
        reader.exp_golomb()
        reader.skip(1)
        if reader.flag():
            for index in range(8 if chroma != 3 else 12):
                if reader.flag():
                    _skip_scaling_list(reader, 16 if index < 6 else 64)
    reader.exp_golomb()
    order_type = reader.exp_golomb()
    if order_type == 0:
        reader.exp_golomb()
    elif order_type == 1:
        reader.skip(1)
        reader.signed_exp_golomb()
        reader.signed_exp_golomb()
        for _ in range(min(reader.exp_golomb(), 256)):
            reader.signed_exp_golomb()
    reader.exp_golomb()
    reader.skip(1)
    width_units, height_units = reader.exp_golomb() + 1, reader.exp_golomb() + 1
    frames_only = reader.flag()
    if not frames_only:
        reader.skip(1)
    reader.skip(1)
    left = right = top = bottom = 0
    if reader.flag():
        left, right, top, bottom = (reader.exp_golomb() for _ in range(4))
    subsampled = chroma if not separate_planes else 0
    crop_x = 2 if subsampled in (1, 2) else 1
    crop_y = (2 if subsampled == 1 else 1) * (1 if frames_only else 2)
    width = width_units * 16 - (left + right) * crop_x
    height = height_units * 16 * (1 if frames_only else 2) - (top + bottom) * crop_y
    if not (0 < width <= _MAX_PIXELS and 0 < height <= _MAX_PIXELS) or chroma not in _FORMATS:
        raise MalformedPayload(f"a picture of {width} x {height} pixels")
    return width, height, _FORMATS[chroma] + ("" if depth == 8 else f"{depth}le")


def _without_emulation_prevention(data: bytes) -> bytes:
    return data.replace(b"\0\0\3", b"\0\0")


def _skip_scaling_list(reader: BitReader, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + reader.signed_exp_golomb()) % 256
        last = following or last
