"""Keyframe starts: payloads made by hand from the specifications, and those of real encoders."""

from collections.abc import Iterator
from fractions import Fraction

import av
import pytest
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder

from media.keyframes import begins_picture, starts_keyframe

FRAMES = 24
KEYFRAME_EVERY = 8
PAYLOAD_BYTES = 1200


def h(text: str) -> bytes:
    return bytes.fromhex(text)


@pytest.mark.parametrize(
    ("payload", "starts"),
    [
        (h("67 42e01f"), True),  # SPS
        (h("65 88"), True),  # IDR slice
        (h("68 ce"), False),  # PPS
        (h("41 9a"), False),  # other slice
        (h("06 05"), False),  # SEI
        (h("09 f0"), False),  # delimiter
        (h("78 0002 68ce 0002 6588"), True),  # STAP-A: PPS, IDR
        (h("78 0001 09 0002 6742"), True),  # STAP-A: delimiter, SPS
        (h("78 0002 419a 0002 419a"), False),  # STAP-A: other slices
        (h("78 0009 419a 65"), False),  # STAP-A whose first length runs out
        (h("78 0000 0000"), False),
        (h("78 00"), False),
        (h("7c 85 88"), True),  # FU-A: first fragment of an IDR slice
        (h("7c 87 42"), True),  # FU-A: first fragment of an SPS
        (h("7c 05 88"), False),  # FU-A: further fragment
        (h("7c 45 88"), False),  # FU-A: last fragment
        (h("7c 81 9a"), False),  # FU-A: other slice
        (h("7c"), False),
        (b"", False),
    ],
)
def test_h264(payload: bytes, starts: bool) -> None:
    assert starts_keyframe("H264", payload) is starts


@pytest.mark.parametrize(
    ("payload", "starts"),
    [
        (h("10 50"), True),  # S, partition 0, P bit of the frame header clear
        (h("10 51"), False),  # interframe
        (h("00 50"), False),  # not the start of a partition
        (h("11 50"), False),  # second partition
        (h("90 80 07 50"), True),  # 7-bit picture id
        (h("90 80 8007 50"), True),  # 15-bit picture id
        (h("90 80 8007 51"), False),
        (h("90 c0 8007 09 50"), True),  # with TL0PICIDX
        (h("90 e0 8007 09 60 50"), True),  # with TL0PICIDX and TID
        (h("90 10 60 50"), True),  # with KEYIDX alone
        (h("90 30 60 51"), False),
        (h("90 80"), False),  # cut off at each place
        (h("90 80 80"), False),
        (h("90"), False),
        (h("10"), False),
        (b"", False),
    ],
)
def test_vp8(payload: bytes, starts: bool) -> None:
    assert starts_keyframe("VP8", payload) is starts


@pytest.mark.parametrize(
    ("payload", "starts"),
    [
        (h("08 82"), True),  # B
        (h("88 07 82"), True),  # I, B
        (h("0a 18 82"), True),  # B, V
        (h("48 82"), False),  # P: inter-picture predicted
        (h("00 82"), False),  # not the beginning of a frame
        (h("04 82"), False),  # the end of one
        (h("a8 07 00 00"), True),  # layered: spatial layer 0
        (h("a8 07 02 00"), False),  # spatial layer 1, predicted from layer 0 alone
        (h("a8 8007 00 00"), True),  # 15-bit picture id
        (h("a8 8007 04 00"), False),
        (h("28 00 00"), True),  # layered, no picture id
        (h("a8 80 07"), False),  # cut off
        (h("a8"), False),
        (b"", False),
    ],
)
def test_vp9(payload: bytes, starts: bool) -> None:
    assert starts_keyframe("VP9", payload) is starts


@pytest.mark.parametrize(
    ("payload", "starts"),
    [
        (h("08 0a"), True),  # N
        (h("18 0a"), True),  # N, W=1
        (h("58 0a"), True),  # N, and the last element goes on in the next packet
        (h("10 32"), False),
        (h("88 0a"), False),  # Z: begins with a continued fragment
        (b"", False),
    ],
)
def test_av1(payload: bytes, starts: bool) -> None:
    assert starts_keyframe("AV1", payload) is starts


def test_an_unknown_codec_and_audio_have_no_keyframes() -> None:
    assert not starts_keyframe("opus", h("08 82"))
    assert not starts_keyframe("h264", h("67 42"))


