"""What the server is told of what is encoded anew, and what it says itself."""

from enum import StrEnum

import msgspec


class Transcoding(msgspec.Struct, frozen=True):
    """How broadcasts are encoded anew (`plan.plan`): rungs of a ladder, and what H264 is encoded by."""

    ladder: tuple[str, ...]
    encoder: str


class PlannedTrack(msgspec.Struct, frozen=True):
    """A track that can be had, though there may be no frame of it yet. `asked` ones are made while somebody asks.
    `width` and `height` are 0 for sound.
    """

    name: str
    codecs: str
    bit_rate_bps: int
    asked: bool
    width: int
    height: int


class TracksPlanned(msgspec.Struct, frozen=True, tag="tracks_planned"):
    """All that can be had, largest first: instead of what was said before."""

    tracks: tuple[PlannedTrack, ...]


class TracksMade(msgspec.Struct, frozen=True, tag="tracks_made"):
    """What is being made from now on."""

    names: tuple[str, ...]


class Trouble(StrEnum):
    FELL_BEHIND = "fell_behind"
    """Pictures are left out up to a keyframe."""
    DIED = "died"
    """The process is started again."""
    BROKEN = "broken"
    """One track cannot be had."""


class TranscoderTrouble(msgspec.Struct, frozen=True, tag="transcoder_trouble"):
    what: Trouble
    detail: str


Event = TracksPlanned | TracksMade | TranscoderTrouble
