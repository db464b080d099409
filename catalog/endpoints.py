"""What the catalog offers over HTTP, one declaration each; ``catalog.handlers*`` carry them out."""

from accounts.errors import SessionEnded
from accounts.permissions import RULES, Permission
from catalog import errors
from catalog.picture_encoding import UPLOAD_MAX_BYTES, UPLOAD_TYPES
from catalog.requests import (
    ChannelChange,
    ChannelsQuery,
    FollowingQuery,
    NewChannel,
    NewModerator,
    PayoutWalletChange,
)
from catalog.views import (
    BroadcastView,
    ChannelsView,
    ChannelView,
    FollowedView,
    ModeratorsView,
    ModeratorView,
    MyChannelView,
    NewChannelView,
    StreamKeyView,
)
from infra.endpoints import PUBLIC, Endpoint, Page, PageQuery

_TAG = "Channels"
_CHANNEL = {"channel": "The channel's name."}
_OF_CHANNEL = (errors.ChannelNotFound, errors.ChannelMoved)

LIST_CHANNELS = Endpoint(
    method="GET",
    path="/api/v1/channels",
    summary="List the channels",
    description=(
        "Live channels first, those the caller follows on top, then the most watched; then by name. "
        "`followed=1` needs somebody who is signed in."
    ),
    tag=_TAG,
    access=PUBLIC,
    query=ChannelsQuery,
    answer=ChannelsView,
    errors=(SessionEnded,),
    etag=True,
    cache="no-cache",
)

CREATE_CHANNEL = Endpoint(
    method="POST",
    path="/api/v1/channels",
    summary="Create a channel",
    description="Whoever has a channel is an artist. The stream key is told here and never again.",
    tag=_TAG,
    access=RULES[Permission.CREATE_CHANNEL],
    body=NewChannel,
    answer=NewChannelView,
    status=201,
    errors=(
        errors.ChannelNameInvalid,
        errors.ChannelTitleInvalid,
        errors.ChannelExists,
        errors.TooManyChannels,
    ),
    limit="change",
)

GET_CHANNEL = Endpoint(
    method="GET",
    path="/api/v1/channels/{channel}",
    summary="Get a channel",
    description="A former name is redirected (308) to the present one for 90 days, here and everywhere.",
    tag=_TAG,
    access=PUBLIC,
    parts=_CHANNEL,
    answer=ChannelView,
    errors=_OF_CHANNEL,
    etag=True,
    cache="no-cache",
)

CHANGE_CHANNEL = Endpoint(
    method="PATCH",
    path="/api/v1/channels/{channel}",
    summary="Change a channel",
    description=(
        "With the stream key only the title, so that a studio that knows nothing else can do it. A channel is not "
        "renamed while it is live; its former name redirects for 90 days and is nobody else's until then."
    ),
    tag=_TAG,
    access=RULES[Permission.CHANGE_TITLE],
    parts=_CHANNEL,
    body=ChannelChange,
    answer=ChannelView,
    errors=(
        *_OF_CHANNEL,
        errors.ChannelTitleInvalid,
        errors.ChannelDescriptionInvalid,
        errors.ChannelLinksInvalid,
        errors.ChannelNameInvalid,
        errors.ChannelExists,
        errors.ChannelLive,
        errors.StreamKeyMissing,
        errors.StreamKeyRejected,
    ),
    limit="change",
)

DELETE_CHANNEL = Endpoint(
    method="DELETE",
    path="/api/v1/channels/{channel}",
    summary="Delete a channel",
    description="Ends its broadcast. Its names are nobody's for 90 days.",
    tag=_TAG,
    access=RULES[Permission.DELETE_CHANNEL],
    parts=_CHANNEL,
    errors=_OF_CHANNEL,
    limit="change",
)

ROTATE_STREAM_KEY = Endpoint(
    method="POST",
    path="/api/v1/channels/{channel}/stream-key",
    summary="Replace a channel's stream key",
    description="The old key stops working at once, and the broadcast that was begun with it ends.",
    tag=_TAG,
    access=RULES[Permission.ROTATE_STREAM_KEY],
    parts=_CHANNEL,
    answer=StreamKeyView,
    errors=_OF_CHANNEL,
    limit="change",
)

SET_PICTURE = Endpoint(
    method="PUT",
    path="/api/v1/channels/{channel}/picture",
    summary="Give a channel a picture",
    description="It is turned upright, cut square and encoded again; nothing but its pixels is kept.",
    tag=_TAG,
    access=RULES[Permission.CHANGE_CHANNEL],
    parts=_CHANNEL,
    body=bytes,
    body_types=UPLOAD_TYPES,
    body_max_bytes=UPLOAD_MAX_BYTES,
    answer=ChannelView,
    errors=(*_OF_CHANNEL, errors.PictureInvalid, errors.PicturesBusy),
    limit="expensive",
)

