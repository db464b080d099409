"""Fragmented MP4 (ISO/IEC 14496-12) as HLS wants it: an init segment per format, and fragments of one track.

No I/O. Times are in units of the track's clock, since the broadcast began.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from ..h264 import START_CODE
from .boxes import MATRIX, box, full_box
from .codec_config import Format

VIDEO_CLOCK_HZ = 90_000
_TRACK = 1
_SYNC, _NO_SYNC = 0x02000000, 0x01010000
_DATA_OFFSET, _DURATIONS, _SIZES, _FLAGS = 0x1, 0x100, 0x200, 0x400
_BASE_IS_MOOF = 0x020000
_SPS, _PPS, _DELIMITER = 7, 8, 9
_UNDEFINED_LANGUAGE = 0x55C4


@dataclass(frozen=True, slots=True)
class Sample:
    """`data` is as `sample_data` made it."""

    duration: int
    keyframe: bool
    data: bytes


def clock_hz(fmt: Format) -> int:
    """Units per second of a track's times."""
    return fmt.rate_hz or VIDEO_CLOCK_HZ


def sample_data(codec: str, keyframe: bool, data: bytes) -> bytes:
    """A frame as a file of MP4 holds it. H264 comes with sizes instead of start codes, and its parameter sets are in
    the init segment (ISO/IEC 14496-15 section 5.3.1).
    """
    if codec != "H264":
        return data
    left_out = (_SPS, _PPS, _DELIMITER) if keyframe else (_DELIMITER,)
    return b"".join(
        struct.pack(">I", len(nal)) + nal
        for nal in data.split(START_CODE)
        if nal and nal[0] & 0x1F not in left_out
    )


def init_segment(fmt: Format) -> bytes:
    """What `EXT-X-MAP` names."""
    is_video = fmt.width > 0
    clock = clock_hz(fmt)
    track_header = full_box(
        b"tkhd",
        0,
        3,
        struct.pack(">IIIII8xHHHH", 0, 0, _TRACK, 0, 0, 0, 0, 0 if is_video else 0x0100, 0),
        MATRIX,
        struct.pack(">II", fmt.width << 16, fmt.height << 16),
    )
    media_header = full_box(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, clock, 0, _UNDEFINED_LANGUAGE, 0))
    handler, name = (b"vide", b"video\0") if is_video else (b"soun", b"audio\0")
    media_kind = full_box(b"vmhd", 0, 1, bytes(8)) if is_video else full_box(b"smhd", 0, 0, bytes(4))
    none = struct.pack(">I", 0)
    table = box(
        b"stbl",
        full_box(b"stsd", 0, 0, struct.pack(">I", 1), fmt.sample_entry),
        full_box(b"stts", 0, 0, none),
        full_box(b"stsc", 0, 0, none),
        full_box(b"stsz", 0, 0, none, none),
        full_box(b"stco", 0, 0, none),
    )
    references = box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1)))
    media = box(
        b"mdia",
        media_header,
        full_box(b"hdlr", 0, 0, none, handler, bytes(12), name),
        box(b"minf", media_kind, references, table),
    )
    movie_header = full_box(
        b"mvhd",
        0,
        0,
        struct.pack(">IIIIIH10x", 0, 0, 1000, 0, 0x10000, 0x0100),
        MATRIX,
        bytes(24),
        struct.pack(">I", _TRACK + 1),
    )
    defaults = full_box(b"trex", 0, 0, struct.pack(">IIIII", _TRACK, 1, 0, 0, 0))
    return box(b"ftyp", b"iso6", struct.pack(">I", 0), b"iso6cmfcmp41") + box(
        b"moov", movie_header, box(b"trak", track_header, media), box(b"mvex", defaults)
    )


def fragment(number: int, decode_time: int, samples: Sequence[Sample]) -> bytes:
    """One `moof` and its `mdat`. `number` rises from fragment to fragment."""
    run = b"".join(
        struct.pack(">III", each.duration, len(each.data), _SYNC if each.keyframe else _NO_SYNC)
        for each in samples
    )
    flags = _DATA_OFFSET | _DURATIONS | _SIZES | _FLAGS

    def moof(offset: int) -> bytes:
        return box(
            b"moof",
            full_box(b"mfhd", 0, 0, struct.pack(">I", number & 0xFFFFFFFF)),
            box(
                b"traf",
                full_box(b"tfhd", 0, _BASE_IS_MOOF, struct.pack(">I", _TRACK)),
                full_box(b"tfdt", 1, 0, struct.pack(">Q", decode_time)),
                full_box(b"trun", 0, flags, struct.pack(">II", len(samples), offset), run),
            ),
        )

    head = moof(len(moof(0)) + 8)
    return head + box(b"mdat", *(each.data for each in samples))
