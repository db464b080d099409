"""A performance as a publisher sends it, in loops of four seconds: the frame's number is in the picture, and a click in
the sound once a second, when that number is a multiple of thirty.
"""

import random
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from msgspec import structs

from loadtest.media import Picture
from media.description import Kind
from recorder.timeline import NTP_UNITS
from recorder.wire import PacketRecord, PublisherRecord, Record, ReportRecord
from tests.recorder.encoded import EncodedFrame, encoded, read_counter

LOOP_S = 4
FPS = 30
LOOP_FRAMES = LOOP_S * FPS
LOOP_SOUNDS = LOOP_S * 50
CLICK_AFTER_S = 0.5
"""Within each second, so that no click lies on the edge of a loop."""


@dataclass(frozen=True, slots=True)
class Show:
    """Seconds `begin_s` to `end_s` of a broadcast, of one publisher."""

    codec: str | None = "H264"
    begin_s: float = 0.0
    end_s: float = 8.0
    width: int = 160
    height: int = 96
    sound: bool = True
    loss: float = 0.0
    jitter_s: float = 0.004
    encode_s: float = 0.03
    audio_drift: float = 0.0
    seed: int = 1
    first_timestamp: int = 5_000
    first_number: int = 0
    follows: bool = False
    """Whether it takes over from another publisher."""
    resized: tuple[float, int, int] | None = None
    """From that second on, a multiple of a loop, its pictures have that width and height."""
    seldom: bool = False
    """Of its pictures only one every two seconds, of its sound only what is around the clicks: hours are quick so."""

    def then(self, **changes: object) -> "Show":
        """Another publisher's after this one."""
        return replace(self, begin_s=self.end_s, seed=self.seed + 1, follows=True, **changes)  # type: ignore[arg-type]


def play(*shows: Show) -> list[Record]:
    """What the server's tap hears, in order of arrival."""
    return [record for show in shows for record in _play(show)]


def _play(show: Show) -> Iterator[Record]:
    chance = random.Random(show.seed)
    events: list[tuple[float, int, Record]] = []
    length_s = show.end_s - show.begin_s
    tracks: list[tuple[Kind, str, Sequence[EncodedFrame], float, int]] = []
    if show.codec is not None:
        pictures = encoded(show.codec, show.width, show.height, LOOP_FRAMES)
        tracks.append((Kind.VIDEO, show.codec, pictures, 1 / FPS, 90_000))
    if show.sound:
        tracks.append((Kind.AUDIO, "opus", sounds(), 0.02, 48_000))
    for kind, codec, frames, interval_s, clock_hz in tracks:
        rate = clock_hz * (1 + (show.audio_drift * 1e-6 if kind is Kind.AUDIO else 0))
        number = show.first_number
        for index in range(round(length_s / interval_s)):
            taken_s = index * interval_s
            if show.seldom and not _is_kept_of_hours(kind, index):
                continue
            if kind is Kind.VIDEO and show.resized is not None and taken_s >= show.resized[0]:
                frames = encoded(codec, *show.resized[1:], LOOP_FRAMES)
            frame = frames[index % len(frames)]
            at_s = show.begin_s + taken_s + 0.02 + (show.encode_s if kind is Kind.VIDEO else 0)
            timestamp = (show.first_timestamp + round(taken_s * rate)) % (1 << 32)
            for payload in frame.payloads:
                number += 1
                if chance.random() < show.loss and index:
                    continue
                came_s = at_s + chance.expovariate(1 / show.jitter_s)
                marker = payload is frame.payloads[-1]
                record: Record = PacketRecord(
                    kind, codec, clock_hz, number, timestamp, marker, False, came_s, payload
                )
                events.append((came_s, len(events), record))
            if index % round(1 / interval_s) == (10 if not show.seldom else 0 if kind is Kind.VIDEO else 25):
                report = ReportRecord(kind, int((3.9e9 + show.seed * 500 + taken_s) * NTP_UNITS), timestamp)
                events.append((at_s + 0.001, len(events), report))
    if show.follows:
        yield PublisherRecord()
    heard: set[Kind] = set()
    for _, _, record in sorted(events, key=lambda each: each[:2]):
        if isinstance(record, PacketRecord) and record.kind not in heard:
            heard.add(record.kind)
            yield structs.replace(record, new_source=True)
        else:
            yield record


