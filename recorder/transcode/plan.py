"""Which renditions of a broadcast are made beside what its publisher sends, and which of them only when asked for.

No I/O. A picture is never made larger, and never made again in the size and codec it has already. Sizes are told by the
shorter side, as people do: a portrait picture of 720x1280 is 720p.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from media.description import Kind
from recorder.frames import Picture
from recorder.hls.tracks import CARRIED

SOUND = "audio"
OFF = "off"
AAC, LIGHT = "aac", "light"
"""Names: sound for players without Opus, and for those who only listen."""
RUNGS = (2160, 1440, 1080, 720, 540, 480, 432, 360, 240)
"""Heights that may be asked for."""
NEEDED_MAX_HEIGHT = 1080
"""Of a rendition nobody has configured, made because a player needs its codec."""
AAC_BPS = 160_000
LIGHT_SOUND_BPS = 96_000
_BPS = {
    2160: 16_000_000,
    1440: 10_000_000,
    1080: 6_000_000,
    720: 3_000_000,
    540: 2_000_000,
    480: 1_500_000,
    432: 1_100_000,
    360: 730_000,
    240: 365_000,
}
"""What a picture may take at most, by its height. From 1080 to 432: Apple's HLS Authoring Specification (the table of
H.264 bit rates in section 1: the lower where it gives two). 480 lies between its neighbours there; 360 and 240 get one
row more than theirs, since the encoder is a fast one; 1440 and 2160 are as far beyond 1080 as 1080 is beyond 720.
"""


class Codec(StrEnum):
    """What renditions are made in."""

    H264 = "H264"
    AAC = "AAC"
    OPUS = "opus"


@dataclass(frozen=True, slots=True)
class Rendition:
    """One encoding. `name` is its own within the broadcast, and fit for an address; two that are equal are the same.

    `bit_rate_bps` is the most it takes over a second or so, `width` and `height` are even, and 0 for sound.
    """

    name: str
    codec: Codec
    bit_rate_bps: int
    asked: bool
    """Whether it is made only while somebody asks for it."""
    width: int = 0
    height: int = 0

    @property
    def kind(self) -> Kind:
        return Kind.VIDEO if self.codec is Codec.H264 else Kind.AUDIO


@dataclass(frozen=True, slots=True)
class Source:
    """What the publisher sends: `codec` and `picture` are both set or both `None`."""

    codec: str | None
    picture: Picture | None
    sound: bool


def plan(ladder: Sequence[str], source: Source) -> tuple[Rendition, ...]:
    """Pictures from the largest on, then sound. `ladder` holds `SOUND`, `OFF` and heights such as `720p`; empty means:
    what players need, when they ask for it.
    """
    if OFF in ladder:
        return ()
    renditions: list[Rendition] = []
    if source.codec is not None and source.picture is not None:
        renditions += _pictures(_heights(ladder), source.codec, source.picture)
    if source.sound:
        renditions.append(Rendition(AAC, Codec.AAC, AAC_BPS, asked=True))
        if SOUND in ladder:
            renditions.append(Rendition(LIGHT, Codec.OPUS, LIGHT_SOUND_BPS, asked=False))
    return tuple(renditions)


def codec_string(rendition: Rendition) -> str:
    """What a playlist says of it before a frame is there (RFC 6381): the encoders are told to keep to this."""
    match rendition.codec:
        case Codec.H264:
            return f"avc1.6400{round(level(rendition.width, rendition.height) * 10):02x}"
        case Codec.AAC:
            return "mp4a.40.2"
        case Codec.OPUS:
            return "opus"


def level(width: int, height: int) -> float:
    """The H264 level for this picture at up to 60 of them a second (ITU-T H.264 table A-1)."""
    macroblocks = -(-width // 16) * -(-height // 16)
    for number, frame_max, second_max in _LEVELS:
        if macroblocks <= frame_max and macroblocks * 60 <= second_max:
            return number
    return _LEVELS[-1][0]


_LEVELS = (
    (3.0, 1_620, 40_500),
    (3.1, 3_600, 108_000),
    (3.2, 5_120, 216_000),
    (4.2, 8_704, 522_240),
    (5.1, 36_864, 983_040),
    (5.2, 36_864, 2_073_600),
)


def _pictures(heights: Sequence[int], codec: str, picture: Picture) -> list[Rendition]:
    short = min(picture.width, picture.height)
    decoded_by_all = codec == Codec.H264
    made = [_picture(picture, height, asked=False) for height in heights if height < short]
    if decoded_by_all:
        return made
    if any(height >= short for height in heights):
        # The publisher's own size is wanted, but not every player can decode its codec.
        made.insert(0, _picture(picture, short, asked=False))
    elif not made:
        # Nothing is to be seen at all without it where HLS cannot carry the publisher's codec.
        made.append(_picture(picture, min(short, NEEDED_MAX_HEIGHT), asked=codec in CARRIED))
    return made


def _picture(source: Picture, height: int, *, asked: bool) -> Rendition:
    short = min(source.width, source.height)
    width, tall = (_even(side * height / short) for side in (source.width, source.height))
    return Rendition(f"{height}p", Codec.H264, _most_bps(height), asked, width, tall)


def _most_bps(height: int) -> int:
    return next((_BPS[rung] for rung in reversed(RUNGS) if rung >= height), _BPS[RUNGS[0]])


def _heights(ladder: Sequence[str]) -> list[int]:
    return sorted({int(word[:-1]) for word in ladder if word.endswith("p")}, reverse=True)


def _even(value: float) -> int:
    return max(2, round(value / 2) * 2)
