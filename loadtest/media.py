"""Real encoded material for synthetic publishers, made once and kept in a directory of the caller's choice.

A moving textured picture with a frame counter in it, and a sweeping tone, encoded by PyAV: H264 constrained
baseline (or VP8) with a keyframe every two seconds, and Opus in 20 ms packets. `load_material` returns it cut
into RTP payloads; it plays in a loop. Both are clocks: the counter is a row of 16 black and white blocks, readable
from a decoded frame by `read_counter`, and the tone of the left channel rises evenly from the beginning of the loop to
its end, so that its pitch is the time (`read_sound_clock`).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio import AudioStream
from av.audio.frame import AudioFrame
from av.bitstream import BitStreamFilterContext
from av.video import VideoStream
from av.video.frame import VideoFrame

from loadtest.packetize import packetize_h264, packetize_vp8, starts_keyframe

FORMAT_VERSION = 2  # part of the cached file's name: raise it when the material changes
OPUS_RATE_HZ = 48_000
OPUS_FRAME_SAMPLES = 960
VIDEO_CLOCK_HZ = 90_000
COUNTER_BITS = 16
SWEEP_FROM_HZ, SWEEP_TO_HZ = 500.0, 8_500.0
OPUS_LOOKAHEAD_S = 312 / OPUS_RATE_HZ
"""How much earlier than its packet the sound in it is (libopus, for anything but low delay)."""
SWEEP_EDGE_S = 0.08
"""Near the beginning and end of the loop two pitches mix."""

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class MaterialSpec:
    """What to encode. The defaults are the bench's reference: 720p30 at 2.5 Mbit/s and Opus at 128 kbit/s."""

    video_codec: str = "H264"
    width: int = 1280
    height: int = 720
    frames_per_s: int = 30
    video_bps: int = 2_500_000
    audio_bps: int = 128_000
    duration_s: int = 8
    keyframe_interval_s: int = 2
    source: str = ""
    """A file whose picture and sound are encoded anew, instead of generated ones."""

    @property
    def file_name(self) -> str:
        """The cached file's name; it says everything the material depends on."""
        return (
            f"{self._source_name}"
            f"material-{FORMAT_VERSION}-{self.video_codec}-{self.width}x{self.height}-{self.frames_per_s}fps"
            f"-{self.video_bps}-{self.audio_bps}-{self.duration_s}s-{self.keyframe_interval_s}s.mkv"
        )

    @property
    def _source_name(self) -> str:
        if not self.source:
            return ""
        stat = Path(self.source).stat()
        told = f"{Path(self.source).resolve()} {stat.st_mtime_ns} {stat.st_size}"
        return f"{hashlib.sha256(told.encode()).hexdigest()[:12]}-"


@dataclass(frozen=True, slots=True)
class MediaFrame:
    """One encoded frame: its RTP payloads, and the index of the first among all payloads of the material."""

    payloads: tuple[bytes, ...]
    first_index: int
    keyframe: bool


@dataclass(frozen=True, slots=True)
class Track:
    """The frames of one kind, each `frame_ticks` of the RTP clock long; playing goes round."""

    codec: str
    clock_rate_hz: int
    frame_ticks: int
    frames: tuple[MediaFrame, ...]

    @property
    def frame_s(self) -> float:
        """Seconds between two frames."""
        return self.frame_ticks / self.clock_rate_hz


@dataclass(frozen=True, slots=True)
class Material:
    """A loop of audio and video."""

    audio: Track
    video: Track
    has_sound_clock: bool = True
    """Whether the sound tells the time."""
    layers: tuple[tuple[str, Track], ...] = ()
    """The picture in several sizes, by name; the first is `video`. Empty where there is one size."""

    @property
    def packet_count(self) -> int:
        """RTP packets in one turn of all tracks; payload indexes are below it."""
        return sum(len(frame.payloads) for track in self._tracks for frame in track.frames)

    @property
    def _tracks(self) -> list[Track]:
        return [self.audio, self.video, *(track for _, track in self.layers[1:])]

    def payloads(self) -> Iterator[bytes]:
        """Every payload in index order."""
        for track in self._tracks:
            for frame in track.frames:
                yield from frame.payloads


def load_material(spec: MaterialSpec, directory: Path) -> Material:
    """The material for `spec`, encoded on first use into `directory` (which is created)."""
    path = directory / spec.file_name
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=directory, suffix=".mkv")
        os.close(handle)
        _encode(spec, unfinished)
        Path(unfinished).replace(path)  # atomic, so that two processes may prepare the same material
    return _read(spec, path)