REMOVE_PICTURE = Endpoint(
    method="DELETE",
    path="/api/v1/channels/{channel}/picture",
    summary="Take a channel's picture away",
    tag=_TAG,
    access=RULES[Permission.CHANGE_CHANNEL],
    parts=_CHANNEL,
    answer=ChannelView,
    errors=_OF_CHANNEL,
    limit="change",
)

SET_PAYOUT_WALLET = Endpoint(
    method="PUT",
    path="/api/v1/channels/{channel}/payout-wallet",
    summary="Say where a channel's tips go",
    description="The owner alone: not even an admin sends an artist's money elsewhere.",
    tag=_TAG,
    access=RULES[Permission.SET_PAYOUT_WALLET],
    parts=_CHANNEL,
    body=PayoutWalletChange,
    answer=ChannelView,
    errors=(*_OF_CHANNEL, errors.PayoutWalletInvalid),
    limit="change",
)

REMOVE_PAYOUT_WALLET = Endpoint(
    method="DELETE",
    path="/api/v1/channels/{channel}/payout-wallet",
    summary="Take no more tips on a channel",
    description="The owner alone.",
    tag=_TAG,
    access=RULES[Permission.SET_PAYOUT_WALLET],
    parts=_CHANNEL,
    answer=ChannelView,
    errors=_OF_CHANNEL,
    limit="change",
)

FOLLOW = Endpoint(
    method="PUT",
    path="/api/v1/channels/{channel}/follow",
    summary="Follow a channel",
    description="Doing it again changes nothing.",
    tag=_TAG,
    access=RULES[Permission.FOLLOW],
    parts=_CHANNEL,
    answer=ChannelView,
    errors=(*_OF_CHANNEL, errors.TooManyFollows),
    limit="change",
)

UNFOLLOW = Endpoint(
    method="DELETE",
    path="/api/v1/channels/{channel}/follow",
    summary="Follow a channel no more",
    description="Doing it again changes nothing.",
    tag=_TAG,
    access=RULES[Permission.FOLLOW],
    parts=_CHANNEL,
    answer=ChannelView,
    errors=_OF_CHANNEL,
    limit="change",
)

FOLLOWING = Endpoint(
    method="GET",
    path="/api/v1/me/following",
    summary="List the channels you follow",
    description="Live channels first, then those followed most recently.",
    tag=_TAG,
    access=RULES[Permission.READ_SELF],
    query=FollowingQuery,
    answer=Page[FollowedView],
)

MY_CHANNELS = Endpoint(
    method="GET",
    path="/api/v1/me/channels",
    summary="List the channels you own or moderate",
    description="Your own first; by name.",
    tag=_TAG,
    access=RULES[Permission.READ_SELF],
    query=PageQuery,
    answer=Page[MyChannelView],
)

LIST_MODERATORS = Endpoint(
    method="GET",
    path="/api/v1/channels/{channel}/moderators",
    summary="List a channel's moderators",
    tag=_TAG,
    access=RULES[Permission.SEE_MODERATORS],
    parts=_CHANNEL,
    answer=ModeratorsView,
    errors=_OF_CHANNEL,
)

ADD_MODERATOR = Endpoint(
    method="POST",
    path="/api/v1/channels/{channel}/moderators",
    summary="Let a person moderate a channel",
    description="Doing it again changes nothing.",
    tag=_TAG,
    access=RULES[Permission.NAME_MODERATORS],
    parts=_CHANNEL,
    body=NewModerator,
    answer=ModeratorView,
    errors=(*_OF_CHANNEL, errors.UserUnknown, errors.TooManyModerators),
    limit="change",
)

REMOVE_MODERATOR = Endpoint(
    method="DELETE",
    path="/api/v1/channels/{channel}/moderators/{user}",
    summary="Let a person moderate a channel no more",
    description="Doing it again changes nothing.",
    tag=_TAG,
    access=RULES[Permission.NAME_MODERATORS],
    parts={**_CHANNEL, "user": "The person's id."},
    errors=_OF_CHANNEL,
    limit="change",
)

LIST_BROADCASTS = Endpoint(
    method="GET",
    path="/api/v1/channels/{channel}/broadcasts",
    summary="List a channel's past broadcasts",
    description="The newest first.",
    tag=_TAG,
    access=PUBLIC,
    parts=_CHANNEL,
    query=PageQuery,
    answer=Page[BroadcastView],
    errors=_OF_CHANNEL,
    cache="no-cache",
)

CHANNEL_EVENTS = Endpoint(
    method="GET",
    path="/api/v1/channels/{channel}/events",
    summary="Follow a channel's state",
    description=(
        "The state at once, and again after every change; counts at most twice a second. The stream is the same for "
        "everyone: `followed` is null. It ends when the channel is renamed; asking again leads to its new name."
    ),
    tag=_TAG,
    access=PUBLIC,
    parts=_CHANNEL,
    events={"state": ChannelView},
    errors=(*_OF_CHANNEL, errors.TooManyListeners),
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
