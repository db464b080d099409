"""What the endpoints of channels take: bodies and queries, as msgspec types."""

from typing import Annotated

from msgspec import Meta

from infra.endpoints import RequestType
from infra.pagination import PageQuery

Name = Annotated[
    str,
    Meta(
        examples=["miles"],
        description="1 to 32 lower-case letters, digits and hyphens, with no hyphen at either end.",
        max_length=100,
    ),
]
Title = Annotated[
    str, Meta(examples=["So What"], description="1 to 100 characters, on one line.", max_length=1_000)
]


class NewChannel(RequestType, frozen=True):
    """A channel to create."""

    name: Name
    title: Title | None = None


class LinkChange(RequestType, frozen=True):
    """Somewhere else to find the artist."""

    label: Annotated[str, Meta(examples=["Bandcamp"], description="1 to 40 characters.", max_length=400)]
    url: Annotated[
        str,
        Meta(
            examples=["https://miles.example.org/music"],
            description="Begins with https://, at most 500 characters.",
            max_length=2_000,
        ),
    ]


class ChannelChange(RequestType, frozen=True):
    """What to change of a channel; what is left out stays."""

    title: Title | None = None
    name: Name | None = None
    description: (
        Annotated[
            str,
            Meta(description="Plain text, at most 2,000 characters and 60 lines.", max_length=20_000),
        ]
        | None
    ) = None
    links: Annotated[list[LinkChange], Meta(description="At most 8.", max_length=100)] | None = None


class PayoutWalletChange(RequestType, frozen=True):
    """Where tips go from now on."""

    address: Annotated[
        str,
        Meta(
            examples=["0x52908400098527886E0F7030069857D2E4169EE7"],
            description="An EVM address. Mixed capitals have to be its checksum (EIP-55).",
            max_length=100,
        ),
    ]


class NewModerator(RequestType, frozen=True):
    """Who is to moderate."""

    user: Annotated[
        str, Meta(description="An id, or exactly a display name that one person has.", max_length=200)
    ]


class ChannelsQuery(RequestType, frozen=True):
    """Which channels."""

    followed: Annotated[bool, Meta(description="Only those the caller follows.")] = False


class FollowingQuery(PageQuery, frozen=True):
    """Which page of what the caller follows."""