def _is_kept_of_hours(kind: Kind, index: int) -> bool:
    return index % (2 * FPS) == 0 if kind is Kind.VIDEO else 24 <= index % 50 < 27


@cache
def sounds() -> tuple[EncodedFrame, ...]:
    """Opus packets of 20 ms: quiet, with a click of 5 ms in each second."""
    context = av.CodecContext.create("libopus", "w")
    assert isinstance(context, av.AudioCodecContext)
    context.sample_rate, context.layout, context.format = 48_000, "stereo", "s16"
    context.time_base = Fraction(1, 48_000)
    wave = np.random.default_rng(5).integers(-40, 40, (LOOP_S * 48_000, 2)).astype(np.int16)
    for second in range(LOOP_S):
        start = int((second + CLICK_AFTER_S) * 48_000)
        wave[start : start + 240] = 20_000
    packets = []
    for index in range(LOOP_SOUNDS):
        piece = wave[index * 960 : (index + 1) * 960].reshape(1, -1)
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(piece), format="s16", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, index * 960, Fraction(1, 48_000)
        packets += context.encode(frame)
    return tuple(EncodedFrame(bytes(packet), (bytes(packet),), True) for packet in packets[:LOOP_SOUNDS])


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody sees and hears who plays a file. Times are in seconds from the file's own zero."""

    size: tuple[int, int]
    pictures: tuple[tuple[float, int], ...]
    """When each picture is shown, and the number in it."""
    sound_s: tuple[float, float] | None
    clicks_s: tuple[float, ...]
    duration_s: float


def watch(path: Path) -> Seen:
    """Decodes a file, bearing no error."""
    pictures: list[tuple[float, int]] = []
    size = (0, 0)
    with av.open(str(path)) as container:
        duration_s = (container.duration or 0) / 1e6
        for stream in container.streams.video:
            stream.codec_context.options = {"err_detect": "explode"}
            for frame in container.decode(stream):
                assert frame.pts is not None
                assert stream.time_base is not None
                pictures.append((float(frame.pts * stream.time_base), read_counter(frame)))
                size = (frame.width, frame.height)
    clicks: list[float] = []
    heard: list[float] = []
    with av.open(str(path)) as container:
        for sound in container.decode(container.streams.audio[0]) if container.streams.audio else ():
            assert isinstance(sound, AudioFrame)
            assert sound.pts is not None
            assert sound.time_base is not None
            at_s = float(sound.pts * sound.time_base)
            heard += [at_s, at_s + sound.samples / 48_000]
            loud = np.flatnonzero(np.abs(sound.to_ndarray()).max(axis=0) > 0.25)
            if len(loud) and (not clicks or at_s + loud[0] / 48_000 - clicks[-1] > 0.3):
                clicks.append(at_s + float(loud[0]) / 48_000)
    return Seen(size, tuple(pictures), (heard[0], heard[-1]) if heard else None, tuple(clicks), duration_s)


def probe(path: Path) -> None:
    """Another reader has nothing to say against it."""
    said = subprocess.run(
        ["ffprobe", "-v", "warning", "-count_frames", "-show_entries", "stream=nb_read_frames", str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert said.stderr == ""


def out_of_step_s(seen: Seen) -> float:
    """The most that a click is away from the picture it belongs to."""
    off = []
    for click_s in seen.clicks_s:
        at_s, number = min(seen.pictures, key=lambda picture: abs(picture[0] - click_s))
        if abs(at_s - click_s) < 0.5 / FPS + 0.001:  # else pictures are missing there
            belongs = number % FPS - round(CLICK_AFTER_S * FPS)
            off.append(abs(belongs / FPS + (click_s - at_s)))
    assert off
    return max(off)


def counters(path: Path, read: Callable[[Picture], int]) -> list[int]:
    """The numbers in all pictures, as another reader sees them."""
    with av.open(str(path)) as container:
        return [read(frame.to_ndarray(format="gray").astype(np.uint8)) for frame in container.decode(video=0)]
