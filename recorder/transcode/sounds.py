"""Sound of one broadcast: decoded once, encoded for each rendition. Blocking.

An encoder counts samples, a broadcast has times. FFmpeg's `aresample` holds the two together: sound is stretched by at
most 2 % while it is off by a little, and filled with silence or cut when by more. After a long break it begins anew.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.error import FFmpegError
from av.filter import Graph
from av.packet import Packet

from media.description import Kind
from recorder.frames import Frame, Sound, TimedFrame

from .decoders import open_sound_decoder
from .plan import Codec, Rendition
from .wire import Broken, Made

RATE_HZ = 48_000
BREAK_S = 0.5
"""A gap that is told of rather than filled."""
_TIME_BASE = Fraction(1, RATE_HZ)
_RESAMPLE = "async=960:min_hard_comp=0.04"
_STEREO = f"channel_layouts=stereo:sample_rates={RATE_HZ}"
_AAC_CONFIG = bytes((0x11, 0x90))
"""AudioSpecificConfig: AAC-LC, 48 kHz, two channels (ISO/IEC 14496-3 section 1.6.2.1)."""
_ENCODERS = {Codec.AAC: ("aac", "fltp", {}), Codec.OPUS: ("libopus", "flt", {"application": "audio"})}


class SoundTranscoder:
    """Frames of the publisher in, frames of renditions out."""

    def __init__(self) -> None:
        self._decoder: av.AudioCodecContext | None = None
        self._ends_at: int | None = None
        self._made: dict[Rendition, _SoundEncoder] = {}

    def configure(self, renditions: Iterable[Rendition]) -> list[Made | Broken]:
        """Make these, which are sound; those there are already go on."""
        wanted = set(renditions)
        rest: list[Made | Broken] = []
        for gone in [each for each in self._made if each not in wanted]:
            rest += self._made.pop(gone).flush()
        for rendition in wanted - self._made.keys():
            self._made[rendition] = _SoundEncoder(rendition)
        if not self._made:
            self._decoder = None
        return rest

    def take(self, timed: TimedFrame) -> list[Made | Broken]:
        if not self._made:
            return []
        at = round(timed.time_s * RATE_HZ)
        answers: list[Made | Broken] = []
        if self._ends_at is not None and abs(at - self._ends_at) > BREAK_S * RATE_HZ:
            answers += self._begin_again()
        if self._decoder is None:
            self._decoder = open_sound_decoder(timed.frame.codec)
        packet = Packet(timed.frame.data)
        packet.pts, packet.time_base = at, _TIME_BASE
        try:
            pieces = self._decoder.decode(packet)
        except FFmpegError:
            self._decoder = None
            return answers
        for piece in pieces:
            piece.pts, piece.time_base = at, _TIME_BASE
            at += piece.samples
            self._ends_at = at
            for encoder in self._made.values():
                answers += encoder.take(piece)
        return answers

    def flush(self) -> list[Made | Broken]:
        """Nothing follows."""
        return self.configure(())

    def _begin_again(self) -> list[Made | Broken]:
        renditions = list(self._made)
        rest = self.configure(())
        self._ends_at = None
        return [*rest, *self.configure(renditions)]


class _SoundEncoder:
    """One rendition."""

    def __init__(self, rendition: Rendition) -> None:
        self._rendition = rendition
        name, sample_format, options = _ENCODERS[rendition.codec]
        self._sound = Sound(RATE_HZ, 2, _AAC_CONFIG) if rendition.codec is Codec.AAC else None
        self._resampler: _Resampler | None = None
        context = av.CodecContext.create(name, "w")
        assert isinstance(context, av.AudioCodecContext)
        context.sample_rate, context.layout, context.format = RATE_HZ, "stereo", sample_format
        context.time_base, context.bit_rate = _TIME_BASE, rendition.bit_rate_bps
        context.options = dict(options)
        self._context = context
        self._broken = False

    def take(self, piece: AudioFrame) -> list[Made | Broken]:
        if self._broken:
            return []
        try:
            if self._resampler is None:
                self._resampler = _Resampler(piece, str(self._context.format.name))
            return [
                self._out(packet)
                for resampled in self._resampler.take(piece)
                for packet in self._context.encode(resampled)
            ]
        except FFmpegError as error:
            self._broken = True
            return [Broken(self._rendition.name, str(error))]

    def flush(self) -> list[Made | Broken]:
        """What is not a whole frame is padded with silence."""
        if self._broken or self._resampler is None:
            return []
        try:
            return [self._out(packet) for packet in self._context.encode(None)]
        except FFmpegError:
            return []

    def _out(self, packet: "Packet[Any]") -> Made:
        assert packet.pts is not None
        frame = Frame(self._rendition.codec, packet.pts, keyframe=True, data=bytes(packet), sound=self._sound)
        return Made(self._rendition.name, TimedFrame(Kind.AUDIO, packet.pts / RATE_HZ, frame))


class _Resampler:
    """Sound of even time out of sound with times. `first` says how it comes."""

    def __init__(self, first: AudioFrame, sample_format: str) -> None:
        self._graph = Graph()
        self._source = self._graph.add_abuffer(
            sample_rate=RATE_HZ, format=first.format.name, layout=first.layout.name, time_base=_TIME_BASE
        )
        resample = self._graph.add("aresample", _RESAMPLE)
        shape = self._graph.add("aformat", f"sample_fmts={sample_format}:{_STEREO}")
        self._sink = self._graph.add("abuffersink")
        self._source.link_to(resample)
        resample.link_to(shape)
        shape.link_to(self._sink)
        self._graph.configure()

    def take(self, piece: AudioFrame) -> Iterator[AudioFrame]:
        self._source.push(piece)
        while True:
            try:
                resampled = self._sink.pull()
            except (BlockingIOError, EOFError):
                return
            assert isinstance(resampled, AudioFrame)
            yield resampled
