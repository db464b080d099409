"""How the process that packs a broadcast and the one that transcodes it speak: encoded frames both ways.

A message is its length and MessagePack. There are two lanes, pictures and sound, so that sound does not wait for
pictures. Whatever is sent to the worker is answered in the order of its lane, each with `Handled`, after what came of
it; so both know how far behind it is.
"""

import struct
from collections.abc import Iterator

import msgspec

from media.description import Kind
from recorder.frames import TimedFrame

from .plan import Rendition

_HEAD = struct.Struct("!I")


class Configure(msgspec.Struct, frozen=True, tag="configure"):
    """Make these, which are of this kind, from the next keyframe on, and no others. What is made already goes on."""

    kind: Kind
    renditions: tuple[Rendition, ...]


class Take(msgspec.Struct, frozen=True, tag="take"):
    """The next frame of the publisher."""

    frame: TimedFrame


class Made(msgspec.Struct, frozen=True, tag="made"):
    """A frame of a rendition; frames of one rendition come in order."""

    rendition: str
    frame: TimedFrame


class Broken(msgspec.Struct, frozen=True, tag="broken"):
    """This rendition cannot be made: its encoder does not open, or has failed. It is not tried again."""

    rendition: str
    detail: str


class Handled(msgspec.Struct, frozen=True, tag="handled"):
    """The next `Configure` or `Take` of this kind is done with."""

    kind: Kind


Command = Configure | Take
Answer = Made | Broken | Handled

_encoder = msgspec.msgpack.Encoder()


def message(body: Command | Answer) -> bytes:
    encoded = _encoder.encode(body)
    return _HEAD.pack(len(encoded)) + encoded


class Reader:
    """Messages out of a stream of bytes, as MessagePack."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._buffer += data
        at = 0
        while len(self._buffer) - at >= _HEAD.size:
            (size,) = _HEAD.unpack_from(self._buffer, at)
            end = at + _HEAD.size + size
            if len(self._buffer) < end:
                break
            body = bytes(self._buffer[at + _HEAD.size : end])
            at = end
            yield body
        del self._buffer[:at]
