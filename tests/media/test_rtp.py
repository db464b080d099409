"""RTP headers: read against aiortc's writer, written for aiortc's reader."""

import struct

import pytest
from aiortc import rtp as aiortc
from hypothesis import given
from hypothesis import strategies as st

from media import rtp
from media.errors import MalformedPacket

U16 = st.integers(0, 0xFFFF)
U32 = st.integers(0, 0xFFFFFFFF)
HEADER = bytes((0x80, 96, 0, 7)) + bytes(8)


def with_extension(profile: int, elements: bytes, payload: bytes = b"picture") -> bytes:
    padded = elements + bytes(-len(elements) % 4)
    extension = struct.pack("!HH", profile, len(padded) // 4) + padded
    return bytes((0x90,)) + HEADER[1:] + extension + payload


@given(
    payload_type=st.integers(0, 127),
    marker=st.booleans(),
    sequence=U16,
    timestamp=U32,
    ssrc=U32,
    csrc=st.lists(U32, max_size=15),
    payload=st.binary(max_size=40),
    padding=st.integers(0, 255),
)
def test_every_packet_aiortc_writes_is_read_back(
    payload_type: int,
    marker: bool,
    sequence: int,
    timestamp: int,
    ssrc: int,
    csrc: list[int],
    payload: bytes,
    padding: int,
) -> None:
    written = aiortc.RtpPacket(payload_type, int(marker), sequence, timestamp, ssrc, payload)
    written.csrc = csrc
    written.padding_size = padding
    assert rtp.parse(written.serialize()) == rtp.RtpPacket(
        payload_type, marker, sequence, timestamp, ssrc, payload
    )


@given(
    others=st.lists(st.tuples(st.integers(1, 14), st.binary(min_size=1, max_size=16)), max_size=3),
    wide=st.lists(st.tuples(st.integers(15, 255), st.binary(max_size=30)), max_size=2),
    number=U16,
    position=st.integers(0, 5),
)
def test_the_transport_sequence_is_found_among_other_extensions(
    others: list[tuple[int, bytes]], wide: list[tuple[int, bytes]], number: int, position: int
) -> None:
    """Elements of more than 16 bytes or with an id above 14 make aiortc write two-byte headers."""
    elements = [element for element in others if element[0] != 5] + wide
    elements.insert(position, (5, struct.pack("!H", number)))
    profile, value = aiortc.pack_header_extensions(elements)
    packet = rtp.parse(with_extension(profile, value), 5)
    assert packet.transport_sequence == number
    assert packet.payload == b"picture"


def test_two_byte_headers_are_recognised_whatever_their_application_bits() -> None:
    data = with_extension(0x100B, bytes((0, 5, 2, 0x12, 0x34)))
    assert rtp.parse(data, 5).transport_sequence == 0x1234


@pytest.mark.parametrize(
    ("profile", "elements"),
    [
        (0xBEDE, bytes((0x60, 1))),  # another id
        (0xBEDE, bytes((0x52, 1, 2, 3))),  # three bytes are no sequence number
        (0xBEDE, bytes((0xF1, 9, 9, 0x51, 1, 2))),  # id 15 ends the list (RFC 8285 section 4.2)
        (0xBEDE, bytes((0, 0, 0, 0x51))),  # the value lies beyond the extension
        (0x1000, bytes((0, 0, 0, 5))),  # the length lies beyond the extension
        (0x1000, bytes((5, 2, 7, 7))[:2] + bytes(0)),  # the value is cut off
        (0x1234, bytes((0x51, 1, 2, 0))),  # neither of the two forms
    ],
)
def test_an_extension_without_a_whole_sequence_number_yields_none(profile: int, elements: bytes) -> None:
    words = len(elements + bytes(-len(elements) % 4)) // 4
    data = bytes((0x90,)) + HEADER[1:] + struct.pack("!HH", profile, words)
    data += elements + bytes(-len(elements) % 4)
    if profile == 0x1000 and elements[:1] == b"\x05":
        data = bytes((0x90,)) + HEADER[1:] + struct.pack("!HH", profile, 1) + bytes((0, 0, 5, 2))
    packet = rtp.parse(data, 5)
    assert packet.transport_sequence is None
    assert packet.payload == b""


@pytest.mark.parametrize("size", range(12))
def test_a_packet_shorter_than_its_header_is_malformed(size: int) -> None:
    with pytest.raises(MalformedPacket):
        rtp.parse(HEADER[:size])


@pytest.mark.parametrize(
    "data",
    [
        bytes((0x40,)) + HEADER[1:],  # version 1
        bytes((0x8F,)) + HEADER[1:] + bytes(59),  # 15 contributing sources, one byte short
        bytes((0x90,)) + HEADER[1:] + bytes(3),  # extension header cut off
        bytes((0x90,)) + HEADER[1:] + struct.pack("!HH", 0xBEDE, 2) + bytes(7),  # extension cut off
        bytes((0xA0,)) + HEADER[1:],  # padding flag, and the last header byte is 0
        bytes((0xA0,)) + HEADER[1:] + b"\0",  # padding of none
        bytes((0xA0,)) + HEADER[1:] + b"ab\x04",  # more padding than payload
        bytes((0xA1,)) + HEADER[1:] + bytes((1, 1, 1)),  # padding inside missing sources
    ],
)
def test_lengths_that_do_not_fit_are_malformed(data: bytes) -> None:
    with pytest.raises(MalformedPacket):
        rtp.parse(data)


def test_padding_alone_leaves_an_empty_payload() -> None:
    assert rtp.parse(bytes((0xA0,)) + HEADER[1:] + rtp.padding(255)).payload == b""


@given(
    payload_type=st.integers(0, 127),
    marker=st.booleans(),
    sequence=st.integers(-70_000, 1 << 40),
    timestamp=st.integers(-5, 1 << 40),
    ssrc=U32,
    padding=st.integers(0, 255),
)
def test_written_headers_are_read_by_aiortc(
    payload_type: int, marker: bool, sequence: int, timestamp: int, ssrc: int, padding: int
) -> None:
    data = rtp.header(payload_type, marker, sequence, timestamp, ssrc, padded=padding > 0) + b"sound"
    if padding:
        data += rtp.padding(padding)
    read = aiortc.RtpPacket.parse(data)
    assert (read.payload_type, bool(read.marker), read.sequence_number) == (
        payload_type,
        marker,
        sequence % 65536,
    )
    assert (read.timestamp, read.ssrc, read.payload) == (timestamp % (1 << 32), ssrc, b"sound")


@given(reference=st.integers(0, 1 << 40), distance=st.integers(-0x8000, 0x7FFF))
def test_unwrap_finds_the_number_within_half_the_modulus(reference: int, distance: int) -> None:
    true = reference + distance
    assert rtp.unwrap(true % 65536, reference, 65536) == true


def test_only_the_rtcp_range_of_the_second_byte_is_rtcp() -> None:
    verdicts = [rtp.is_rtcp(bytes((0x80, second))) for second in range(256)]
    assert [second for second, verdict in enumerate(verdicts) if verdict] == list(range(192, 224))
    assert not rtp.is_rtcp(b"\x80")
