"""What tips offer over HTTP, one declaration each; ``tipping.handlers`` carries them out."""

from catalog.errors import ChannelMoved, ChannelNotFound
from infra.command_errors import StorageUnavailable
from infra.endpoints import CHANNEL_MODERATOR, PUBLIC, Endpoint
from tipping.errors import NoSuchTip
from tipping.messages import TipView
from tipping.requests import Announcement, HeldQuery, LeaderboardQuery, MessageChange, TipsQuery
from tipping.views import AnnouncedView, ChannelTippingView, LeaderboardView, TipsView

_TAG = "Tips"
_CHANNEL = {"channel": "The channel's name."}
_OF_TIP = {**_CHANNEL, "tip": "The tip's id."}
_CHANNELS = "/api/v1/channels/{channel}"
_ERRORS = (ChannelNotFound, ChannelMoved, StorageUnavailable)
_MODERATOR = CHANNEL_MODERATOR.scoped("moderation")

GET_CHANNEL_TIPPING = Endpoint(
    method="GET",
    path=f"{_CHANNELS}/tipping",
    summary="Get what a wallet needs for a tip to this channel",
    tag=_TAG,
    access=PUBLIC,
    parts=_CHANNEL,
    answer=ChannelTippingView,
    errors=_ERRORS,
)

LIST_TIPS = Endpoint(
    method="GET",
    path=f"{_CHANNELS}/tips",
    summary="List tips",
    description=(
        "Newest first, or with `broadcast` those of a broadcast in the order of its clock, for its replay. "
        "`next` is the `before` of the next page in both."
    ),
    tag=_TAG,
    access=PUBLIC,
    parts=_CHANNEL,
    query=TipsQuery,
    answer=TipsView,
    errors=_ERRORS,
)

GET_LEADERBOARD = Endpoint(
    method="GET",
    path=f"{_CHANNELS}/tips/leaderboard",
    summary="Get who has tipped most",
    description="In the broadcast that is on, in this month (UTC), or ever; at most 50.",
    tag=_TAG,
    access=PUBLIC,
    parts=_CHANNEL,
    query=LeaderboardQuery,
    answer=LeaderboardView,
    errors=_ERRORS,
)

LIST_HELD = Endpoint(
    method="GET",
    path=f"{_CHANNELS}/tips/held",
    summary="List tips whose message is withheld, with the message",
    tag=_TAG,
    access=_MODERATOR,
    parts=_CHANNEL,
    query=HeldQuery,
    answer=TipsView,
    errors=_ERRORS,
)

SET_MESSAGE = Endpoint(
    method="PUT",
    path=f"{_CHANNELS}/tips/{{tip}}/message",
    summary="Show or hide a tip's message",
    tag=_TAG,
    access=_MODERATOR,
    parts=_OF_TIP,
    body=MessageChange,
    answer=TipView,
    errors=(*_ERRORS, NoSuchTip),
    limit="change",
)

ANNOUNCE = Endpoint(
    method="POST",
    path=f"{_CHANNELS}/tips/pending",
    summary="Announce a tip that is on its way",
    description=(
        "Takes the hash of a transaction that a wallet has just sent. The server asks its own node what it is; when it "
        "is a tip to this channel, everyone sees at once that it is coming."
    ),
    tag=_TAG,
    access=PUBLIC,
    parts=_CHANNEL,
    body=Announcement,
    answer=AnnouncedView,
    status=202,
    errors=_ERRORS,
    limit="announce",
)