def read_counter(picture: Picture) -> int:
    """The frame number in a decoded luma plane (height x width) of the material's picture."""
    block = picture.shape[1] // (COUNTER_BITS * 2)
    samples = picture[block + block // 2, block // 2 : block * COUNTER_BITS : block][:COUNTER_BITS]
    return sum(1 << bit for bit, value in enumerate(samples) if value > 128)


def read_sound_clock(samples: npt.NDArray[np.float64], rate_hz: int, duration_s: float) -> float | None:
    """The material's time at the beginning of a decoded packet (its left channel); None when no tone is clear in it."""
    window = samples * np.hanning(len(samples))
    spectrum = np.abs(np.fft.rfft(window, 8_192))
    peak = int(np.argmax(spectrum))
    if not 0 < peak < len(spectrum) - 1 or spectrum[peak] < 8 * float(np.mean(spectrum)):
        return None
    before, at, after = (float(value) for value in np.log(spectrum[peak - 1 : peak + 2] + 1e-12))
    exact = peak + 0.5 * (before - after) / (before - 2 * at + after)
    pitch_hz = exact * rate_hz / 8_192
    middle_s = (pitch_hz - SWEEP_FROM_HZ) / (SWEEP_TO_HZ - SWEEP_FROM_HZ) * duration_s
    if not SWEEP_EDGE_S < middle_s < duration_s - SWEEP_EDGE_S:
        return None
    return middle_s - len(samples) / rate_hz / 2 + OPUS_LOOKAHEAD_S


def _encode(spec: MaterialSpec, path: str) -> None:
    with av.open(path, "w", format="matroska") as container:
        video = _video_stream(container, spec)
        audio = container.add_stream("libopus", rate=OPUS_RATE_HZ, options={"frame_duration": "20"})
        assert isinstance(audio, AudioStream)
        audio.bit_rate = spec.audio_bps
        audio.layout = "stereo"
        for frame in _pictures_of(spec) if spec.source else _pictures(spec):
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for sound in _sound_of(spec) if spec.source else _sound(spec):
            container.mux(audio.encode(sound))
        container.mux(audio.encode(None))


def _video_stream(container: av.container.OutputContainer, spec: MaterialSpec) -> VideoStream:
    interval = spec.keyframe_interval_s * spec.frames_per_s
    rate_kbps = spec.video_bps // 1000
    if spec.video_codec == "H264":
        options = {
            "preset": "veryfast",
            "profile": "baseline",
            # One slice a frame, no reordering, a steady rate: what a real-time encoder in a browser puts out.
            "x264-params": (
                f"keyint={interval}:min-keyint={interval}:scenecut=0:bframes=0:repeat-headers=1:sliced-threads=0"
                f":threads=1:rc-lookahead=0:sync-lookahead=0"
                f":vbv-maxrate={rate_kbps}:vbv-bufsize={rate_kbps // 2}"
            ),
        }
    else:
        options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "keyint_min": str(interval)}
    codec = {"H264": "libx264", "VP8": "libvpx"}[spec.video_codec]
    stream = container.add_stream(codec, rate=spec.frames_per_s, options=options)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = spec.width, spec.height, "yuv420p"
    stream.bit_rate = spec.video_bps
    stream.gop_size = interval
    return stream


