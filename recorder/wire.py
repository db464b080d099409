"""How the server and the recorder's process speak: records of a broadcast one way, commands both ways.

A message is a head (what it is, of which recording, how long) and a body. Bodies of `RECORDS` are packets and what
happened between them; those of `COMMAND` and `EVENT` are MessagePack.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from media.description import Kind

RECORDS, COMMAND, EVENT = 1, 2, 3
HEAD = struct.Struct("!BII")
MAX_BODY_BYTES = 4 << 20
CODECS = ("H264", "VP8", "VP9", "AV1", "opus")

_KINDS = (Kind.AUDIO, Kind.VIDEO)
_PACKET, _REPORT, _PUBLISHER, _ASK = 1, 2, 3, 4
_PACKET_HEAD = struct.Struct("!BBBIQIdH")
_REPORT_BODY = struct.Struct("!BBQI")
_PUBLISHER_BODY = struct.Struct("!B")
_ASK_HEAD = struct.Struct("!BI")


class PacketRecord(msgspec.Struct, frozen=True, gc=False):
    """`arrival_s` is in seconds since the broadcast began; `new_source` marks the first packet of an SSRC.

    Made thousands of times a second, hence no dataclass.
    """

    kind: Kind
    codec: str
    clock_hz: int
    number: int
    timestamp: int
    marker: bool
    new_source: bool
    arrival_s: float
    payload: bytes


@dataclass(frozen=True, slots=True)
class ReportRecord:
    kind: Kind
    ntp: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class PublisherRecord:
    """What follows is of another publisher."""


@dataclass(frozen=True, slots=True)
class AskRecord:
    """A player asks for this track, which is only made when somebody does."""

    track: str


Record = PacketRecord | ReportRecord | PublisherRecord | AskRecord


class Open(msgspec.Struct, tag="open"):
    """Write what follows into `directory`, which exists, in files numbered from `first_part` on."""

    directory: str
    first_part: int
    keep_free_bytes: int


class Close(msgspec.Struct, tag="close"):
    """Nothing follows: end the file, and answer with `Closed`."""


class Progress(msgspec.Struct, tag="progress"):
    """Once a second. `dropped_frames` were not whole or not decodable."""

    duration_ms: int
    size_bytes: int
    lost_packets: int
    dropped_frames: int


class WantKeyframe(msgspec.Struct, tag="want_keyframe"):
    """Nothing can be written until a keyframe comes."""


class Stopped(msgspec.Struct, tag="stopped"):
    """The recording could not go on; what was written is kept. `reason` is `disk_full` or `failed`."""

    reason: str
    detail: str


class Closed(msgspec.Struct, tag="closed"):
    """All files of the recording are ended."""

    duration_ms: int
    parts: int


Command = Open | Close
Event = Progress | WantKeyframe | Stopped | Closed


def packet_record(record: PacketRecord) -> bytes:
    flags = record.marker | record.new_source << 1 | (record.kind is Kind.VIDEO) << 2
    head = _PACKET_HEAD.pack(
        _PACKET,
        flags,
        CODECS.index(record.codec),
        record.clock_hz,
        record.number,
        record.timestamp,
        record.arrival_s,
        len(record.payload),
    )
    return head + record.payload


def report_record(record: ReportRecord) -> bytes:
    return _REPORT_BODY.pack(_REPORT, record.kind is Kind.VIDEO, record.ntp, record.timestamp)


def publisher_record() -> bytes:
    return _PUBLISHER_BODY.pack(_PUBLISHER)


def ask_record(track: str) -> bytes:
    body = track.encode()
    return _ASK_HEAD.pack(_ASK, len(body)) + body


def read_records(body: bytes) -> Iterator[Record]:
    """What the four above wrote, one after another."""
    at = 0
    while at < len(body):
        match body[at]:
            case 1:
                _, flags, codec, clock_hz, number, timestamp, arrival_s, size = _PACKET_HEAD.unpack_from(
                    body, at
                )
                at += _PACKET_HEAD.size
                yield PacketRecord(
                    _KINDS[flags >> 2 & 1],
                    CODECS[codec],
                    clock_hz,
                    number,
                    timestamp,
                    bool(flags & 1),
                    bool(flags & 2),
                    arrival_s,
                    body[at : at + size],
                )
                at += size
            case 2:
                _, video, ntp, timestamp = _REPORT_BODY.unpack_from(body, at)
                at += _REPORT_BODY.size
                yield ReportRecord(_KINDS[video], ntp, timestamp)
            case 4:
                _, size = _ASK_HEAD.unpack_from(body, at)
                at += _ASK_HEAD.size
                yield AskRecord(body[at : at + size].decode())
                at += size
            case _:
                at += _PUBLISHER_BODY.size
                yield PublisherRecord()


def message(what: int, recording: int, body: bytes) -> bytes:
    return HEAD.pack(what, recording, len(body)) + body


class Reader:
    """Messages out of a stream of bytes."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        """What it is, of which recording, and the body of each message that is whole."""
        self._buffer += data
        at = 0
        while len(self._buffer) - at >= HEAD.size:
            what, recording, size = HEAD.unpack_from(self._buffer, at)
            end = at + HEAD.size + size
            if len(self._buffer) < end:
                break
            body = bytes(self._buffer[at + HEAD.size : end])
            at = end
            yield what, recording, body
        del self._buffer[:at]
