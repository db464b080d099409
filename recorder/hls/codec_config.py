"""What players are told of a codec: sample entries of MP4, and the `CODECS` attribute (RFC 6381)."""

import struct
from dataclasses import dataclass

from ..av1_sequence import sequence_header
from ..bits import leb128
from ..errors import MalformedPayload
from ..frames import Frame, Picture, Sound
from ..h264 import START_CODE
from .boxes import box, descriptor, full_box

_SPS, _PPS = 7, 8
_CHROMA = {"gray": 0, "yuv420p": 1, "yuv422p": 2, "yuv444p": 3, "yuv440p": 3}
_WITH_CHROMA_FORMAT = frozenset({100, 110, 122, 144})
_OPUS = Sound(48_000, 2)
# Level, luma samples per second, luma samples of a picture (VP9 bitstream specification, annex A).
_VP9_LEVELS = (
    (10, 829_440, 36_864),
    (11, 2_764_800, 73_728),
    (20, 4_608_000, 122_880),
    (21, 9_216_000, 245_760),
    (30, 20_736_000, 552_960),
    (31, 36_864_000, 983_040),
    (40, 83_558_400, 2_228_224),
    (41, 160_432_128, 2_228_224),
    (50, 311_951_360, 8_912_896),
    (51, 588_251_136, 8_912_896),
    (52, 1_176_502_272, 8_912_896),
    (60, 1_176_502_272, 35_651_584),
    (61, 2_353_004_544, 35_651_584),
)
_VP9_ASSUMED_RATE = 60


@dataclass(frozen=True, slots=True)
class Format:
    """What an init segment is made from: two frames with different formats need two. `width` and `height` are 0 for
    sound, `rate_hz` and `channels` for pictures.
    """

    codec: str
    codecs: str
    sample_entry: bytes
    width: int = 0
    height: int = 0
    rate_hz: int = 0
    channels: int = 0


def format_of(frame: Frame) -> Format:
    """Of a keyframe, or of any frame of sound. Raises `MalformedPayload`."""
    match frame.codec:
        case "opus":
            return _opus()
        case "AAC" if frame.sound is not None:
            return _aac(frame.sound)
        case "H264" if frame.picture is not None:
            return _h264(frame.picture)
        case "VP9" if frame.picture is not None:
            return _vp9(frame.picture)
        case "AV1" if frame.picture is not None:
            return _av1(frame.picture)
        case _:
            raise MalformedPayload(f"{frame.codec} has no place in a segment")


def _h264(picture: Picture) -> Format:
    """ISO/IEC 14496-15 section 5.3.3.1."""
    nals = [nal for nal in picture.parameters.split(START_CODE) if nal]
    sps = [nal for nal in nals if nal[0] & 0x1F == _SPS]
    pps = [nal for nal in nals if nal[0] & 0x1F == _PPS]
    if not sps or not pps or len(sps[-1]) < 4:
        raise MalformedPayload("parameter sets are missing")
    profile = sps[-1][1:4]
    chroma, depth = _pixels(picture)
    config = b"".join(
        (
            b"\x01",
            profile,
            bytes((0xFF, 0xE0 | len(sps))),
            *(struct.pack(">H", len(nal)) + nal for nal in sps),
            bytes((len(pps),)),
            *(struct.pack(">H", len(nal)) + nal for nal in pps),
        )
    )
    if profile[0] in _WITH_CHROMA_FORMAT:
        config += bytes((0xFC | chroma, 0xF8 | depth - 8, 0xF8 | depth - 8, 0))
    entry = _visual(b"avc1", picture, box(b"avcC", config))
    return Format("H264", f"avc1.{profile.hex().upper()}", entry, picture.width, picture.height)


def _vp9(picture: Picture) -> Format:
    """VP Codec ISO Media File Format Binding, version 1. Colours are BT.709 in limited range, as browsers send."""
    chroma, depth = _pixels(picture)
    profile = (0 if chroma == 1 else 1) + (2 if depth > 8 else 0)
    subsampling = {1: 1, 2: 2, 3: 3}.get(chroma, 1)
    samples = picture.width * picture.height
    level = next(
        (
            level
            for level, rate, size in _VP9_LEVELS
            if samples <= size and samples * _VP9_ASSUMED_RATE <= rate
        ),
        62,
    )
    config = full_box(
        b"vpcC",
        1,
        0,
        bytes((profile, level, depth << 4 | subsampling << 1, 1, 1, 1)),
        struct.pack(">H", 0),
    )
    entry = _visual(b"vp09", picture, config)
    return Format("VP9", f"vp09.{profile:02}.{level:02}.{depth:02}", entry, picture.width, picture.height)