def _pictures(spec: MaterialSpec) -> Iterator[VideoFrame]:
    generator = np.random.default_rng(20)
    height, width = spec.height, spec.width
    rows, columns = np.mgrid[0:height, 0 : width * 2]
    smooth = 110 + 50 * np.sin(rows / 23) + 50 * np.cos(columns / 31)
    texture = generator.integers(-24, 24, size=smooth.shape)
    canvas = np.clip(smooth + texture, 16, 235).astype(np.uint8)
    chroma_u, chroma_v = (np.full((height // 2, width // 2), value, np.uint8) for value in (110, 140))
    for number in range(spec.duration_s * spec.frames_per_s):
        shift = (number * 4) % width
        luma = canvas[:, shift : shift + width].copy()
        # A band of fresh noise keeps the encoder at its rate; everything else only moves.
        band = slice(height // 2, height // 2 + height // 8)
        luma[band] = generator.integers(60, 200, size=luma[band].shape, dtype=np.uint8)
        _draw_counter(luma, number)
        frame = VideoFrame.from_ndarray(
            np.concatenate([luma.ravel(), chroma_u.ravel(), chroma_v.ravel()]).reshape(
                height * 3 // 2, width
            ),
            format="yuv420p",
        )
        frame.pts, frame.time_base = number, Fraction(1, spec.frames_per_s)
        yield frame


def _pictures_of(spec: MaterialSpec) -> Iterator[VideoFrame]:
    """A file's, from its beginning, over and over, as many a second as asked for, with the counter drawn into them."""
    wanted = spec.duration_s * spec.frames_per_s
    number = 0
    while number < wanted:
        began = number
        with av.open(spec.source) as container:
            for shown in container.decode(video=0):
                at_s = float(shown.time or 0.0)
                # Half a frame of grace: containers round their times.
                while number < wanted and (number - began - 0.5) / spec.frames_per_s <= at_s:
                    yield _counted(shown, number, spec)
                    number += 1
                if number == wanted:
                    return
        if number == began:
            raise ValueError(f"{spec.source} has no picture")


def _counted(shown: VideoFrame, number: int, spec: MaterialSpec) -> VideoFrame:
    planes = shown.reformat(width=spec.width, height=spec.height, format="yuv420p").to_ndarray()
    luma = np.ascontiguousarray(planes[: spec.height], dtype=np.uint8)
    _draw_counter(luma, number)
    planes[: spec.height] = luma
    frame = VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.pts, frame.time_base = number, Fraction(1, spec.frames_per_s)
    return frame


def _sound_of(spec: MaterialSpec) -> Iterator[AudioFrame]:
    """A file's, over and over; the sweep where it has none."""
    wanted = spec.duration_s * OPUS_RATE_HZ // OPUS_FRAME_SAMPLES
    number = 0
    while number < wanted:
        began = number
        resampler = av.AudioResampler("s16", "stereo", OPUS_RATE_HZ, frame_size=OPUS_FRAME_SAMPLES)
        with av.open(spec.source) as container:
            if not container.streams.audio:
                yield from _sound(spec)
                return
            for heard in container.decode(audio=0):
                for frame in resampler.resample(heard):
                    if number == wanted:
                        return
                    frame.pts, frame.time_base = number * OPUS_FRAME_SAMPLES, Fraction(1, OPUS_RATE_HZ)
                    yield frame
                    number += 1
        if number == began:
            raise ValueError(f"the sound of {spec.source} is too short")


def _draw_counter(luma: Picture, number: int) -> None:
    block = luma.shape[1] // (COUNTER_BITS * 2)
    for bit in range(COUNTER_BITS):
        luma[block : block * 2, bit * block : (bit + 1) * block] = 235 if number >> bit & 1 else 16


def _sound(spec: MaterialSpec) -> Iterator[AudioFrame]:
    generator = np.random.default_rng(48)  # a breath of noise makes every Opus packet unlike the others
    for number in range(spec.duration_s * OPUS_RATE_HZ // OPUS_FRAME_SAMPLES):
        t = (np.arange(OPUS_FRAME_SAMPLES) + number * OPUS_FRAME_SAMPLES) / OPUS_RATE_HZ
        steepness = (SWEEP_TO_HZ - SWEEP_FROM_HZ) / spec.duration_s
        left = 0.4 * np.sin(2 * np.pi * (SWEEP_FROM_HZ + steepness * t / 2) * t)
        right = 0.4 * np.sin(2 * np.pi * 660 * t)
        sound = np.stack([left, right], axis=1) + generator.normal(0, 0.01, (OPUS_FRAME_SAMPLES, 2))
        samples = (sound * 32767).astype(np.int16).reshape(1, -1)
        frame = AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
        frame.sample_rate = OPUS_RATE_HZ
        frame.pts, frame.time_base = number * OPUS_FRAME_SAMPLES, Fraction(1, OPUS_RATE_HZ)
        yield frame


def _read(spec: MaterialSpec, path: Path) -> Material:
    audio: list[bytes] = []
    video: list[bytes] = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        to_annex_b = (
            BitStreamFilterContext("h264_mp4toannexb", stream) if spec.video_codec == "H264" else None
        )
        for packet in container.demux():
            if packet.size == 0:
                continue
            if packet.stream.type == "audio":
                audio.append(bytes(packet))
            elif to_annex_b is None:
                video.append(bytes(packet))
            else:
                video += [bytes(filtered) for filtered in to_annex_b.filter(packet)]
    audio = audio[
        : spec.duration_s * OPUS_RATE_HZ // OPUS_FRAME_SAMPLES
    ]  # without the encoder's flushed tail
    frames: list[MediaFrame] = []
    index = 0
    for data in audio:
        frames.append(MediaFrame((data,), index, keyframe=True))
        index += 1
    audio_track = Track("opus", OPUS_RATE_HZ, OPUS_FRAME_SAMPLES, tuple(frames))
    frames = []
    packetize = packetize_h264 if spec.video_codec == "H264" else packetize_vp8
    for data in video:
        payloads = tuple(packetize(data))
        frames.append(MediaFrame(payloads, index, keyframe=starts_keyframe(spec.video_codec, payloads[0])))
        index += len(payloads)
    ticks = VIDEO_CLOCK_HZ // spec.frames_per_s
    video_track = Track(spec.video_codec, VIDEO_CLOCK_HZ, ticks, tuple(frames))
    return Material(audio_track, video_track, has_sound_clock=not spec.source)
