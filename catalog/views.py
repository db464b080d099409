"""Channels as the API tells of them: one msgspec type, one way to build it, one way to encode it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from catalog.channel import Channel
from catalog.live import LiveState, LiveStates
from infra.clock import rfc3339
from infra.endpoints import RequestType

_encoder = msgspec.json.Encoder()

Moment = Annotated[str, Meta(examples=["2026-01-31T20:15:00.000Z"], description="In UTC (RFC 3339).")]


class ChannelView(msgspec.Struct, frozen=True):
    """A channel, and what is live on it."""

    name: Annotated[str, Meta(examples=["miles"])]
    title: Annotated[str, Meta(examples=["Kind of Blue"])]
    created_at: Moment
    live: Annotated[bool, Meta(description="Whether a broadcast has begun and not ended.")]
    state: Annotated[
        str,
        Meta(
            description="`reconnecting`: the publisher vanished and may come back.",
            extra_json_schema={"enum": ["offline", "live", "reconnecting"]},
        ),
    ]
    started_at: Moment | None
    viewers: Annotated[int, Meta(ge=0, examples=[12])]
    audio: bool
    video: bool
    video_codec: Annotated[str, Meta(examples=["H264"])] | None
    audio_codec: Annotated[str, Meta(examples=["opus"])] | None


class ChannelsView(msgspec.Struct, frozen=True):
    """The list of channels."""

    channels: list[ChannelView]


class TitleChange(RequestType, frozen=True):
    """What to change of a channel."""

    title: Annotated[str, Meta(examples=["So What"], description="1 to 100 characters, on one line.")]


def view_channel(channel: Channel, live: LiveState | None) -> ChannelView:
    """The public part of a channel."""
    return ChannelView(
        name=channel.name,
        title=channel.title,
        created_at=rfc3339(channel.created_at),
        live=live is not None,
        state="offline" if live is None else live.state,
        started_at=None if live is None else rfc3339(datetime.fromtimestamp(live.started_at_s, UTC)),
        viewers=0 if live is None else live.viewers,
        audio=live is not None and live.audio_codec is not None,
        video=live is not None and live.video_codec is not None,
        video_codec=None if live is None else live.video_codec,
        audio_codec=None if live is None else live.audio_codec,
    )


def view_channels(channels: Sequence[Channel], live: LiveStates) -> ChannelsView:
    """Live channels first, the most watched on top; then by name."""
    views = [view_channel(channel, live.get(channel.name)) for channel in channels]
    views.sort(key=lambda view: (not view.live, -view.viewers, view.name))
    return ChannelsView(views)


def encode(view: ChannelView | ChannelsView) -> bytes:
    """UTF-8 JSON."""
    return _encoder.encode(view)
