"""Decoders for what publishers send: one frame in, one picture or piece of sound out at once."""

import av
from av.codec.context import Flags

CLOCK_HZ = {"opus": 48_000}
_DECODERS = {"H264": "h264", "VP8": "vp8", "VP9": "vp9", "AV1": "libdav1d", "opus": "libopus"}
_OPTIONS = {"AV1": {"max_frame_delay": "1"}}


def open_picture_decoder(codec: str) -> av.VideoCodecContext:
    """Without threads of its own: those hold pictures back."""
    context = av.CodecContext.create(_DECODERS[codec], "r")
    assert isinstance(context, av.VideoCodecContext)
    context.thread_count = 1
    context.flags |= Flags.low_delay
    context.options = dict(_OPTIONS.get(codec, {}))
    return context


def open_sound_decoder(codec: str) -> av.AudioCodecContext:
    """Of stereo at 48 kHz, which Opus can always be had as."""
    context = av.CodecContext.create(_DECODERS[codec], "r")
    assert isinstance(context, av.AudioCodecContext)
    context.layout, context.sample_rate = "stereo", CLOCK_HZ[codec]
    return context
