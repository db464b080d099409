"""Finishes a recording's files: what a killed process left is repaired, and everything is measured.

A program of its own, `python -m recorder.finishing DIRECTORY`, because it reads every byte; it writes a JSON list of
`Part` to its output, or ends with the status `NO_ROOM`. It waits for whoever still writes into the directory, and may
be run again at any time.
"""

import errno
import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import msgspec
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from .recordings import Part
from .room import NO_ROOM
from .writer import LOCK_NAME

_NICENESS = 10
_AVC_LEVEL, _AV1_TIER = 3, 2
"""Last bytes of what is looked at in `avcC` and `av1C`."""
_BEING_REPAIRED = ".repair"
_SPARE_BYTES = 1 << 20
_CODECS = {"h264": "H264", "vp8": "VP8", "vp9": "VP9", "av1": "AV1", "libdav1d": "AV1", "opus": "opus"}
_CODECS |= {"libopus": "opus", "libvpx": "VP8", "libvpx-vp9": "VP9"}


def finish(directory: Path) -> list[Part]:
    """Every part in order. Raises `OSError`."""
    with (directory / LOCK_NAME).open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left_over in directory.glob(f"*{_BEING_REPAIRED}"):
            left_over.unlink()
        parts = [_finish(path) for path in sorted(directory.glob("part-*"))]
        _flush(directory)
    return [part for part in parts if part is not None]


def _finish(path: Path) -> Part | None:
    """`None`, and no file any more, when there is nothing in it. What is told of is on the disk itself.

    Raises `OSError` where it is the disk that fails or is full (FFmpeg's errors of that kind are such, too): the file
    stays as it is then, for it may be whole.
    """
    try:
        if not _is_ended(path):
            _repair(path)
        _flush(path)
        return _measure(path)
    except OSError:
        raise
    except (FFmpegError, IndexError):
        path.unlink()
        return None


def _is_ended(path: Path) -> bool:
    """Whether the muxer had the time to write what comes last."""
    if path.suffix == ".webm":
        with _open(path) as container:
            return container.duration is not None
    with path.open("rb") as file:
        while len(head := file.read(8)) == 8:
            size, kind = int.from_bytes(head[:4], "big"), head[4:]
            if kind == b"moof":
                return False
            if size == 1:
                size = int.from_bytes(file.read(8), "big")
                file.seek(size - 16, os.SEEK_CUR)
            else:
                file.seek(size - 8, os.SEEK_CUR)
    return True


def _repair(path: Path) -> None:
    """Copies the packets that can be read into a file with all that players need, and puts it in place.

    Raises `OSError` when there is no room for it, before anything is written or later.
    """
    _check_room_for(path)
    beside = path.with_name(path.name + _BEING_REPAIRED)
    try:
        with _open(path) as source, av.open(str(beside), "w", format=path.suffix[1:]) as target:
            streams = {
                stream.index: target.add_stream_from_template(stream, opaque=True)
                for stream in (*source.streams.video, *source.streams.audio)
            }
            for packet in _readable(source):
                if packet.size and packet.dts is not None and packet.stream.index in streams:
                    packet.stream = streams[packet.stream.index]
                    target.mux(packet)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _readable(source: InputContainer) -> Iterator["Packet[Any]"]:
    """Up to where the end is cut off somewhere."""
    packets = source.demux()
    while True:
        try:
            packet = next(packets)
        except OSError:
            raise
        except (FFmpegError, StopIteration):
            return
        yield packet


def _check_room_for(path: Path) -> None:
    """A copy is about as large. Raises `OSError`."""
    if shutil.disk_usage(path.parent).free < path.stat().st_size + _SPARE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path.name)


def _measure(path: Path) -> Part:
    number, start_ms = (int(each) for each in path.stem.split("-")[1:])
    with _open(path) as container:
        video = next(iter(container.streams.video), None)
        audio = next(iter(container.streams.audio), None)
        if video is None and audio is None:
            raise IndexError(path.name)
        # A file's clock begins with its part; `duration` leaves out what comes before its first frame.
        duration_ms = round(((container.duration or 0) + max(container.start_time or 0, 0)) / 1000)
        return Part(
            number=number,
            file=path.name,
            start_ms=start_ms,
            duration_ms=duration_ms,
            size_bytes=path.stat().st_size,
            video_codec=None if video is None else _CODECS[video.codec_context.name],
            audio_codec=None if audio is None else _CODECS[audio.codec_context.name],
            width=None if video is None else video.codec_context.width,
            height=None if video is None else video.codec_context.height,
            sha256=_sha256(path),
            codecs=", ".join(_codec(each) for each in (video, audio) if each is not None),
        )


def _codec(stream: VideoStream | AudioStream) -> str:
    """As MIME types name it (RFC 6381; AV1 and VP9 in ISO BMFF)."""
    context = stream.codec_context
    about = bytes(context.extradata or b"")
    match _CODECS[context.name]:
        case "H264" if len(about) > _AVC_LEVEL and about[0] == 1:
            return f"avc1.{about[1 : _AVC_LEVEL + 1].hex().upper()}"
        case "H264":
            return "avc1"
        case "AV1" if len(about) > _AV1_TIER:
            profile, level, tier = about[1] >> 5, about[1] & 31, "H" if about[2] & 0x80 else "M"
            depth = 8 if not about[2] & 0x40 else 12 if about[2] & 0x20 else 10
            return f"av01.{profile}.{level:02}{tier}.{depth:02}"
        case "VP9" if stream.container.format.name.startswith("mov"):
            return "vp09.00.10.08"
        case other:
            return other.lower()


def _flush(path: Path) -> None:
    """To the disk itself: a file, or which files a directory has."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _open(path: Path) -> InputContainer:
    return av.open(str(path), "r")


def main() -> None:
    os.nice(_NICENESS)
    try:
        parts = finish(Path(sys.argv[1]))
    except OSError as error:
        sys.exit(NO_ROOM if error.errno in (errno.ENOSPC, errno.EDQUOT) else str(error))
    sys.stdout.buffer.write(msgspec.json.encode(parts))


if __name__ == "__main__":
    main()
