"""Frames for a transcoder, and what somebody sees and hears who plays what it makes."""

from collections.abc import Iterable
from itertools import pairwise

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.packet import Packet

from media.description import Kind
from recorder.frames import TimedFrame
from recorder.intake import Intake
from recorder.transcode.decoders import open_picture_decoder
from recorder.wire import Record
from tests.recorder.encoded import read_counter
from tests.recorder.show import Seen


def timed(records: Iterable[Record]) -> list[TimedFrame]:
    """What the assembler makes of records."""
    intake = Intake()
    return [each for record in records for each in intake.take(record)] + intake.flush()


def watch(frames: Iterable[TimedFrame], sound_decoder: str = "aac") -> Seen:
    """Decodes frames of a video and an audio track, bearing no error and no time that does not rise."""
    frames = list(frames)
    pictures = [each for each in frames if each.kind is Kind.VIDEO]
    sounds = [each for each in frames if each.kind is Kind.AUDIO]
    for track in (pictures, sounds):
        assert all(before.time_s < after.time_s for before, after in pairwise(track))
    seen, sizes = [], [(0, 0)]
    decoder = open_picture_decoder("H264")
    decoder.options = {"err_detect": "explode"}
    for each in pictures:
        packet = Packet(each.frame.data)
        packet.pts = 0
        for picture in decoder.decode(packet):
            seen.append((each.time_s, read_counter(picture)))
            sizes.append((picture.width, picture.height))
    ears = av.CodecContext.create(sound_decoder, "r")
    assert isinstance(ears, av.AudioCodecContext)
    ears.layout, ears.sample_rate = "stereo", 48_000
    if sounds and sounds[0].frame.sound is not None:
        ears.extradata = sounds[0].frame.sound.parameters
    clicks: list[float] = []
    for each in sounds:
        for sound in ears.decode(Packet(each.frame.data)):
            assert isinstance(sound, AudioFrame)
            loud = np.flatnonzero(np.abs(sound.to_ndarray()).max(axis=0) > 0.25)
            if len(loud) and (not clicks or each.time_s + loud[0] / 48_000 - clicks[-1] > 0.3):
                clicks.append(each.time_s + float(loud[0]) / 48_000)
    heard = (sounds[0].time_s, sounds[-1].time_s) if sounds else None
    return Seen(sizes[-1], tuple(seen), heard, tuple(clicks), 0.0)
