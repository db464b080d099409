"""How replays look over HTTP. Times in milliseconds are on the broadcast's clock."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from infra.clock import rfc3339

from .addresses import SignedAddresses
from .happenings import Happening, Source
from .recordings import STRIP_COLUMNS, Part, Previews, Recording
from .replays import Density, Shown

PATH = "/api/v1/replays"

Address = Annotated[str, Meta(description="Signed: holds until `expires_at`, without a token.")]


class ReplaySummary(msgspec.Struct, frozen=True):
    id: str
    channel: str
    title: str
    began_at: Annotated[str, Meta(description="When the broadcast began.")]
    duration_ms: int
    poster: Address | None
    chat_lines: Annotated[int, Meta(description="Said during the broadcast; a minute old at most.")]
    tips: int

    @classmethod
    def of(
        cls, recording: Recording, channel: str, addresses: "Addresses", chat_lines: int, tips: int
    ) -> "ReplaySummary":
        return cls(
            recording.id,
            channel,
            recording.title,
            rfc3339(recording.broadcast_began_at),
            recording.duration_ms,
            addresses.poster(recording),
            chat_lines,
            tips,
        )


class ReplayPart(msgspec.Struct, frozen=True):
    """One file; the next one begins where the size of the picture or a codec changed."""

    number: int
    url: Address
    start_ms: int
    duration_ms: int
    type: Annotated[str, Meta(description="A MIME type with codecs, as `canPlayType` takes it.")]
    width: int | None
    height: int | None


class StripView(msgspec.Struct, frozen=True):
    """A sheet of small pictures, `columns` in a row, one every `interval_ms`."""

    url: Address
    columns: int
    pictures: int
    interval_ms: int


class ReplayView(msgspec.Struct, frozen=True):
    id: str
    channel: str
    channel_title: str
    title: str
    broadcast: int | None
    began_at: Annotated[str, Meta(description="When the broadcast began: zero of its clock.")]
    started_at: Annotated[str, Meta(description="When the recording began.")]
    duration_ms: int
    visibility: str
    mine: Annotated[bool, Meta(description="Whether the caller may change it.")]
    parts: list[ReplayPart]
    poster: Address | None
    strip: StripView | None
    waveform: Address | None
    loudness_lufs: float | None
    expires_at: Annotated[str, Meta(description="Ask again then: the addresses hold no longer.")]

    @classmethod
    def of(cls, shown: Shown, addresses: "Addresses") -> "ReplayView":
        recording, channel, previews = shown.recording, shown.channel, _previews(shown.recording)
        strip = None
        if previews.strip_pictures:
            strip = StripView(
                addresses.preview(recording, "strip"),
                STRIP_COLUMNS,
                previews.strip_pictures,
                previews.strip_interval_ms,
            )
        return cls(
            recording.id,
            channel.name,
            channel.title,
            recording.title or channel.title,
            recording.broadcast_id,
            rfc3339(recording.broadcast_began_at),
            rfc3339(recording.started_at),
            recording.duration_ms,
            recording.visibility.value,
            shown.mine,
            [_part(recording, part, addresses) for part in recording.parts],
            addresses.poster(recording),
            strip,
            addresses.preview(recording, "waveform") if previews.waveform else None,
            previews.loudness_lufs,
            addresses.end_at,
        )


class ReplayEvent(msgspec.Struct, frozen=True):
    clock_ms: int
    event: Annotated[
        Any,
        Meta(
            description="As the channel's room sends it: `said` or `tip_seen`, with the line or the tip as it is now."
        ),
    ]


class ReplayEvents(msgspec.Struct, frozen=True):
    items: list[ReplayEvent]
    next: Annotated[str | None, Meta(description="`after` of the next page; null: there is nothing more.")]

    @classmethod
    def of(cls, page: Sequence[tuple[Source, Happening]], following: str | None) -> "ReplayEvents":
        return cls([ReplayEvent(each.clock_ms, each.event) for _, each in page], following)


class DensityView(msgspec.Struct, frozen=True):
    """How many lines and tips there were in each stretch of `bin_ms`, from the recording's beginning on."""

    bin_ms: int
    chat: list[int]
    tips: list[int]

    @classmethod
    def of(cls, density: Density) -> "DensityView":
        return cls(density.bin_ms, list(density.counts[Source.CHAT]), list(density.counts[Source.TIPS]))


class Addresses:
    """Addresses given in one answer."""

    def __init__(self, signed: SignedAddresses, now_s: float, end_at: str) -> None:
        self._signed = signed
        self._now_s = now_s
        self.end_at = end_at

    def part(self, recording: Recording, number: int) -> str:
        return self._of(recording, part_path(recording.id, number))

    def download(self, recording: Recording, number: int) -> str:
        return f"{self.part(recording, number)}&download=true"

    def poster(self, recording: Recording) -> str | None:
        """``None`` where there is none (yet)."""
        return self.preview(recording, "poster") if _previews(recording).poster else None

    def preview(self, recording: Recording, preview: str) -> str:
        return self._of(recording, preview_path(recording.id, preview))

    def _of(self, recording: Recording, path: str) -> str:
        return self._signed.sign(path, private=recording.is_private, now_s=self._now_s)


def part_path(recording_id: str, number: int) -> str:
    return f"{PATH}/{recording_id}/parts/{number}"


def preview_path(recording_id: str, preview: str) -> str:
    return f"{PATH}/{recording_id}/previews/{preview}"


def _part(recording: Recording, part: Part, addresses: Addresses) -> ReplayPart:
    return ReplayPart(
        part.number,
        addresses.part(recording, part.number),
        part.start_ms,
        part.duration_ms,
        part.mime_type,
        part.width,
        part.height,
    )


def _previews(recording: Recording) -> Previews:
    return recording.previews or Previews()
