"""FFmpeg's WHIP muxer as a publisher, in a process of its own: its calls hold the interpreter's lock while they wait.

`python -m tests.interop.ffmpeg_publisher --url ...` encodes a moving picture (H264) and a tone (Opus) in real time
until its standard input ends. It says "live" when the server has taken it, and exits with FFmpeg's words when not.
The stream key is read from HARMONIE_STREAM_KEY.
"""

from __future__ import annotations

import argparse
import os
import select
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio import AudioStream
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.video import VideoStream
from av.video.frame import VideoFrame

WIDTH, HEIGHT, FRAMES_PER_S = 320, 180, 30
RATE_HZ, SOUND_SAMPLES = 48_000, 960
TONE_HZ = 700
KEYFRAME_EVERY_FRAMES = 30


def main() -> None:
    """Entry of the process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--video-only", action="store_true")
    parser.add_argument(
        "--dtls-active", action="store_true", help="offer setup:active instead of setup:passive"
    )
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--private-key", type=Path)
    arguments = parser.parse_args()
    options = {"authorization": os.environ["HARMONIE_STREAM_KEY"], "handshake_timeout": "10000"}
    if arguments.dtls_active:
        options["whip_flags"] = "dtls_active"
    if arguments.certificate:
        options |= {"cert_file": str(arguments.certificate), "key_file": str(arguments.private_key)}
    try:
        with av.open(arguments.url, "w", format="whip", options=options) as container:
            _play(container, with_sound=not arguments.video_only)
    except (av.FFmpegError, OSError) as error:
        sys.exit(f"FFmpeg cannot publish: {error}")


def _play(container: OutputContainer, *, with_sound: bool) -> None:
    video = _video(container)
    audio = _audio(container) if with_sound else None
    container.start_encoding()
    print("live", flush=True)
    began_s = time.monotonic()
    samples = 0
    number = 0
    while not _told_to_end():
        due_s = began_s + number / FRAMES_PER_S
        time.sleep(max(0.0, due_s - time.monotonic()))
        container.mux(video.encode(_picture(number)))
        number += 1
        while audio is not None and samples < number * RATE_HZ // FRAMES_PER_S:
            container.mux(audio.encode(_sound(samples)))
            samples += SOUND_SAMPLES


def _video(container: OutputContainer) -> VideoStream:
    options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "profile": "baseline",
        "x264-params": f"keyint={KEYFRAME_EVERY_FRAMES}:scenecut=0:bframes=0:sliced-threads=0:threads=1",
    }
    stream = container.add_stream("libx264", rate=FRAMES_PER_S, options=options)
    stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    stream.bit_rate = 400_000
    stream.time_base = stream.codec_context.time_base = Fraction(1, FRAMES_PER_S)
    return stream


def _audio(container: OutputContainer) -> AudioStream:
    stream = container.add_stream("libopus", rate=RATE_HZ)
    stream.layout = "stereo"
    stream.bit_rate = 96_000
    return stream


def _picture(number: int) -> VideoFrame:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    picture = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    picture[:HEIGHT] = (rows + columns * 2 + number * 5) % 220 + 16
    frame = VideoFrame.from_ndarray(picture, format="yuv420p")
    frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_S)
    return frame


def _sound(first_sample: int) -> AudioFrame:
    time_s = (np.arange(SOUND_SAMPLES) + first_sample) / RATE_HZ
    tone = (np.sin(2 * np.pi * TONE_HZ * time_s) * 12_000).astype(np.int16)
    frame = AudioFrame.from_ndarray(np.repeat(tone, 2).reshape(1, -1), format="s16", layout="stereo")
    frame.sample_rate = RATE_HZ
    frame.pts, frame.time_base = first_sample, Fraction(1, RATE_HZ)
    return frame


def _told_to_end() -> bool:
    readable, _, _ = select.select([sys.stdin], [], [], 0)
    return bool(readable) and not sys.stdin.readline()


if __name__ == "__main__":
    main()
