"""How recordings look over HTTP."""

from typing import Annotated

import msgspec
from msgspec import Meta

from infra.clock import rfc3339

from .recordings import Part, Policy, Previews, Recording, Rules, State, Stored, Visibility
from .replay_views import Addresses
from .session import RecordedSession


class CurrentRecordingView(msgspec.Struct, frozen=True):
    """A recording that goes on. `dropped_groups` counts how often pictures were left out because the disk or the
    recorder was too slow; `lost_packets` what the network lost.
    """

    id: str
    duration_ms: int
    size_bytes: int
    lost_packets: int
    dropped_frames: int
    dropped_groups: int

    @classmethod
    def of(cls, session: RecordedSession) -> "CurrentRecordingView":
        progress = session.progress
        return cls(
            str(session.recording_id),
            progress.duration_ms,
            progress.size_bytes,
            progress.lost_packets,
            progress.dropped_frames,
            session.queue.dropped_groups,
        )


class RecordingSettingView(msgspec.Struct, frozen=True):
    policy: Policy
    visibility: Annotated[Visibility, Meta(description="Who may see new recordings.")]
    current: CurrentRecordingView | None
    keep_days: Annotated[int, Meta(description="After so many days a recording is deleted; 0: never.")]
    refused: Annotated[
        str | None,
        Meta(description="Why this broadcast is not recorded though all are to be, such as `quota_reached`."),
    ] = None

    @classmethod
    def of(
        cls, rules: Rules, current: RecordedSession | None, refused: str | None = None
    ) -> "RecordingSettingView":
        return cls(
            rules.policy,
            rules.visibility,
            None if current is None else CurrentRecordingView.of(current),
            rules.keep_days,
            refused,
        )


class PartView(msgspec.Struct, frozen=True):
    """One file. A recording has another one wherever the size of the picture or a codec changed. `start_ms` is on the
    broadcast's clock.
    """

    number: int
    url: str
    start_ms: int
    duration_ms: int
    size_bytes: int
    video_codec: str | None
    audio_codec: str | None
    width: int | None
    height: int | None
    sha256: str
    download: Annotated[
        str, Meta(description="An address to keep the file from, without a token, for some hours.")
    ]


class RecordingView(msgspec.Struct, frozen=True):
    """`trouble` tells why it ended before the broadcast did, such as `disk_full`. Times in milliseconds are on the
    broadcast's clock, as are those of its chat and tips.
    """

    id: str
    broadcast: int | None
    broadcast_began_at: str
    started_at: str
    ended_at: str | None
    state: State
    visibility: Visibility
    trouble: str | None
    duration_ms: int
    size_bytes: int
    parts: list[PartView]
    previews: Previews | None
    """Null until they are made."""
    title: str
    stored: Annotated[
        Stored, Meta(description="`here`, `moving` to the configured store, or in the `store`.")
    ]
    moved_bytes: Annotated[int, Meta(description="How much the store has of it.")]
    store_trouble: Annotated[
        str | None, Meta(description="Why the store did not take it; it is tried again.")
    ]
    replay: Annotated[str, Meta(description="The page where it is watched.")]
    unfinished_for: Annotated[
        str | None,
        Meta(
            description="Why its files could not be finished yet (`no_room` on the disk, `failed`); it is tried again."
        ),
    ] = None

    @classmethod
    def of(
        cls, recording: Recording, channel: str, addresses: Addresses, unfinished_for: str | None = None
    ) -> "RecordingView":
        base = f"/api/v1/channels/{channel}/recordings/{recording.id}/parts"
        return cls(
            recording.id,
            recording.broadcast_id,
            rfc3339(recording.broadcast_began_at),
            rfc3339(recording.started_at),
            None if recording.ended_at is None else rfc3339(recording.ended_at),
            recording.state,
            recording.visibility,
            recording.trouble,
            recording.duration_ms,
            recording.size_bytes,
            [_part(each, base, addresses.download(recording, each.number)) for each in recording.parts],
            recording.previews,
            recording.title,
            recording.stored,
            recording.moved_bytes,
            recording.store_trouble,
            f"/{channel}/replays/{recording.id}",
            unfinished_for,
        )


def _part(part: Part, base: str, download: str) -> PartView:
    return PartView(
        part.number,
        f"{base}/{part.number}",
        part.start_ms,
        part.duration_ms,
        part.size_bytes,
        part.video_codec,
        part.audio_codec,
        part.width,
        part.height,
        part.sha256,
        download,
    )
