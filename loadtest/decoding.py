"""A viewer that decodes for real: PyAV in a thread of its own, fed whole frames, read back by the second.

The queue is bounded; a machine that cannot keep up loses frames here, which is counted apart: it is not the server's
loss.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from loadtest.frames import EncodedFrame, FrameAssembler
from loadtest.media import Material, read_counter, read_sound_clock
from loadtest.playback import Playback, Seen, SenderReport

QUEUED_MAX = 240
CLOCK_EVERY = 5
"""Packets of sound, of which one has its clock read."""
_DECODERS = {"H264": "h264", "VP8": "libvpx", "opus": "libopus"}


@dataclass(frozen=True, slots=True)
class _Picture:
    number: int
    timestamp: int
    shown_s: float


@dataclass(frozen=True, slots=True)
class _Sound:
    clock_s: float | None
    timestamp: int


class DecodedView:
    """Of one viewer, from `start` to `stop`. `receive` and `report` as packets come, `take` once a second."""

    def __init__(self, material: Material, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._has_sound_clock = material.has_sound_clock
        self._turn_s = len(material.video.frames) * material.video.frame_s
        self._playback = Playback(turn_s=self._turn_s, pictures=len(material.video.frames))
        self._assemblers: dict[str, FrameAssembler] = {}
        self._codecs: dict[str, str] = {}
        self._frames: queue.Queue[tuple[str, EncodedFrame] | None] = queue.Queue(QUEUED_MAX)
        self._results: deque[_Picture | _Sound] = deque()
        self._thread = threading.Thread(target=self._decode, name="decoder", daemon=True)
        self.first_picture_s: float | None = None
        """By the monotonic clock."""
        self.behind = 0
        """Frames that this machine had no time to decode."""
        self.errors = 0
        self.latest: deque[tuple[int, float]] = deque(maxlen=1_000)
        """Number and moment of the pictures shown since `take`."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Lets the decoder finish what it has, without waiting for it."""
        try:
            self._frames.put_nowait(None)
        except queue.Full:
            self._frames.get_nowait()
            self._frames.put_nowait(None)

    def receive(self, kind: str, codec: str, packet: bytes, payload: bytes, sequence: int) -> None:
        """A decrypted packet; `sequence` is its own, also when it came as a retransmission."""
        assembler = self._assemblers.get(kind)
        if assembler is None:
            assembler = self._assemblers[kind] = FrameAssembler(codec)
            self._codecs[kind] = codec
        timestamp = int.from_bytes(packet[4:8], "big")
        marker = bool(packet[1] & 0x80)
        for frame in assembler.receive(sequence, timestamp, payload, marker=marker, now_s=self._now_s()):
            try:
                self._frames.put_nowait((kind, frame))
            except queue.Full:
                self.behind += 1

    def report(self, kind: str, report: SenderReport) -> None:
        self._playback.report(kind, report)

    def take(self) -> Seen:
        """What was decoded since it was asked last."""
        self.latest.clear()
        while self._results:
            match self._results.popleft():
                case _Picture(number, timestamp, shown_s):
                    self._playback.picture(number, timestamp, shown_s)
                    self.latest.append((number, shown_s))
                case _Sound(clock_s, timestamp):
                    self._playback.sound(clock_s, timestamp)
        return self._playback.take()

    @property
    def given_up(self) -> int:
        """How often a lost packet made it wait for a keyframe."""
        return sum(each.given_up for each in self._assemblers.values())

    # In the thread.

    def _decode(self) -> None:
        decoders: dict[str, VideoCodecContext | AudioCodecContext] = {}
        sounds = 0
        while (job := self._frames.get()) is not None:
            kind, frame = job
            if kind not in decoders:
                decoders[kind] = _decoder(self._codecs[kind])
            packet = Packet(frame.data)
            packet.pts = frame.timestamp
            try:
                decoded = decoders[kind].decode(packet)
            except av.FFmpegError:
                self.errors += 1
                continue
            for each in decoded:
                if isinstance(each, VideoFrame):
                    self._show(each)
                elif isinstance(each, AudioFrame):
                    sounds += 1
                    is_read = self._has_sound_clock and sounds % CLOCK_EVERY == 0
                    clock_s = self._clock(each) if is_read else None
                    self._results.append(_Sound(clock_s, frame.timestamp))

    def _show(self, picture: VideoFrame) -> None:
        shown_s = self._now_s()
        if self.first_picture_s is None:
            self.first_picture_s = shown_s
        plane = picture.planes[0]
        luma = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[:, : picture.width]
        self._results.append(_Picture(read_counter(luma), int(picture.pts or 0), shown_s))

    def _clock(self, sound: AudioFrame) -> float | None:
        samples = sound.to_ndarray()
        left = samples[0] if sound.format.is_planar else samples.reshape(-1, len(sound.layout.channels))[:, 0]
        return read_sound_clock(left.astype(np.float64), sound.sample_rate, self._turn_s)


def _decoder(codec: str) -> VideoCodecContext | AudioCodecContext:
    decoder = av.CodecContext.create(_DECODERS[codec], "r")
    assert isinstance(decoder, VideoCodecContext | AudioCodecContext)
    decoder.thread_count = 1
    if isinstance(decoder, VideoCodecContext):
        decoder.flags |= av.codec.context.Flags.low_delay
    return decoder
