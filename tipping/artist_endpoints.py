"""What artists and fans have of their tips over HTTP, one declaration each; ``tipping.artist_handlers`` does it."""

from accounts.permissions import RULES, Permission
from catalog.errors import ChannelMoved, ChannelNotFound
from infra.command_errors import StorageUnavailable
from infra.endpoints import Endpoint
from tipping.artist_requests import DaysQuery, GivenQuery, HistoryQuery, NewGoal, OverlayCommand
from tipping.artist_views import DaysView, GivenTipsView, OverlayTokenView, OverlayView, ReceivedTipsView
from tipping.errors import GoalInvalid
from tipping.messages import GoalView
from tipping.overlay import OverlaySettings

CSV = "text/csv"
_TAG = "Tips"
_CHANNEL = {"channel": "The channel's name."}
_CHANNELS = "/api/v1/channels/{channel}"
_ERRORS = (ChannelNotFound, ChannelMoved, StorageUnavailable)
_OWNER = RULES[Permission.CHANGE_CHANNEL]
_MYSELF = RULES[Permission.READ_SELF]
_AS_TABLE = (
    "The answer is `text/csv` (RFC 4180, UTF-8). A cell that a spreadsheet could take for a formula has an apostrophe "
    "in front."
)

SET_GOAL = Endpoint(
    method="PUT",
    path=f"{_CHANNELS}/tips/goal",
    summary="Set what the channel collects for",
    description=(
        "Tips count from now on, or, when there is a goal in the same coin or currency already, from where that began."
    ),
    tag=_TAG,
    access=_OWNER,
    parts=_CHANNEL,
    body=NewGoal,
    answer=GoalView,
    errors=(*_ERRORS, GoalInvalid),
    limit="change",
)

END_GOAL = Endpoint(
    method="DELETE",
    path=f"{_CHANNELS}/tips/goal",
    summary="Collect for nothing any more",
    tag=_TAG,
    access=_OWNER,
    parts=_CHANNEL,
    errors=_ERRORS,
    limit="change",
)

GET_HISTORY = Endpoint(
    method="GET",
    path=f"{_CHANNELS}/tips/history",
    summary="List what the channel was tipped",
    description="Newest first, with what the chain has dropped and with messages that are withheld.",
    tag=_TAG,
    access=_OWNER,
    parts=_CHANNEL,
    query=HistoryQuery,
    answer=ReceivedTipsView,
    errors=_ERRORS,
)

GET_HISTORY_TABLE = Endpoint(
    method="GET",
    path=f"{_CHANNELS}/tips/history.csv",
    summary="Download what the channel was tipped",
    description=_AS_TABLE,
    tag=_TAG,
    access=_OWNER,
    parts=_CHANNEL,
    query=DaysQuery,
    answer=str,
    answer_type=CSV,
    errors=_ERRORS,
    limit="expensive",
)

GET_DAYS = Endpoint(
    method="GET",
    path=f"{_CHANNELS}/tips/days",
    summary="Get what the channel was tipped by day",
    tag=_TAG,
    access=_OWNER,
    parts=_CHANNEL,
    query=DaysQuery,
    answer=DaysView,
    errors=_ERRORS,
)

LIST_MY_TIPS = Endpoint(
    method="GET",
    path="/api/v1/me/tips",
    summary="List what I have tipped",
    description="From my wallets; newest first, with what the chain has dropped.",
    tag=_TAG,
    access=_MYSELF,
    query=GivenQuery,
    answer=GivenTipsView,
    errors=(StorageUnavailable,),
)

GET_MY_TABLE = Endpoint(
    method="GET",
    path="/api/v1/me/tips.csv",
    summary="Download what I have tipped",
    description=_AS_TABLE,
    tag=_TAG,
    access=_MYSELF,
    answer=str,
    answer_type=CSV,
    errors=(StorageUnavailable,),
    limit="expensive",
)

GET_OVERLAY = Endpoint(
    method="GET",
    path=f"{_CHANNELS}/overlay",
    summary="Get the overlay's settings and state",
    tag=_TAG,
    access=_OWNER,
    parts=_CHANNEL,
    answer=OverlayView,
    errors=_ERRORS,
)

SET_OVERLAY = Endpoint(
    method="PUT",
    path=f"{_CHANNELS}/overlay",
    summary="Change the overlay's settings",
    description="All of them; what is left out becomes ordinary again.",
    tag=_TAG,
    access=_OWNER,
    parts=_CHANNEL,
    body=OverlaySettings,
    answer=OverlayView,
    errors=_ERRORS,
    limit="change",
)

ROTATE_OVERLAY_TOKEN = Endpoint(
    method="POST",
    path=f"{_CHANNELS}/overlay/token",
    summary="Make a new address for the overlay",
    description="The token is shown this once. Pages that came with the one before are sent away at once.",
    tag=_TAG,
    access=_OWNER,
    parts=_CHANNEL,
    answer=OverlayTokenView,
    errors=_ERRORS,
    limit="change",
)

COMMAND_OVERLAY = Endpoint(
    method="POST",
    path=f"{_CHANNELS}/overlay/commands",
    summary="Tell the overlay to pause, skip, replay, mute or test",
    description="Pausing and muting hold until they are taken back; the others are done once, by the pages there are.",
    tag=_TAG,
    access=_OWNER,
    parts=_CHANNEL,
    body=OverlayCommand,
    errors=_ERRORS,
    limit="change",
)
