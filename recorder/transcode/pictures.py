"""Pictures of one broadcast: decoded once, scaled and encoded for each rendition. Blocking.

A rendition's keyframes are the publisher's, and one more wherever those are further apart than `KEYFRAME_INTERVAL_S`:
segments of all renditions begin together. What is decoded and made again has the time of what was sent.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import av
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from media.description import Kind
from recorder.errors import MalformedPayload
from recorder.frames import Frame, Picture, TimedFrame
from recorder.h264 import START_CODE
from recorder.h264_sps import picture_size

from .decoders import open_picture_decoder
from .encoders import CLOCK_HZ, encoder_pixel_format, open_encoder
from .errors import EncoderUnusable
from .plan import Rendition
from .wire import Broken, Made

KEYFRAME_INTERVAL_S = 2.0
_TIME_BASE = Fraction(1, CLOCK_HZ)
_SLICES, _SPS, _PPS = range(1, 6), 7, 8


class PictureTranscoder:
    """Frames of the publisher in, frames of renditions out."""

    def __init__(self, encoder: str) -> None:
        self._encoder = encoder
        self._decoder: av.VideoCodecContext | None = None
        self._codec = ""
        self._keyframe_pts = -1
        self._made: dict[Rendition, _PictureEncoder] = {}

    def configure(self, renditions: Iterable[Rendition]) -> list[Made | Broken]:
        """Make these, which are pictures; those there are already go on."""
        wanted = set(renditions)
        rest: list[Made | Broken] = []
        for gone in [each for each in self._made if each not in wanted]:
            rest += self._made.pop(gone).flush()
        for rendition in wanted - self._made.keys():
            self._made[rendition] = _PictureEncoder(rendition, self._encoder)
        if not self._made:
            self._decoder = None
        return rest

    def take(self, timed: TimedFrame) -> list[Made | Broken]:
        frame = timed.frame
        if not self._made or (self._decoder is None and not frame.keyframe):
            return []
        if self._decoder is None or frame.codec != self._codec:
            self._decoder, self._codec = open_picture_decoder(frame.codec), frame.codec
        packet = Packet(frame.data)
        packet.pts = round(timed.time_s * CLOCK_HZ)
        packet.time_base = _TIME_BASE
        if frame.keyframe:
            self._keyframe_pts = packet.pts
        try:
            pictures = self._decoder.decode(packet)
        except FFmpegError:
            self._decoder = None  # goes on with the next keyframe
            return []
        return [
            made
            for picture in pictures
            for encoder in self._made.values()
            for made in encoder.take(picture, keyframe=picture.pts == self._keyframe_pts)
        ]

    def flush(self) -> list[Made | Broken]:
        """Nothing follows."""
        return self.configure(())


class _PictureEncoder:
    """One rendition. Begins with a keyframe of the publisher."""

    def __init__(self, rendition: Rendition, encoder: str) -> None:
        self._rendition = rendition
        self._name = encoder
        self._scaler = VideoReformatter()
        self._context: av.VideoCodecContext | None = None
        self._format = ""
        self._keyframe_at = 0
        self._last_at = -1
        self._broken = False

    def take(self, picture: VideoFrame, *, keyframe: bool) -> list[Made | Broken]:
        if self._broken or (self._context is None and not keyframe):
            return []
        try:
            if self._context is None:
                self._format = encoder_pixel_format(self._name)
                self._context = open_encoder(self._name, self._rendition, picture)
            return [
                self._out(packet)
                for packet in self._context.encode(self._prepared(picture, keyframe=keyframe))
            ]
        except (EncoderUnusable, FFmpegError) as error:
            self._broken = True
            return [Broken(self._rendition.name, str(error))]

    def flush(self) -> list[Made | Broken]:
        if self._context is None or self._broken:
            return []
        try:
            return [self._out(packet) for packet in self._context.encode(None)]
        except FFmpegError:
            return []

    def _prepared(self, picture: VideoFrame, *, keyframe: bool) -> VideoFrame:
        at = max(picture.pts or 0, self._last_at + 1)
        self._last_at = at
        if keyframe or at - self._keyframe_at >= KEYFRAME_INTERVAL_S * CLOCK_HZ:
            keyframe, self._keyframe_at = True, at
        scaled = self._scaler.reformat(
            picture,
            self._rendition.width,
            self._rendition.height,
            self._format,
            interpolation=Interpolation.BILINEAR,
            threads=1,
        )
        scaled.pts, scaled.time_base = at, _TIME_BASE
        scaled.pict_type = PictureType.I if keyframe else PictureType.NONE
        return scaled

    def _out(self, packet: "Packet[Any]") -> Made:
        assert packet.pts is not None
        data, described = _access_unit(bytes(packet))
        frame = Frame("H264", packet.pts, packet.is_keyframe, data, described if packet.is_keyframe else None)
        return Made(self._rendition.name, TimedFrame(Kind.VIDEO, packet.pts / CLOCK_HZ, frame))


def _access_unit(data: bytes) -> tuple[bytes, Picture | None]:
    """With start codes of four bytes and nothing but slices and parameter sets, and what those describe."""
    nals = [nal for piece in data.split(b"\0\0\1") if (nal := piece.rstrip(b"\0"))]
    kept = [nal for nal in nals if nal[0] & 0x1F in (*_SLICES, _SPS, _PPS)]
    sets = [nal for nal in kept if nal[0] & 0x1F in (_SPS, _PPS)]
    joined = b"".join(START_CODE + nal for nal in kept)
    sps = next((nal for nal in sets if nal[0] & 0x1F == _SPS), None)
    if sps is None:
        return joined, None
    try:
        width, height, pixel_format = picture_size(sps)
    except MalformedPayload:
        return joined, None
    return joined, Picture(width, height, pixel_format, b"".join(START_CODE + nal for nal in sets))
