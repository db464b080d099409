"""How HLS of a channel is doing, for its owner: what is encoded anew, and whether the machine keeps up with it."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from accounts.permissions import RULES, Permission
from catalog.errors import ChannelMoved, ChannelNotFound
from infra.endpoints import Endpoint


class Encoder(StrEnum):
    """What is wrong with what is encoded anew, lately."""

    BEHIND = "behind"
    """Pictures are left out, for the machine is too slow."""
    FAILING = "failing"
    """It dies, or cannot make what it is to make."""


class HlsStatus(msgspec.Struct, frozen=True):
    """Of the stream of now; `making` is false while nobody wants one."""

    making: bool = False
    viewers: int = 0
    tracks: Annotated[
        tuple[str, ...], Meta(description="Those encoded anew now, such as `720p` and `aac`.")
    ] = ()
    encoder: Annotated[
        Encoder | None,
        Meta(
            description="`behind`: too slow, so pictures are left out of these tracks; `failing`; null: all is well."
        ),
    ] = None


GET_STATUS = Endpoint(
    method="GET",
    path="/api/v1/channels/{channel}/hls",
    summary="Get how HLS of a channel is doing",
    description="What is encoded anew of its broadcast, and whether the server keeps up with it.",
    tag="Recordings",
    access=RULES[Permission.KEEP_RECORDINGS],
    parts={"channel": "The channel's name."},
    answer=HlsStatus,
    errors=(ChannelNotFound, ChannelMoved),
)