def _av1(picture: Picture) -> Format:
    """AV1 Codec ISO Media File Format Binding sections 2.3 and 5."""
    sequence = sequence_header(_obu_body(picture.parameters))
    config = bytes(
        (
            0x81,
            sequence.profile << 5 | sequence.level,
            sequence.tier << 7
            | (sequence.depth > 8) << 6
            | (sequence.depth > 10) << 5
            | sequence.monochrome << 4
            | sequence.subsampling_x << 3
            | sequence.subsampling_y << 2
            | sequence.sample_position,
            0,
        )
    )
    entry = _visual(b"av01", picture, box(b"av1C", config, picture.parameters))
    tier = "H" if sequence.tier else "M"
    codecs = f"av01.{sequence.profile}.{sequence.level:02}{tier}.{sequence.depth:02}"
    return Format("AV1", codecs, entry, picture.width, picture.height)


def _opus() -> Format:
    """Encapsulation of Opus in ISO Base Media File Format, section 4.3. Nothing is skipped: it begins in the middle."""
    config = box(b"dOps", struct.pack(">BBHIhB", 0, 2, 0, _OPUS.rate_hz, 0, 0))
    entry = _audio(b"Opus", _OPUS, config)
    return Format("opus", "opus", entry, rate_hz=_OPUS.rate_hz, channels=_OPUS.channels)


def _aac(sound: Sound) -> Format:
    """ISO/IEC 14496-14 section 5.6: the AudioSpecificConfig in an ES descriptor."""
    if len(sound.parameters) < 2 or len(sound.parameters) > 64:
        raise MalformedPayload("the AudioSpecificConfig is missing")
    decoder = descriptor(
        0x04,
        bytes((0x40, 0x15)),
        bytes(3),  # no bound is told for buffer and rates
        struct.pack(">II", 0, 0),
        descriptor(0x05, sound.parameters),
    )
    config = full_box(
        b"esds",
        0,
        0,
        descriptor(0x03, struct.pack(">HB", 0, 0), decoder, descriptor(0x06, b"\x02")),
    )
    object_type = sound.parameters[0] >> 3
    entry = _audio(b"mp4a", sound, config)
    return Format("AAC", f"mp4a.40.{object_type}", entry, rate_hz=sound.rate_hz, channels=sound.channels)


def _visual(kind: bytes, picture: Picture, config: bytes) -> bytes:
    """Section 12.1.3 of ISO/IEC 14496-12."""
    return box(
        kind,
        bytes(6),
        struct.pack(">H", 1),
        bytes(16),
        struct.pack(">HHIII", picture.width, picture.height, 0x480000, 0x480000, 0),
        struct.pack(">H32sHh", 1, b"", 0x18, -1),
        config,
    )


def _audio(kind: bytes, sound: Sound, config: bytes) -> bytes:
    """Section 12.2.3."""
    return box(
        kind,
        bytes(6),
        struct.pack(">H", 1),
        bytes(8),
        struct.pack(">HHI", sound.channels, 16, 0),
        struct.pack(">I", min(sound.rate_hz, 0xFFFF) << 16),
        config,
    )


def _pixels(picture: Picture) -> tuple[int, int]:
    """Chroma format (ITU-T H.264 table 6-1) and bits per sample."""
    name = picture.pixel_format
    for depth in (10, 12):
        if name.endswith(f"{depth}le"):
            return _CHROMA.get(name.removesuffix(f"{depth}le"), 1), depth
    return _CHROMA.get(name, 1), 8


def _obu_body(obu: bytes) -> bytes:
    """Of an OBU with its size."""
    if not obu:
        raise MalformedPayload("the sequence header is missing")
    _, at = leb128(obu, 2 if obu[0] & 0x04 else 1)
    return obu[at:]
