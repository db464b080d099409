"""`python -m bench.transcode [--seconds N] [--size HEIGHT] [--codec NAME]`: what transcoding costs, beside `ffmpeg`.

The same material, the same ladder and the same options for x264 and AAC: once through the transcoder's own process, fed
as quickly as it takes frames, and once through the `ffmpeg` program, both in CPU seconds per second of the broadcast.
What their x264 does is most of it, and the two may have different versions of it. Needs `ffmpeg` in the path.
"""

from __future__ import annotations

import argparse
import os
import resource
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import procfs
from bench.tables import table
from loadtest.media import Material, MaterialSpec, load_material
from media.description import Kind
from recorder.assembler import FORMATS
from recorder.frames import Frame, Picture, TimedFrame
from recorder.transcode.encoders import QUALITY, threads
from recorder.transcode.plan import Codec, Rendition, Source, level, plan
from recorder.transcode.process import TranscodeProcess
from recorder.transcode.trial import DEFAULT_ENCODER
from recorder.transcode.wire import Made

MATERIAL_DIRECTORY = Path(__file__).resolve().parent.parent / "build" / "bench"
WIDE, BPS = {1080: 1920, 720: 1280}, {1080: 5_000_000, 720: 2_500_000}
LADDER = ("720p", "480p", "360p")
FEED_BEHIND_S = 0.2


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds, and how long it took, for so many seconds of a broadcast."""

    cpu_s: float
    took_s: float
    frames: int
    media_s: float

    @property
    def cores(self) -> float:
        """How much of a core one such broadcast takes."""
        return self.cpu_s / self.media_s


def main() -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.transcode", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--seconds", type=int, default=16, help="of the broadcast, in eights")
    parser.add_argument(
        "--size", type=int, choices=sorted(WIDE), default=1080, help="what the publisher sends"
    )
    parser.add_argument(
        "--codec", choices=["H264", "VP8"], default="H264", help="of the publisher's pictures"
    )
    arguments = parser.parse_args()
    if shutil.which("ffmpeg") is None:
        print("bench.transcode: there is no ffmpeg to compare with", file=sys.stderr)
        return 2
    spec = MaterialSpec(
        video_codec=arguments.codec,
        width=WIDE[arguments.size],
        height=arguments.size,
        video_bps=BPS[arguments.size],
    )
    turns = max(1, arguments.seconds // spec.duration_s)
    material = load_material(spec, MATERIAL_DIRECTORY)
    source = Source(spec.video_codec, Picture(spec.width, spec.height), sound=True)
    ladder = [each for each in plan(LADDER, source) if each.kind is Kind.VIDEO]
    sound = next(each for each in plan(LADDER, source) if each.codec is Codec.AAC)
    rows = []
    for name, renditions in (
        *((each.name, (each,)) for each in ladder),
        ("sound alone (AAC)", (sound,)),
        (f"{', '.join(each.name for each in ladder)} and AAC", (*ladder, sound)),
    ):
        ours = measure_ours(material, spec, renditions, turns)
        theirs = measure_ffmpeg(spec, renditions, turns)
        rows.append(
            (
                name,
                f"{ours.cores:.3f}",
                f"{theirs.cores:.3f}",
                f"{ours.cpu_s / theirs.cpu_s:.2f}",
                f"{ours.media_s / ours.took_s:.1f}",
            )
        )
    print(
        f"{procfs.describe_machine()}; {turns * spec.duration_s} s of {spec.height}p30, {spec.video_codec} and Opus\n"
    )
    header = ("made of it", "cores, ours", "cores, ffmpeg", "ours to ffmpeg", "times real time")
    print("\n".join(table(header, rows)))
    return 0


def measure_ours(
    material: Material, spec: MaterialSpec, renditions: tuple[Rendition, ...], turns: int
) -> Cost:
    process = TranscodeProcess(DEFAULT_ENCODER)
    process.configure(renditions)
    made = 0
    try:
        _turn(process)
        while _busy(process):  # until it has started
            made += _turn(process)
        worker = process.process_id or 0
        before, began_s = procfs.cpu_time(worker).total_s, time.monotonic()
        for each in _frames(material, spec, turns):
            while process.behind_s > FEED_BEHIND_S:
                made += _turn(process)
            process.take(each)
        while _busy(process):
            made += _turn(process)
        took_s = time.monotonic() - began_s
        cpu_s = procfs.cpu_time(worker).total_s - before
        assert process.dropped_groups == 0
    finally:
        process.close()
    return Cost(cpu_s, took_s, made, turns * spec.duration_s)


def measure_ffmpeg(spec: MaterialSpec, renditions: tuple[Rendition, ...], turns: int) -> Cost:
    pictures = [each for each in renditions if each.kind is Kind.VIDEO]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-threads", "1", "-stream_loop", str(turns - 1)]
    command += ["-i", str(MATERIAL_DIRECTORY / spec.file_name)]
    if pictures:
        split = f"[0:v]split={len(pictures)}" + "".join(f"[s{index}]" for index in range(len(pictures)))
        scaled = [
            f"[s{index}]scale={each.width}:{each.height}:flags=bilinear[v{index}]"
            for index, each in enumerate(pictures)
        ]
        command += ["-filter_complex", ";".join((split, *scaled))]
    for index, each in enumerate(pictures):
        command += ["-map", f"[v{index}]", f"-c:v:{index}", "libx264"]
        for option, value in (
            ("preset", "veryfast"),
            ("tune", "zerolatency"),
            ("profile", "high"),
            ("level", f"{level(each.width, each.height):g}"),
            ("crf", str(QUALITY)),
            ("maxrate", str(each.bit_rate_bps)),
            ("bufsize", str(each.bit_rate_bps)),
            ("forced-idr", "1"),
            ("g", "1000000"),
            ("x264-params", f"scenecut=0:open-gop=0:sliced-threads=0:threads={threads()}"),
        ):
            command += [f"-{option}:v:{index}", value]
    if pictures:
        command += ["-force_key_frames", f"expr:gte(t,n_forced*{spec.keyframe_interval_s})"]
    for each in renditions:
        if each.kind is Kind.AUDIO:
            command += ["-map", "0:a", "-c:a", "aac", "-b:a", str(each.bit_rate_bps)]
    before, began_s = _children_s(), time.monotonic()
    subprocess.run([*command, "-f", "null", os.devnull], check=True)
    return Cost(_children_s() - before, time.monotonic() - began_s, 0, turns * spec.duration_s)


def _frames(material: Material, spec: MaterialSpec, turns: int) -> Iterator[TimedFrame]:
    """In the order in which they are sent."""
    frames: list[TimedFrame] = []
    pictures = FORMATS[spec.video_codec]()
    for turn in range(turns):
        for kind, track in ((Kind.VIDEO, material.video), (Kind.AUDIO, material.audio)):
            for index, each in enumerate(track.frames):
                at_s = turn * spec.duration_s + index * track.frame_s
                if at_s >= (turn + 1) * spec.duration_s:
                    break
                if kind is Kind.VIDEO:
                    whole = pictures.assemble(each.payloads)
                    frame = Frame(spec.video_codec, 0, whole.picture is not None, whole.data, whole.picture)
                else:
                    frame = Frame("opus", 0, keyframe=True, data=each.payloads[0])
                frames.append(TimedFrame(kind, at_s, frame))
    yield from sorted(frames, key=lambda each: each.time_s)


def _busy(process: TranscodeProcess) -> bool:
    return process.size_bytes > 0


def _turn(process: TranscodeProcess) -> int:
    """One turn of a loop of `select`; how many frames have come."""
    process.poll()
    connection = process.socket
    if connection is None:
        return 0
    readable, _, _ = select.select([connection], [connection] if process.has_unsent else [], [], 0.01)
    process.send()
    if readable:
        process.receive()
    return sum(isinstance(each, Made) for each in process.events())


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
