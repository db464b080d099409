"""What the catalog offers over HTTP, one declaration each; ``catalog.handlers`` carries them out."""

from catalog import errors
from catalog.views import ChannelsView, ChannelView, TitleChange
from infra.endpoints import CHANNEL_KEY, PUBLIC, Endpoint

_TAG = "Channels"
_CHANNEL = {"channel": "The channel's name."}

LIST_CHANNELS = Endpoint(
    method="GET",
    path="/api/v1/channels",
    summary="List the channels",
    description="Live channels first, the most watched on top; then by name.",
    tag=_TAG,
    access=PUBLIC,
    answer=ChannelsView,
    etag=True,
    cache="no-cache",
)

GET_CHANNEL = Endpoint(
    method="GET",
    path="/api/v1/channels/{channel}",
    summary="Get a channel",
    tag=_TAG,
    access=PUBLIC,
    parts=_CHANNEL,
    answer=ChannelView,
    errors=(errors.ChannelNotFound,),
    etag=True,
    cache="no-cache",
)

CHANGE_TITLE = Endpoint(
    method="PATCH",
    path="/api/v1/channels/{channel}",
    summary="Change a channel's title",
    description="With the stream key, so that a studio that knows nothing else can do it.",
    tag=_TAG,
    access=CHANNEL_KEY,
    parts=_CHANNEL,
    body=TitleChange,
    answer=ChannelView,
    errors=(
        errors.ChannelNotFound,
        errors.ChannelTitleInvalid,
        errors.StreamKeyMissing,
        errors.StreamKeyRejected,
    ),
    limit="change",
)

CHANNEL_EVENTS = Endpoint(
    method="GET",
    path="/api/v1/channels/{channel}/events",
    summary="Follow a channel's state",
    description="The state at once, and again after every change; counts at most twice a second.",
    tag=_TAG,
    access=PUBLIC,
    parts=_CHANNEL,
    events={"state": ChannelView},
    errors=(errors.ChannelNotFound, errors.TooManyListeners),
    limit="stream",
)

ALL_EVENTS = Endpoint(
    method="GET",
    path="/api/v1/events",
    summary="Follow the list of channels",
    description="The list at once, and again after every change; counts at most twice a second.",
    tag=_TAG,
    access=PUBLIC,
    events={"channels": ChannelsView},
    errors=(errors.TooManyListeners,),
    limit="stream",
)