def encode(name: str, options: dict[str, str]) -> Iterator[tuple[bytes, bool]]:
    """Encoded frames of a moving picture, each with whether it is a keyframe."""
    encoder = av.CodecContext.create(name, "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = 320, 240, "yuv420p"
    encoder.bit_rate = 2_000_000
    encoder.time_base, encoder.framerate = Fraction(1, 30), Fraction(30)
    encoder.gop_size = KEYFRAME_EVERY
    encoder.options = options
    for index in range(FRAMES):
        frame = av.VideoFrame(320, 240, "yuv420p")
        for number, plane in enumerate(frame.planes):
            row = bytes((x * 7 + index * 11 + number * 50) % 256 for x in range(plane.line_size))
            plane.update(
                b"".join(row[y % 40 :] + row[: y % 40] for y in range(plane.buffer_size // len(row)))
            )
        frame.pts = index
        for packet in encoder.encode(frame):
            yield bytes(packet), packet.is_keyframe
    for packet in encoder.encode(None):
        yield bytes(packet), packet.is_keyframe


def packetize_h264(frame: bytes) -> list[bytes]:
    return H264Encoder._packetize(H264Encoder._split_bitstream(frame))


def packetize_vp8(frame: bytes) -> list[bytes]:
    return Vp8Encoder._packetize(frame, 9000)


def packetize_vp9(frame: bytes) -> list[bytes]:
    """RFC 9628, non-flexible mode, one layer. The frame marker is `10`, the fifth bit says interframe."""
    inter = frame[0] & 0x04
    pieces = [frame[start : start + PAYLOAD_BYTES] for start in range(0, len(frame), PAYLOAD_BYTES)]
    last = len(pieces) - 1
    return [
        bytes((0x80 | (0x40 if inter else 0) | (0x08 if n == 0 else 0) | (0x04 if n == last else 0), 7))
        + piece
        for n, piece in enumerate(pieces)
    ]


def packetize_av1(frame: bytes) -> list[bytes]:
    """AV1 RTP section 4: OBUs without their sizes, no temporal delimiter, one element per packet."""
    obus = []
    position = 0
    while position < len(frame):
        header = frame[position]
        assert header & 0x02  # a size follows, as in the low-overhead format
        head = bytes((header & ~0x02,)) + (frame[position + 1 : position + 2] if header & 0x04 else b"")
        position += len(head)
        size = shift = 0
        while True:
            byte = frame[position]
            position += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if header >> 3 & 0x0F != 2:
            obus.append(head + frame[position : position + size])
        position += size
    new_sequence = any(obu[0] >> 3 & 0x0F == 1 for obu in obus)
    payloads: list[bytes] = []
    for obu in obus:
        pieces = [obu[start : start + PAYLOAD_BYTES] for start in range(0, len(obu), PAYLOAD_BYTES)]
        for n, piece in enumerate(pieces):
            flags = 0x10 | (0x80 if n else 0) | (0x40 if n < len(pieces) - 1 else 0)
            payloads.append(bytes((flags | (0x08 if new_sequence and not payloads else 0),)) + piece)
    return payloads


@pytest.mark.parametrize(
    ("codec", "encoder", "options", "packetize"),
    [
        ("H264", "libx264", {"tune": "zerolatency", "profile": "baseline"}, packetize_h264),
        ("H264", "libx264", {"tune": "zerolatency", "x264-params": "slices=4:aud=1"}, packetize_h264),
        ("VP8", "libvpx", {"deadline": "realtime", "cpu-used": "8"}, packetize_vp8),
        ("VP9", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}, packetize_vp9),
        ("AV1", "libsvtav1", {"preset": "10", "svtav1-params": "pred-struct=1:rc=2"}, packetize_av1),
    ],
)
def test_each_keyframe_of_a_real_encoder_is_found_in_its_first_packet_and_no_other_frame(
    codec: str, encoder: str, options: dict[str, str], packetize: object
) -> None:
    assert callable(packetize)
    keyframes = 0
    for frame, is_keyframe in encode(encoder, options):
        payloads = packetize(frame)
        found = [index for index, payload in enumerate(payloads) if starts_keyframe(codec, payload)]
        assert bool(found) is is_keyframe
        assert found[:1] == ([0] if is_keyframe else [])
        keyframes += is_keyframe
    assert keyframes >= FRAMES // KEYFRAME_EVERY


@pytest.mark.parametrize(
    ("codec", "payload", "begins"),
    [
        ("H264", b"\x67sps", True),
        ("H264", b"\x78\x00\x04\x67sps\x00\x02\x68p", True),
        ("H264", b"\x78\x00\x02\x09\xf0\x00\x04\x67sps", True),
        ("H264", b"\x65idr", False),
        ("H264", b"\x7c\x85idr", False),
        ("H264", b"\x78\x00\x02\x65i", False),
        ("VP8", b"\x10\x50key", True),
    ],
)
def test_only_h264_may_start_a_keyframe_in_the_middle_of_its_picture(
    codec: str, payload: bytes, begins: bool
) -> None:
    assert begins_picture(codec, payload) is begins
