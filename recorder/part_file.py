"""One file of a recording, written by FFmpeg's muxers, without transcoding, so that a kill loses at most a second.

H264, VP9 and AV1 with Opus become MP4 in fragments of half a second; ending it turns them into an ordinary MP4 in place
(FFmpeg's `hybrid_fragmented`). VP8 becomes WebM, in clusters of half a second. Blocking: not for the event loop.
"""

import contextlib
import io
import os
import struct
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio import AudioStream
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.stream import Stream

from media.description import Kind

from .frames import Frame, Picture
from .opus import CLOCK_HZ as OPUS_CLOCK_HZ
from .opus import samples
from .parts import Layout

VIDEO_CLOCK_HZ = 90_000
FRAGMENT_US = 500_000
_FOURCC = {"VP8": b"VP80", "VP9": b"VP90", "AV1": b"AV01"}
_TEMPORAL_DELIMITER = b"\x12\x00"
_COMMON = {"flush_packets": "1", "max_interleave_delta": "100000"}
_OPTIONS = {
    "mp4": {
        **_COMMON,
        "movflags": "hybrid_fragmented+delay_moov+default_base_moof",
        "frag_duration": str(FRAGMENT_US),
    },
    "webm": {**_COMMON, "cluster_time_limit": str(FRAGMENT_US // 1000)},
}


def container_of(layout: Layout) -> str:
    """`mp4` or `webm`: also the end of the file's name."""
    return "webm" if layout.video_codec == "VP8" else "mp4"


class _File:
    """What FFmpeg writes to. Once it is sealed, nothing reaches the disk any more."""

    def __init__(self, path: Path) -> None:
        self._raw = path.open("xb", buffering=0)
        self._sealed = False
        self.size_bytes = 0
        self.error: OSError | None = None
        """What a write has failed with: FFmpeg may take its time to say so."""

    def write(self, data: bytes) -> int:
        view = memoryview(data)
        try:
            while view and not self._sealed:
                view = view[self._raw.write(view) :]
        except OSError as error:
            self.error = error
            raise
        self.size_bytes = max(self.size_bytes, 0 if self._sealed else self._raw.tell())
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return 0 if self._sealed else self._raw.seek(offset, whence)

    def tell(self) -> int:
        return 0 if self._sealed else self._raw.tell()

    def fileno(self) -> int:
        return self._raw.fileno()

    def seal(self, size_bytes: int) -> None:
        """Keep this much and no more."""
        if not self._sealed:
            self._sealed = True
            self._raw.truncate(size_bytes)

    def close(self) -> None:
        self._sealed = True
        self._raw.close()


class PartFile:
    """Opened by its making, and to be closed. Every method may raise `OSError` (`ENOSPC`) or `av.FFmpegError`."""

    def __init__(self, path: Path, layout: Layout, first: Frame | None) -> None:
        container = container_of(layout)
        self.path = path
        self.duration_s = 0.0
        self._file = _File(path)
        self._whole_bytes = 0
        try:
            self._container = av.open(self._file, "w", format=container, options=_OPTIONS[container])
            self._streams: dict[Kind, tuple[Stream, int]] = {}
            if first is not None and layout.picture is not None:
                template = _video_template(first, layout.picture)
                self._add(Kind.VIDEO, template.streams.video[0], VIDEO_CLOCK_HZ)
                template.close()
            if layout.audio:
                self._add(Kind.AUDIO, _opus_template().streams.audio[0], OPUS_CLOCK_HZ)
        except BaseException:
            self._file.close()
            raise
        self._held: dict[Kind, tuple[int, Frame]] = {}
        self._lasted: dict[Kind, int] = {}

    @property
    def size_bytes(self) -> int:
        return self._file.size_bytes

    def fileno(self) -> int:
        """While it is open."""
        return self._file.fileno()

    def write(self, kind: Kind, at_s: float, frame: Frame) -> None:
        """Times of one kind rise. A frame leaves when the next one comes, for only then is it known how long it lasts:
        a fragment of MP4 begins where the last one's durations say that it ended, whatever the time of its first frame.
        """
        clock_hz = self._streams[kind][1]
        at = round(at_s * clock_hz)
        held = self._held.get(kind)
        if held is not None:
            at = max(at, held[0] + 1)
            self._lasted[kind] = at - held[0]
            self._mux(kind, *held, self._lasted[kind])
        self._held[kind] = (at, frame)
        self.duration_s = max(self.duration_s, at_s)

    def close(self) -> None:
        """Write what is left and what players need to seek. The file is closed whatever happens."""
        try:
            for kind, (at, frame) in self._held.items():
                lasts = (
                    samples(frame.data)
                    if kind is Kind.AUDIO
                    else self._lasted.get(kind, VIDEO_CLOCK_HZ // 30)
                )
                clock_hz = self._streams[kind][1]
                lasts = min(lasts, clock_hz)
                self._mux(kind, at, frame, lasts)
                self.duration_s = max(self.duration_s, (at + lasts) / clock_hz)
            self._container.close()
        finally:
            self._file.close()

    def abandon(self) -> None:
        """Writing has failed: what is whole stays, as a file that ends in the middle of the show."""
        try:
            self._file.seal(self._whole_bytes)
            with contextlib.suppress(OSError, av.FFmpegError):
                self._container.close()
        finally:
            self._file.close()

    def _mux(self, kind: Kind, at: int, frame: Frame, lasts: int) -> None:
        stream, clock_hz = self._streams[kind]
        packet = av.Packet(frame.data)
        packet.stream = stream
        packet.pts = packet.dts = at
        packet.duration = lasts
        packet.time_base = Fraction(1, clock_hz)
        packet.is_keyframe = frame.keyframe
        self._container.mux(packet)
        if self._file.error is not None:
            raise self._file.error
        self._whole_bytes = self._file.size_bytes  # a fragment is written by one call, or not at all

    def _add(self, kind: Kind, template: Stream, clock_hz: int) -> None:
        stream = self._container.add_stream_from_template(template, opaque=True)
        stream.time_base = Fraction(1, clock_hz)
        self._streams[kind] = (stream, clock_hz)


def _video_template(first: Frame, picture: Picture) -> InputContainer:
    """The stream that FFmpeg finds in a file of one keyframe: it knows all that a container has to say of it."""
    if first.codec == "H264":
        return cast(InputContainer, av.open(io.BytesIO(picture.parameters + first.data), format="h264"))
    data = (_TEMPORAL_DELIMITER if first.codec == "AV1" else b"") + first.data
    fourcc = _FOURCC[first.codec]
    size = (picture.width, picture.height)
    head = struct.pack("<4sHH4sHHIIII", b"DKIF", 0, 32, fourcc, *size, VIDEO_CLOCK_HZ, 1, 1, 0)
    return cast(
        InputContainer,
        av.open(io.BytesIO(head + struct.pack("<IQ", len(data), 0) + data), format="ivf"),
    )


@cache
def _opus_template() -> InputContainer:
    """Stereo Opus as containers describe it (RFC 7845 section 5.1)."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        stream = container.add_stream("libopus", rate=OPUS_CLOCK_HZ)
        assert isinstance(stream, AudioStream)
        stream.layout = "stereo"
        silence = AudioFrame.from_ndarray(np.zeros((1, 1920), np.int16), format="s16", layout="stereo")
        silence.sample_rate, silence.pts = OPUS_CLOCK_HZ, 0
        container.mux(stream.encode(silence))
        container.mux(stream.encode(None))
    buffer.seek(0)
    return cast(InputContainer, av.open(buffer))
