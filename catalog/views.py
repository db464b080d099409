"""Channels as the API tells of them: one msgspec type, one way to build it, one way to encode it."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from catalog.channel import Channel, PictureId
from catalog.live import LiveState
from infra.clock import rfc3339

_encoder = msgspec.json.Encoder()


class OwnerView(msgspec.Struct, frozen=True):
    """Whose channel it is."""

    id: str
    display_name: str


class PictureView(msgspec.Struct, frozen=True):
    """Paths of a channel's picture: square, WebP, never changing (another picture has another path)."""

    large: Annotated[str, msgspec.Meta(description="512 pixels wide.")]
    small: Annotated[str, msgspec.Meta(description="128 pixels wide.")]


class LinkView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somewhere else to find the artist."""

    label: Annotated[str, msgspec.Meta(examples=["Bandcamp"])]
    url: Annotated[str, msgspec.Meta(examples=["https://miles.example.org/music"])]


class ChannelView(msgspec.Struct, frozen=True):
    """A channel in JSON; the names are part of the public contract."""

    name: str
    title: str
    created_at: str
    live: bool
    state: str
    started_at: str | None
    viewers: int
    audio: bool
    video: bool
    video_codec: str | None
    audio_codec: str | None
    owner: Annotated[
        OwnerView | None, msgspec.Meta(description="Null for a channel only the operator looks after.")
    ]
    description: Annotated[str, msgspec.Meta(description="Plain text with line breaks.")]
    links: list[LinkView]
    picture: PictureView | None
    payout_wallet: Annotated[
        str | None, msgspec.Meta(description="Where tips go: an EVM address with its checksum (EIP-55).")
    ]
    followers: int
    followed: Annotated[
        bool | None, msgspec.Meta(description="Whether the caller follows it; null when nobody is signed in.")
    ]
    past_broadcasts: Annotated[int, msgspec.Meta(description="How many broadcasts have ended.")]


class ChannelsView(msgspec.Struct, frozen=True):
    """The list of channels in JSON."""

    channels: list[ChannelView]


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
