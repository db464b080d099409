"""The sequence header of AV1 (specification section 5.5)."""

from dataclasses import dataclass

from .bits import BitReader

_SRGB = (1, 13, 0)


@dataclass(slots=True)
class SequenceHeader:
    """`width` and `height` are those of the largest frame, in pixels."""

    profile: int
    level: int = 0
    tier: int = 0
    width: int = 0
    height: int = 0
    depth: int = 8
    monochrome: bool = False
    subsampling_x: bool = True
    subsampling_y: bool = True
    sample_position: int = 0


def sequence_header(body: bytes) -> SequenceHeader:
    """`body` is an OBU's without header and size. Raises `MalformedPayload`."""
    reader = BitReader(body)
    sequence = SequenceHeader(reader.read(3))
    reader.skip(1)
    reduced = reader.flag()
    if reduced:
        sequence.level = reader.read(5)
    else:
        _operating_points(reader, sequence)
    width_bits, height_bits = reader.read(4) + 1, reader.read(4) + 1
    sequence.width, sequence.height = reader.read(width_bits) + 1, reader.read(height_bits) + 1
    if not reduced and reader.flag():
        reader.skip(7)
    reader.skip(3)
    if not reduced:
        _tools(reader)
    reader.skip(3)
    _colours(reader, sequence)
    return sequence


def _operating_points(reader: BitReader, sequence: SequenceHeader) -> None:
    delay_bits = 0
    if reader.flag():
        reader.skip(64)
        if reader.flag():
            reader.exp_golomb()
        if reader.flag():
            delay_bits = reader.read(5) + 1
            reader.skip(42)
    display_delay = reader.flag()
    for index in range(reader.read(5) + 1):
        reader.skip(12)
        level = reader.read(5)
        tier = reader.read(1) if level > 7 else 0
        if index == 0:
            sequence.level, sequence.tier = level, tier
        if delay_bits and reader.flag():
            reader.skip(2 * delay_bits + 1)
        if display_delay and reader.flag():
            reader.skip(4)


def _tools(reader: BitReader) -> None:
    reader.skip(4)
    ordered = reader.flag()
    if ordered:
        reader.skip(2)
    screen_content = 2 if reader.flag() else reader.read(1)
    if screen_content and not reader.flag():
        reader.skip(1)
    if ordered:
        reader.skip(3)


def _colours(reader: BitReader, sequence: SequenceHeader) -> None:
    """Section 5.5.2."""
    sequence.depth = 10 if reader.flag() else 8
    if sequence.profile == 2 and sequence.depth == 10 and reader.flag():
        sequence.depth = 12
    sequence.monochrome = sequence.profile != 1 and reader.flag()
    described = (reader.read(8), reader.read(8), reader.read(8)) if reader.flag() else (2, 2, 2)
    if sequence.monochrome:
        return
    if described == _SRGB:
        sequence.subsampling_x = sequence.subsampling_y = False
        return
    reader.skip(1)
    if sequence.profile == 1:
        sequence.subsampling_x = sequence.subsampling_y = False
    elif sequence.profile == 2:
        sequence.subsampling_x = reader.flag() if sequence.depth == 12 else True
        sequence.subsampling_y = sequence.depth == 12 and sequence.subsampling_x and reader.flag()
    if sequence.subsampling_x and sequence.subsampling_y:
        sequence.sample_position = reader.read(2)
