"""Fragments of every codec are read and decoded by FFmpeg, frame for frame."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from av.audio import AudioStream
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from recorder.assembler import Assembler
from recorder.errors import MalformedPayload
from recorder.frames import Frame, Sound
from recorder.hls.codec_config import format_of
from recorder.hls.mp4 import Sample, clock_hz, fragment, init_segment, sample_data

from ..encoded import encoded, packets_of, read_counter

CODECS = {"H264": "avc1.42C00A", "VP9": "vp09.00.11.08", "AV1": "av01.0.00M.08"}
BEGIN = 200_000 * 90_000  # more than two days in: beyond 32 bits


def frames_of(codec: str) -> list[Frame]:
    assembler = Assembler(codec)
    frames = [
        frame for packet in packets_of(encoded(codec)) for frame in assembler.push(packet, packet.timestamp)
    ]
    return frames + assembler.flush()


def in_fragments(frames: list[Frame], size: int, duration: int, begin: int) -> bytes:
    samples = [
        Sample(duration, each.keyframe, sample_data(each.codec, each.keyframe, each.data)) for each in frames
    ]
    return init_segment(format_of(frames[0])) + b"".join(
        fragment(number, begin + at * duration, samples[at : at + size])
        for number, at in enumerate(range(0, len(samples), size), 1)
    )


@pytest.mark.parametrize("codec", CODECS)
def test_ffmpeg_decodes_every_frame_at_its_time(codec: str) -> None:
    frames = frames_of(codec)
    data = in_fragments(frames, 5, 3000, BEGIN)
    with av.open(io.BytesIO(data), "r") as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (160, 96)
        assert stream.time_base == Fraction(1, 90_000)
        pictures = list(container.decode(stream))
    assert [read_counter(each) for each in pictures if isinstance(each, VideoFrame)] == list(
        range(len(frames))
    )
    assert [each.pts for each in pictures] == [BEGIN + at * 3000 for at in range(len(frames))]


@pytest.mark.parametrize("codec", CODECS)
def test_players_are_told_profile_level_and_depth(codec: str) -> None:
    told = format_of(frames_of(codec)[0]).codecs
    if codec == "H264":
        assert told.startswith("avc1.42C0"), told  # what x264 makes with these options
    else:
        assert told == CODECS[codec]


@pytest.mark.parametrize(
    ("encoder", "codec", "told"), [("libopus", "opus", "opus"), ("aac", "AAC", "mp4a.40.2")]
)
def test_ffmpeg_decodes_sound(encoder: str, codec: str, told: str) -> None:
    context = av.CodecContext.create(encoder, "w")
    assert isinstance(context, av.AudioCodecContext)
    context.sample_rate, context.layout = 48_000, "stereo"
    context.format = "fltp" if encoder == "aac" else "flt"
    context.open()
    size = context.frame_size
    packets: list[bytes] = []
    for number in range(20):
        shape, layout = ((2, size), "fltp") if encoder == "aac" else ((1, 2 * size), "flt")
        frame = AudioFrame.from_ndarray(np.zeros(shape, np.float32), format=layout, layout="stereo")
        frame.sample_rate, frame.pts = 48_000, number * size
        packets += [bytes(packet) for packet in context.encode(frame)]
    sound = Sound(48_000, 2, bytes(context.extradata or b"")) if codec == "AAC" else None
    frames = [Frame(codec, 0, True, data, sound=sound) for data in packets]
    fmt = format_of(frames[0])
    assert (fmt.codecs, clock_hz(fmt)) == (told, 48_000)
    with av.open(io.BytesIO(in_fragments(frames, 7, size, 48_000)), "r") as container:
        stream = container.streams.audio[0]
        assert isinstance(stream, AudioStream)
        assert (stream.rate, stream.channels) == (48_000, 2)
        assert len(list(container.decode(stream))) == len(frames)


def test_a_codec_without_a_place_in_mp4_is_refused() -> None:
    with pytest.raises(MalformedPayload):
        format_of(frames_of("VP8")[0])
