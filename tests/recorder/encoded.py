"""Real encoded pictures of every codec, small, and cut into RTP payloads as senders do it."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av
import numpy as np
from av.video.frame import VideoFrame

from loadtest.packetize import packetize_h264, packetize_vp8, split_nal_units
from recorder.bits import leb128, to_leb128
from recorder.frames import Packet

CODECS = ("H264", "VP8", "VP9", "AV1")
FRAMES = 36
KEYFRAME_EVERY = 12
TICKS = 3000
PAYLOAD_BYTES = 300
START_CODE = b"\0\0\0\1"
_X264 = "scenecut=0:keyint=12:min-keyint=12:repeat-headers=1:sliced-threads=0:threads=1"
_SVT = "pred-struct=1:lookahead=0:keyint=12:lp=1:scd=0:rc=0:crf=35"
_ENCODERS = {
    "H264": ("libx264", {"preset": "ultrafast", "tune": "zerolatency", "x264-params": _X264}),
    "VP8": ("libvpx", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "keyint_min": "12"}),
    "VP9": (
        "libvpx-vp9",
        {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "keyint_min": "12"},
    ),
    "AV1": ("libsvtav1", {"preset": "12", "svtav1-params": _SVT}),
}


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """`data` is as a file holds it, `payloads` as RTP carries it."""

    data: bytes
    payloads: tuple[bytes, ...]
    keyframe: bool


@contextlib.contextmanager
def _same_priority() -> Iterator[None]:
    """SVT-AV1 gives whoever calls it as root the highest real-time priority, and never takes it back: every process
    that is started later has it, too, and two of them that wait for their own threads stop the machine.
    """
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)


@cache
def encoded(codec: str, width: int = 160, height: int = 96, frames: int = FRAMES) -> tuple[EncodedFrame, ...]:
    """A moving picture whose frame number is readable by `read_counter`."""
    name, options = _ENCODERS[codec]
    context = av.CodecContext.create(name, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate = Fraction(1, 30), Fraction(30)
    context.bit_rate = 0 if codec == "AV1" else 300_000
    context.gop_size, context.options = KEYFRAME_EVERY, dict(options)
    context.thread_count = 1
    with _same_priority():
        packets = [
            packet for number in range(frames) for packet in context.encode(_picture(number, width, height))
        ]
        packets += context.encode(None)
    return tuple(EncodedFrame(*_cut(codec, bytes(packet)), bool(packet.is_keyframe)) for packet in packets)


def packets_of(
    frames: Sequence[EncodedFrame], *, first_number: int = 0, first_timestamp: int = 0, ticks: int = TICKS
) -> list[Packet]:
    """All packets in order."""
    packets: list[Packet] = []
    for index, frame in enumerate(frames):
        for payload in frame.payloads:
            packets.append(
                Packet(
                    first_number + len(packets),
                    first_timestamp + index * ticks,
                    payload is frame.payloads[-1],
                    payload,
                )
            )
    return packets


def read_counter(picture: VideoFrame) -> int:
    """The number drawn into a decoded picture."""
    plane = picture.planes[0]
    luma = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[
        : picture.height, : picture.width
    ]
    block = luma.shape[1] // 8
    row = luma[luma.shape[0] // 4, block // 2 :: block][:8]
    return sum(1 << bit for bit, value in enumerate(row) if value > 128)


def _picture(number: int, width: int, height: int) -> VideoFrame:
    generator = np.random.default_rng(number)
    luma = generator.integers(90, 120, (height, width), dtype=np.uint8)
    block = width // 8
    for bit in range(8):
        luma[: height // 2, bit * block : (bit + 1) * block] = 235 if number >> bit & 1 else 16
    frame = VideoFrame.from_ndarray(
        np.concatenate([luma, np.full((height // 2, width), 128, np.uint8)]), format="yuv420p"
    )
    frame.pts, frame.time_base = number, Fraction(1, 30)
    return frame


def _cut(codec: str, data: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    if codec == "H264":
        payloads = packetize_h264(data)
        sent = [nal for nal in split_nal_units(data) if nal[0] & 0x1F not in (6, 9, 12)]
        return b"".join(START_CODE + nal for nal in sent), tuple(payloads)
    if codec == "VP8":
        return data, tuple(packetize_vp8(data))
    if codec == "VP9":
        return data, _cut_vp9(data)
    return _cut_av1(data)


def _cut_vp9(data: bytes) -> tuple[bytes, ...]:
    """With a picture id of 15 bits (RFC 9628 section 4.2), as browsers have it."""
    predicted = 0x40 if data[0] >> 2 & 1 else 0
    pieces = [data[at : at + PAYLOAD_BYTES] for at in range(0, len(data), PAYLOAD_BYTES)]
    last = len(pieces) - 1
    return tuple(
        bytes((0x80 | predicted | (0x08 if index == 0 else 0) | (0x04 if index == last else 0), 0x80, 7))
        + piece
        for index, piece in enumerate(pieces)
    )


def _cut_av1(data: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """OBUs without sizes, fragmented wherever a payload is full; a length before each (W is 0)."""
    obus: list[bytes] = []
    at = 0
    while at < len(data):
        size, start = leb128(data, at + 1)
        obus.append(bytes((data[at] & ~0x02,)) + data[start : start + size])
        at = start + size
    obus = [obu for obu in obus if obu[0] >> 3 & 15 != 2]
    whole = b"".join(bytes((obu[0] | 2,)) + to_leb128(len(obu) - 1) + obu[1:] for obu in obus)
    new_sequence = any(obu[0] >> 3 & 15 == 1 for obu in obus)
    payloads: list[bytearray] = []
    room = 0
    for obu in obus:
        rest = obu
        continued = False
        while rest:
            if room <= 4:
                payloads.append(
                    bytearray((0x80 if continued else 0x08 if new_sequence and not payloads else 0,))
                )
                room = PAYLOAD_BYTES
            piece, rest = rest[: room - 3], rest[room - 3 :]
            payloads[-1] += to_leb128(len(piece)) + piece
            room -= len(piece) + 3
            continued = bool(rest)
            if continued:
                payloads[-1][0] |= 0x40
                room = 0
    return whole, tuple(map(bytes, payloads))
