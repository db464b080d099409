"""What HLS is made from: tracks, each a row of encoded frames on the broadcast's clock.

The publisher's own pictures and sound are the tracks `video` and `audio`. Whoever encodes them anew adds tracks of
other names (`720p`, `aac`): a frame of such a track has the time of the frame it was made from, and a video track has a
keyframe wherever the track it was made from has one, so that segments of all tracks begin together.
"""

from dataclasses import dataclass

from media.description import Kind

from ..frames import Frame

VIDEO, AUDIO = "video", "audio"
CARRIED = frozenset({"H264", "VP9", "AV1", "opus", "AAC"})
"""Codecs that HLS's files can hold. VP8 has no place in MP4 that players know."""
_SOUND = frozenset({"opus", "AAC"})


@dataclass(frozen=True, slots=True)
class TrackFrame:
    """`time_s` is since the broadcast began. Frames of one track come in order; the first of a video track is a
    keyframe (its `frame.picture` is set). `track` is a name of lower-case letters and digits, and part of URLs.
    """

    track: str
    time_s: float
    frame: Frame

    @property
    def kind(self) -> Kind:
        return Kind.AUDIO if self.frame.codec in _SOUND else Kind.VIDEO
