"""Channels as the API tells of them: one msgspec type, one way to build it, one way to encode it."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from catalog.channel import Channel, PictureId
from catalog.live import LiveState
from infra.clock import rfc3339

_encoder = msgspec.json.Encoder()

Moment = Annotated[str, Meta(examples=["2026-01-31T20:15:00.000Z"], description="In UTC (RFC 3339).")]


class OwnerView(msgspec.Struct, frozen=True):
    """Whose channel it is."""

    id: str
    display_name: str


class PictureView(msgspec.Struct, frozen=True):
    """Paths of a channel's picture: square, WebP, never changing (another picture has another path)."""

    large: Annotated[str, Meta(description="512 pixels wide.")]
    small: Annotated[str, Meta(description="128 pixels wide.")]


class LinkView(msgspec.Struct, frozen=True):
    """Somewhere else to find the artist."""

    label: Annotated[str, Meta(examples=["Bandcamp"])]
    url: Annotated[str, Meta(examples=["https://miles.example.org/music"])]


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
    owner: Annotated[OwnerView | None, Meta(description="Null when only the operator looks after it.")]
    description: Annotated[str, Meta(description="Plain text with line breaks.")]
    links: list[LinkView]
    picture: PictureView | None
    payout_wallet: Annotated[
        str | None, Meta(description="Where tips go: an EVM address with its checksum (EIP-55).")
    ]
    followers: Annotated[int, Meta(ge=0)]
    followed: Annotated[
        bool | None, Meta(description="Whether the caller follows it; null when nobody is signed in.")
    ]
    past_broadcasts: Annotated[int, Meta(ge=0, description="How many broadcasts have ended.")]


class ChannelsView(msgspec.Struct, frozen=True):
    """The list of channels."""

    channels: list[ChannelView]


class NewChannelView(msgspec.Struct, frozen=True):
    """A channel that was created, with its stream key."""

    channel: ChannelView
    stream_key: Annotated[str, Meta(description="Shown this once; it is not stored.")]


class StreamKeyView(msgspec.Struct, frozen=True):
    """A new stream key."""

    stream_key: Annotated[str, Meta(description="Shown this once; it is not stored.")]


class FollowedView(msgspec.Struct, frozen=True):
    """A channel the caller follows."""

    channel: ChannelView
    followed_at: Moment


class MyChannelView(msgspec.Struct, frozen=True):
    """A channel of the caller's."""

    channel: ChannelView
    role: Annotated[
        Literal["owner", "moderator"],
        Meta(description="What the caller is there; an owner is not listed as a moderator as well."),
    ]


class ModeratorView(msgspec.Struct, frozen=True):
    """A person who moderates a channel."""

    id: str
    display_name: str
    added_at: Moment


class ModeratorsView(msgspec.Struct, frozen=True):
    """Who moderates a channel; at most fifty, so all of them."""

    items: list[ModeratorView]


class BroadcastView(msgspec.Struct, frozen=True):
    """A broadcast that has ended."""

    id: int
    started_at: Moment
    ended_at: Moment
    peak_viewers: Annotated[int, Meta(ge=0, description="The most who watched at once.")]


def view_channel(
    channel: Channel, live: LiveState | None, owner: OwnerView | None, followed: bool | None
) -> ChannelView:
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
        owner=owner,
        description=channel.description,
        links=[LinkView(link.label, link.url) for link in channel.links],
        picture=view_picture(channel.picture),
        payout_wallet=channel.payout_wallet,
        followers=channel.followers,
        followed=followed,
        past_broadcasts=channel.past_broadcasts,
    )


def view_picture(picture: PictureId | None) -> PictureView | None:
    """Where a picture's files are served (``catalog.pictures``)."""
    if picture is None:
        return None
    return PictureView(large=f"/pictures/{picture}-512.webp", small=f"/pictures/{picture}-128.webp")


def encode(view: ChannelView | ChannelsView) -> bytes:
    """UTF-8 JSON."""
    return _encoder.encode(view)
