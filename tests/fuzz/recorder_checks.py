"""What must hold of the recorder's cores whatever a publisher sends: nothing is raised, what comes out is bounded."""

from recorder.assembler import Assembler
from recorder.frames import Packet
from tests.recorder.encoded import encoded, packets_of

CODECS = ("H264", "VP8", "VP9", "AV1", "opus")


def seeds_of(codec: str) -> list[bytes]:
    """Two frames as `check_frames` takes them, of a real stream."""
    if codec == "opus":
        return [bytes((0, 3, 0xFC, 1, 2)), bytes((0, 2, 0xFB, 2))]
    packets = packets_of(encoded(codec, frames=2))
    return [
        b"".join(
            bytes((packet.marker, min(len(packet.payload), 255))) + packet.payload[:255] for packet in packets
        )
    ]


def check_frames(codec: str, data: bytes) -> None:
    """`data` is a row of packets: flags (marker, new timestamp, gap), length, payload."""
    assembler = Assembler(codec)
    at = number = timestamp = 0
    frames = []
    while at + 2 <= len(data):
        flags, size = data[at], data[at + 1]
        number += 2 if flags & 4 else 1
        timestamp += 3000 if flags & 2 else 0
        packet = Packet(number, timestamp, bool(flags & 1), data[at + 2 : at + 2 + size])
        frames += assembler.push(packet, number * 0.3)
        at += 2 + size
    frames += assembler.flush()
    assert sum(len(frame.data) for frame in frames) <= 2 * len(data) + 16 * len(frames)
    if codec != "opus":
        assert all(frame.keyframe == (frame.picture is not None) for frame in frames)
        assert not frames or frames[0].keyframe
