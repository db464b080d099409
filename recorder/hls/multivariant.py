"""The multivariant playlist (RFC 8216bis section 4.4.6): which tracks go together.

No I/O. Every sound is a group of its own with each picture, so that a player takes the pair it can decode; and alone,
for those who only listen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .playlist import VERSION

HEADROOM = 1.1
"""What is told of rates is what they were; the next segment may be a little larger."""
_NAMES = {"opus": "Stereo (Opus)", "mp4a": "Stereo (AAC)"}


@dataclass(frozen=True, slots=True)
class Variant:
    """One track. Rates are in bits per second; `frame_rate` is 0 when it is not known."""

    track: str
    uri: str
    is_video: bool
    codecs: str
    peak_bps: float
    average_bps: float
    width: int = 0
    height: int = 0
    frame_rate: float = 0.0
    channels: int = 0
    alone: bool = False
    """Sound that is not offered with pictures: for those who only listen."""


def multivariant(tracks: Sequence[Variant]) -> str:
    """The text; `tracks` in order of preference."""
    videos = [each for each in tracks if each.is_video]
    sounds = [each for each in tracks if not each.is_video]
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}"]
    beside = [each for each in sounds if not each.alone]
    if videos:
        lines += [_media(sound) for sound in beside]
    with_pictures: Sequence[Variant | None] = beside or (None,)
    pairs: list[tuple[Variant | None, Variant | None]] = [
        (video, sound) for video in videos for sound in with_pictures
    ]
    pairs += [(None, sound) for sound in sounds]
    for index, (video, sound) in enumerate(pairs):
        grouped = sound in beside and bool(videos)
        lines += _stream(video, sound, score=len(pairs) - index, with_group=grouped)
    return "\n".join(lines) + "\n"


def _media(sound: Variant) -> str:
    name = _NAMES.get(sound.codecs.partition(".")[0], sound.track)
    return (
        f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{sound.track}",NAME="{name}",DEFAULT=YES,AUTOSELECT=YES,'
        f'CHANNELS="{sound.channels}",URI="{sound.uri}"'
    )


def _stream(
    video: Variant | None, sound: Variant | None, *, score: int, with_group: bool = True
) -> list[str]:
    """`score` has players that can decode several prefer what the artist sends, for nothing is made for them then."""
    tracks = [each for each in (video, sound) if each is not None]
    attributes = [
        f"BANDWIDTH={round(sum(each.peak_bps for each in tracks) * HEADROOM)}",
        f"AVERAGE-BANDWIDTH={round(sum(each.average_bps for each in tracks) * HEADROOM)}",
        f'CODECS="{",".join(each.codecs for each in tracks)}"',
    ]
    if video is not None:
        attributes.append(f"RESOLUTION={video.width}x{video.height}")
        if video.frame_rate:
            attributes.append(f"FRAME-RATE={video.frame_rate:.3f}")
    attributes.append(f"SCORE={score}")
    if sound is not None and with_group:
        attributes.append(f'AUDIO="{sound.track}"')
    return [f"#EXT-X-STREAM-INF:{','.join(attributes)}", tracks[0].uri]
