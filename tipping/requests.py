"""What the endpoints of tips take: bodies and queries, as msgspec types."""

from typing import Annotated, Literal

from msgspec import Meta

from infra.endpoints import RequestType
from infra.pagination import LIMIT_MAX

TipNumber = Annotated[str, Meta(pattern="^[0-9]{1,18}$", description="A tip's id: what comes after it.")]
Count = Annotated[int, Meta(ge=1, le=LIMIT_MAX, description="How many at most.")]


class TipsQuery(RequestType, frozen=True):
    """Which tips."""

    before: TipNumber | None = None
    broadcast: Annotated[int, Meta(ge=1, le=2**31 - 1, description="Only tips of this one.")] | None = None
    limit: Count = 50


class HeldQuery(RequestType, frozen=True):
    """Which tips."""

    before: TipNumber | None = None
    limit: Count = 50


class LeaderboardQuery(RequestType, frozen=True):
    """Over which time."""

    period: Literal["broadcast", "month", "all"] = "month"


class MessageChange(RequestType, frozen=True):
    """What becomes of a message."""

    state: Literal["shown", "hidden"]


class Announcement(RequestType, frozen=True):
    """A transaction on its way."""

    transaction: Annotated[
        str, Meta(pattern="^0x[0-9a-fA-F]{64}$", description="Its hash, as the wallet told it.")
    ]
