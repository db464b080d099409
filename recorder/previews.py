"""What is shown of a recording before it is played: a poster, a strip of pictures for seeking, the shape of its sound,
and how loud it is. Blocking, and reads every byte of sound: not for the event loop.

A program of its own, `python -m recorder.previews DIRECTORY`, with a JSON list of `Part` as its input and `Previews` as
its output. May be run again at any time.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import av
import msgspec
import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.error import FFmpegError
from av.filter import Graph
from PIL import Image

from .recordings import POSTER_NAME, STRIP_COLUMNS, STRIP_NAME, WAVEFORM_NAME, Part, Previews

POSTER_MAX_PX = 1280
POSTER_AT = 0.2
"""Of the recording: by then the show has begun."""
STRIP_MAX_PICTURES = 100
STRIP_WIDTH_PX = 160
WAVEFORM_BINS = 2_000
_RATE_HZ = 48_000
_QUALITY = 80
_NICENESS = 15


def make_previews(directory: Path, parts: Sequence[Part]) -> Previews:
    """Writes the files beside the parts. Raises ``OSError``."""
    end_ms = max(part.start_ms + part.duration_ms for part in parts)
    start_ms = parts[0].start_ms
    length_ms = max(end_ms - start_ms, 1)
    poster = _picture_at(directory, parts, start_ms + round(length_ms * POSTER_AT))
    pictures = 0
    interval_ms = max(length_ms // STRIP_MAX_PICTURES, 1_000)
    if poster is not None:
        poster.thumbnail((POSTER_MAX_PX, POSTER_MAX_PX))
        poster.save(directory / POSTER_NAME, quality=_QUALITY)
        pictures = _make_strip(directory, parts, range(start_ms, end_ms, interval_ms)[:STRIP_MAX_PICTURES])
    loudness, peak = _make_waveform(directory, parts, start_ms, length_ms)
    return Previews(
        poster is not None,
        pictures,
        interval_ms,
        any(part.audio_codec for part in parts),
        loudness,
        peak,
    )


def _picture_at(directory: Path, parts: Sequence[Part], at_ms: int) -> Image.Image | None:
    """The keyframe at or before this moment, else any; ``None`` where there are no pictures."""
    with_pictures = [part for part in parts if part.video_codec is not None]
    before = [part for part in with_pictures if part.start_ms <= at_ms]
    part = before[-1] if before else next(iter(with_pictures), None)
    if part is None:
        return None
    try:
        with _open(directory / part.file) as container:
            stream = container.streams.video[0]
            stream.codec_context.skip_frame = "NONKEY"
            container.seek(max(at_ms - part.start_ms, 0) * 1000)
            frame = next(container.decode(stream), None)
            return None if frame is None else Image.fromarray(frame.to_ndarray(format="rgb24"))
    except FFmpegError:
        return None


def _make_strip(directory: Path, parts: Sequence[Part], moments: Sequence[int]) -> int:
    pictures = [_picture_at(directory, parts, at_ms) for at_ms in moments]
    first = next((each for each in pictures if each is not None), None)
    if first is None:
        return 0
    height = max(1, round(STRIP_WIDTH_PX * first.height / first.width))
    rows = -(-len(pictures) // STRIP_COLUMNS)
    strip = Image.new("RGB", (STRIP_WIDTH_PX * min(len(pictures), STRIP_COLUMNS), height * rows))
    for index, picture in enumerate(pictures):
        if picture is not None:
            row, column = divmod(index, STRIP_COLUMNS)
            picture.thumbnail((STRIP_WIDTH_PX, height))
            left = column * STRIP_WIDTH_PX + (STRIP_WIDTH_PX - picture.width) // 2
            strip.paste(picture, (left, row * height + (height - picture.height) // 2))
    strip.save(directory / STRIP_NAME, quality=_QUALITY)
    return len(pictures)


def _make_waveform(
    directory: Path, parts: Sequence[Part], start_ms: int, length_ms: int
) -> tuple[float | None, float | None]:
    """One byte for each of `WAVEFORM_BINS` equal stretches: the highest sample, 255 for full scale. Returns integrated
    loudness and true peak.
    """
    sounding = [part for part in parts if part.audio_codec is not None]
    if not sounding:
        return None, None
    peaks = np.zeros(WAVEFORM_BINS)
    meter = _Meter()
    for at_ms, frame in chain.from_iterable(
        _sound(directory / part.file, part.start_ms) for part in sounding
    ):
        samples = frame.to_ndarray()
        place = min(max(int((at_ms - start_ms) / length_ms * WAVEFORM_BINS), 0), WAVEFORM_BINS - 1)
        peaks[place] = max(peaks[place], float(np.abs(samples).max(initial=0)))
        meter.push(frame)
    (directory / WAVEFORM_NAME).write_bytes((np.minimum(peaks, 1) * 255).astype(np.uint8).tobytes())
    return meter.result()


def _sound(path: Path, start_ms: int) -> Iterator[tuple[float, AudioFrame]]:
    """Decoded sound as stereo floats, and when it sounds; what cannot be decoded is left out."""
    with _open(path) as container:
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=_RATE_HZ)
        for packet in container.demux(container.streams.audio[0]):
            try:
                decoded = packet.decode()
            except FFmpegError:
                continue
            for frame in decoded:
                assert isinstance(frame, AudioFrame)
                at_ms = start_ms + (frame.time or 0) * 1000
                frame.pts = None
                yield from ((at_ms, each) for each in resampler.resample(frame))


class _Meter:
    """FFmpeg's `ebur128` over all sound in a row, without gaps."""

    def __init__(self) -> None:
        graph = Graph()
        source = graph.add_abuffer(format="fltp", sample_rate=_RATE_HZ, layout="stereo")
        meter = graph.add("ebur128", "metadata=1:peak=true")
        sink = graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        graph.configure()
        self._graph = graph
        self._samples = 0
        self._loudness: float | None = None
        self._peak: float | None = None

    def push(self, frame: AudioFrame) -> None:
        frame.pts, frame.sample_rate = self._samples, _RATE_HZ
        self._samples += frame.samples
        self._graph.push(frame)
        self._pull()

    def result(self) -> tuple[float | None, float | None]:
        """Integrated loudness in LUFS and true peak in dBTP."""
        if self._samples:
            self._graph.push(None)
            self._pull()
        return self._loudness, self._peak

    def _pull(self) -> None:
        while True:
            try:
                told = self._graph.pull().metadata
            except (BlockingIOError, EOFError):
                return
            if "lavfi.r128.I" in told:
                loudness = float(told["lavfi.r128.I"])
                self._loudness = round(loudness, 1) if loudness > -70 else None  # the gate: silence
                highest = [float(value) for key, value in told.items() if ".true_peaks_ch" in key]
                if highest and max(highest) > 0:
                    self._peak = round(20 * float(np.log10(max(highest))), 1)


def _open(path: Path) -> InputContainer:
    return av.open(str(path), "r")


def main() -> None:
    os.nice(_NICENESS)
    parts = msgspec.json.decode(sys.stdin.buffer.read(), type=list[Part])
    sys.stdout.buffer.write(msgspec.json.encode(make_previews(Path(sys.argv[1]), parts)))


if __name__ == "__main__":
    main()
