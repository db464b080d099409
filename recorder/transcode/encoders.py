"""H264 encoders by their names in FFmpeg, set up for live pictures: nothing is held back, keyframes come when asked.

An encoder is given system memory, so those that want pictures in a GPU's own memory (VAAPI, Vulkan) cannot be used.
"""

import os
from fractions import Fraction

import av
from av.error import FFmpegError
from av.video.frame import PictureType, VideoFrame

from .errors import EncoderUnusable
from .plan import Codec, Rendition, level
from .trial import DEFAULT_ENCODER

CLOCK_HZ = 90_000

QUALITY = 23
_NEVER = 1_000_000
_MAX_THREADS = 4
_FRAME_RATE = 30
"""What rate control begins with; pictures come when they come."""
_HARDWARE = {"b_frames": "0", "forced-idr": "1"}
_OPTIONS: dict[str, dict[str, str]] = {
    "h264_nvenc": {"preset": "p4", "tune": "ll", "zerolatency": "1", "delay": "0", "rc": "vbr"},
    "h264_qsv": {"preset": "faster", "async_depth": "1", "forced_idr": "1"},
    "h264_amf": {"usage": "lowlatency", "quality": "balanced", "forced_idr": "1"},
    "h264_videotoolbox": {"realtime": "1", "prio_speed": "1"},
    "h264_v4l2m2m": {},
}
"""Of each encoder that is known to take pictures from system memory."""


def encoder_pixel_format(name: str) -> str:
    """What pictures have to be for this encoder: one it takes. Raises `EncoderUnusable`."""
    try:
        codec = av.Codec(name, "w")
    except (ValueError, FFmpegError) as error:
        raise EncoderUnusable(f"this FFmpeg has no encoder {name}") from error
    if codec.type != "video" or codec.canonical_name != "h264":
        raise EncoderUnusable(f"{name} is not an encoder of H264")
    known = [each.name for each in codec.video_formats or ()]
    for wanted in ("yuv420p", "nv12"):
        if wanted in known or not known:
            return wanted
    raise EncoderUnusable(f"{name} takes no pictures from system memory, only {', '.join(known)}")


def open_encoder(name: str, rendition: Rendition, like: VideoFrame) -> av.VideoCodecContext:
    """An encoder for pictures of a rendition; colours are those of `like`. Raises `EncoderUnusable`."""
    pixel_format = encoder_pixel_format(name)
    context = av.CodecContext.create(name, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = rendition.width, rendition.height, pixel_format
    context.time_base, context.framerate = Fraction(1, CLOCK_HZ), Fraction(_FRAME_RATE)
    context.gop_size, context.max_b_frames = _NEVER, 0
    context.color_range, context.colorspace = like.color_range, like.colorspace
    context.color_primaries, context.color_trc = like.color_primaries, like.color_trc
    most = str(rendition.bit_rate_bps)
    if name == DEFAULT_ENCODER:
        context.options = {
            "preset": "veryfast",
            "tune": "zerolatency",
            "profile": "high",
            "level": f"{level(rendition.width, rendition.height):g}",
            "crf": str(QUALITY),
            "maxrate": most,
            "bufsize": most,
            "forced-idr": "1",
            # Threads by frames rather than slices: better pictures, and packets that are whole at once.
            "x264-params": f"scenecut=0:open-gop=0:sliced-threads=0:threads={threads()}",
        }
    else:
        context.bit_rate = rendition.bit_rate_bps * 3 // 4
        context.options = {
            "profile": "high",
            "maxrate": most,
            "bufsize": most,
            **_OPTIONS.get(name, _HARDWARE),
        }
    try:
        context.open()
    except (FFmpegError, ValueError, OSError) as error:
        raise EncoderUnusable(f"{name} does not open: {error}") from error
    return context


def try_encoder(name: str) -> None:
    """Encodes a few pictures. Blocking, and not for the server's process. Raises `EncoderUnusable`."""
    picture = VideoFrame(640, 360, encoder_pixel_format(name))
    rendition = Rendition("360p", Codec.H264, 730_000, asked=False, width=640, height=360)
    context = open_encoder(name, rendition, picture)
    packets = []
    try:
        for number in range(10):
            picture.pts, picture.time_base = number * CLOCK_HZ // _FRAME_RATE, Fraction(1, CLOCK_HZ)
            picture.pict_type = PictureType.I if number == 0 else PictureType.NONE
            packets += context.encode(picture)
        packets += context.encode(None)
    except (FFmpegError, ValueError, OSError) as error:
        raise EncoderUnusable(f"{name} has failed: {error}") from error
    if not packets or not packets[0].is_keyframe:
        raise EncoderUnusable(f"{name} makes no pictures")


def threads() -> int:
    return max(1, min(_MAX_THREADS, os.cpu_count() or 1))
