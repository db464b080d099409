"""The process that makes still pictures: `python -m recorder.stills.maker PARENT_PID`.

Keyframes come in by its input, JPEGs leave by its output, one for each, empty where there is none to be had. It ends
when its input does, and with its parent.
"""

import io
import os
import signal
import struct
import sys
from typing import BinaryIO

import av
import msgspec
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from PIL import Image

from infra.leashed import die_with_parent
from recorder.assembler import FORMATS
from recorder.errors import MalformedPayload
from recorder.transcode.decoders import open_picture_decoder

MAX_WIDTH_PX = 640
HEAD = struct.Struct("!I")
_QUALITY = 80
_NICENESS = 15

av.logging.set_level(av.logging.PANIC)  # what matters is raised


class Keyframe(msgspec.Struct):
    """RTP payloads of one picture, in order."""

    codec: str
    payloads: tuple[bytes, ...]


def make_still(keyframe: Keyframe) -> bytes:
    """A JPEG; empty when this cannot be decoded by itself."""
    payloads = [payload for payload in keyframe.payloads if payload]  # the others are padding
    if not payloads:
        return b""
    try:
        assembled = FORMATS[keyframe.codec]().assemble(payloads)
        decoder = open_picture_decoder(keyframe.codec)
        pictures = decoder.decode(Packet(assembled.data)) or decoder.decode(None)
    except (MalformedPayload, FFmpegError):
        return b""
    return _jpeg(pictures[0]) if pictures else b""


def _jpeg(picture: VideoFrame) -> bytes:
    width = min(picture.width, MAX_WIDTH_PX)
    height = max(1, round(picture.height * width / picture.width))
    image = Image.fromarray(picture.to_ndarray(format="rgb24", width=width, height=height))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Until nothing comes any more."""
    decoder = msgspec.msgpack.Decoder(Keyframe)
    while head := source.read(HEAD.size):
        (size,) = HEAD.unpack(head)
        jpeg = make_still(decoder.decode(source.read(size)))
        sink.write(HEAD.pack(len(jpeg)) + jpeg)
        sink.flush()


def main() -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    die_with_parent(int(sys.argv[1]), signal.SIGKILL)
    os.nice(_NICENESS)
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
