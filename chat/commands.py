"""The commands of a room, one declaration each; ``chat.command_handlers`` carries them out."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chat import errors
from chat.guests import TOKEN_MAX_CHARACTERS
from chat.messages import Links, Message, RoomSettings
from chat.moderation_log import Note
from infra.bus import BusUnavailable
from infra.command import Command, CommandBody
from infra.command_errors import StorageUnavailable
from infra.commands import PUBLIC, SIGNED_IN
from infra.request_errors import NotAllowed, NotSignedIn

_CHAT = "chat:write"
_MODERATION = "moderation"
_BOTH = "a channel's room, or its moderators'"

Key = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern=r"^[!-~]+$",
        description="Made up by the client for this line; sent again with it when no answer came.",
    ),
]
GuestToken = Annotated[
    str,
    Meta(max_length=TOKEN_MAX_CHARACTERS, description="Of an earlier answer, to be the same guest again."),
]
Text = Annotated[str, Meta(max_length=4_000)]
MessageId = Annotated[str, Meta(min_length=20, max_length=20)]
UserId = Annotated[str, Meta(min_length=1, max_length=16)]
Reason = Annotated[str, Meta(max_length=1_000)]
Seconds = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class Say(CommandBody, frozen=True):
    text: Text
    key: Key
    reply_to: MessageId | None = None


class SaidResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """The line; or ``held``, when moderators look at it first; or ``said``, what a slash command has to say."""

    message: Message | None = None
    held: bool = False
    said: str | None = None


class Guest(CommandBody, frozen=True):
    name: Annotated[str, Meta(max_length=200)]
    token: GuestToken | None = None


class GuestResult(msgspec.Struct, frozen=True):
    id: str
    name: str
    token: str
    """To send with the next `guest` to this room."""
    expires_at_ms: int


class React(CommandBody, frozen=True):
    message: MessageId
    emoji: Annotated[str, Meta(min_length=1, max_length=16)]
    on: bool = True


class Delete(CommandBody, frozen=True):
    message: MessageId


class Pin(CommandBody, frozen=True):
    message: MessageId | None


class Announce(CommandBody, frozen=True):
    text: Text
    key: Key


class AnnounceResult(msgspec.Struct, frozen=True):
    message: Message


class OpenPoll(CommandBody, frozen=True):
    question: Annotated[str, Meta(max_length=1_000)]
    options: Annotated[list[Annotated[str, Meta(max_length=400)]], Meta(max_length=20)]
    duration_s: Seconds


class Vote(CommandBody, frozen=True):
    poll: MessageId
    option: Annotated[int, Meta(ge=0, le=100)]


class TimeOut(CommandBody, frozen=True):
    user: UserId
    duration_s: Seconds
    reason: Reason = ""


class Ban(CommandBody, frozen=True):
    user: UserId
    duration_s: Seconds | None = None
    reason: Reason = ""
    address: Annotated[bool, Meta(description="Also everyone in the range of addresses they wrote from.")] = (
        False
    )
    shut_out: Annotated[bool, Meta(description="Nobody in that range may read, either.")] = False


class BanResult(msgspec.Struct, frozen=True):
    network: Annotated[str | None, Meta(description="The range of addresses that is banned as well.")]


class OfUser(CommandBody, frozen=True):
    user: UserId


class Clear(CommandBody, frozen=True):
    user: UserId | None


class ChangeSettings(CommandBody, frozen=True):
    """What to change; what is left out stays."""

    slow_mode_s: int | UnsetType = UNSET
    followers_only_s: int | UnsetType | None = UNSET
    supporters_only: bool | UnsetType = UNSET
    emote_only: bool | UnsetType = UNSET
    unique_messages: bool | UnsetType = UNSET
    links: Links | UnsetType = UNSET
    guests: bool | UnsetType = UNSET
    retention_days: int | UnsetType = UNSET


class SettingsResult(msgspec.Struct, frozen=True):
    settings: RoomSettings


class Decide(CommandBody, frozen=True):
    message: MessageId
    approve: bool


class AddNote(CommandBody, frozen=True):
    user: UserId
    text: Text


class NoteResult(msgspec.Struct, frozen=True):
    note: Note


class Ignore(CommandBody, frozen=True):
    user: UserId
    on: bool = True


_STORING = (BusUnavailable, StorageUnavailable)
_REFUSALS = (
    NotSignedIn,
    errors.SlowMode,
    errors.TimedOut,
    errors.Banned,
    errors.FollowersOnly,
    errors.SupportersOnly,
    errors.EmoteOnly,
    errors.NotUnique,
    errors.LinksBlocked,
    errors.BlockedTerm,
    errors.TooLong,
    errors.Empty,
)

SAY = Command(
    name="say",
    summary="Write a line",
    description="A text that begins with a slash is a command. The same key again is the same line.",
    body=Say,
    result=SaidResult,
    access=PUBLIC,
    errors=(*_REFUSALS, errors.NoSuchMessage, NotAllowed, *_STORING),
    limit="say",
)
GUEST = Command(
    name="guest",
    summary="Write without an account, under a name",
    body=Guest,
    result=GuestResult,
    access=PUBLIC,
    errors=(NotAllowed, NotSignedIn),
    limit="react",
)
REACT = Command(
    name="react",
    summary="Give a line an emoji, or take it back",
    body=React,
    access=SIGNED_IN.scoped(_CHAT),
    errors=(errors.NoSuchMessage, errors.TimedOut, errors.Banned, NotAllowed, StorageUnavailable),
    limit="react",
)
DELETE = Command(
    name="delete",
    summary="Delete a line",
    rooms=_BOTH,
    body=Delete,
    # Guests delete what is their own.
    access=PUBLIC,
    errors=(errors.NoSuchMessage, NotAllowed, NotSignedIn, StorageUnavailable),
    limit="moderate",
)
PIN = Command(
    name="pin",
    summary="Pin a line, or none",
    rooms=_BOTH,
    body=Pin,
    access=SIGNED_IN.scoped(_MODERATION),
    errors=(errors.NoSuchMessage, NotAllowed, StorageUnavailable),
    limit="moderate",
)
ANNOUNCE = Command(
    name="announce",
    summary="Write a line that stands out",
    rooms=_BOTH,
    body=Announce,
    result=AnnounceResult,
    access=SIGNED_IN.scoped(_MODERATION),
    errors=(errors.TooLong, errors.Empty, NotAllowed, *_STORING),
    limit="moderate",
)
OPEN_POLL = Command(
    name="open_poll",
    summary="Ask the room",
    rooms=_BOTH,
    body=OpenPoll,
    access=SIGNED_IN.scoped(_MODERATION),
    errors=(NotAllowed, StorageUnavailable),
    limit="moderate",
)
CLOSE_POLL: Command[None, None] = Command(
    name="close_poll",
    summary="Close the poll, or take away a closed one",
    rooms=_BOTH,
    access=SIGNED_IN.scoped(_MODERATION),
    errors=(errors.NoSuchPoll, NotAllowed, StorageUnavailable),
    limit="moderate",
)
VOTE = Command(
    name="vote",
    summary="Vote; the last vote counts",
    body=Vote,
    access=SIGNED_IN.scoped(_CHAT),
    errors=(errors.NoSuchPoll, errors.ClosedPoll, errors.TimedOut, errors.Banned, StorageUnavailable),
    limit="react",
)
TIME_OUT = Command(
    name="time_out",
    summary="Silence somebody for a while and clear what they wrote",
    rooms=_BOTH,
    body=TimeOut,
    access=SIGNED_IN.scoped(_MODERATION),
    errors=(errors.NoSuchUser, NotAllowed, StorageUnavailable),
    limit="moderate",
)
BAN = Command(
    name="ban",
    summary="Ban somebody, perhaps with the network they write from, and clear what they wrote",
    rooms=_BOTH,
    body=Ban,
    result=BanResult,
    access=SIGNED_IN.scoped(_MODERATION),
    errors=(errors.NoSuchUser, NotAllowed, StorageUnavailable),
    limit="moderate",
)
UNBAN = Command(
    name="unban",
    summary="Let somebody write again",
    rooms=_BOTH,
    body=OfUser,
    access=SIGNED_IN.scoped(_MODERATION),
    errors=(NotAllowed, StorageUnavailable),
    limit="moderate",
)
CLEAR = Command(
    name="clear",
    summary="Delete every line of somebody, or of everyone",
    rooms=_BOTH,
    body=Clear,
    access=SIGNED_IN.scoped(_MODERATION),
    errors=(errors.NoSuchUser, NotAllowed, StorageUnavailable),
    limit="moderate",
)
CHANGE_SETTINGS = Command(
    name="change_settings",
    summary="Change how the room is to be",
    rooms=_BOTH,
    body=ChangeSettings,
    result=SettingsResult,
    access=SIGNED_IN.scoped(_MODERATION),
    errors=(errors.SettingsInvalid, NotAllowed, StorageUnavailable),
    limit="moderate",
)
DECIDE = Command(
    name="decide",
    summary="Show a line that is held, or do not",
    rooms=_BOTH,
    body=Decide,
    access=SIGNED_IN.scoped(_MODERATION),
    errors=(errors.NoSuchMessage, NotAllowed, StorageUnavailable),
    limit="moderate",
)
NOTE = Command(
    name="note",
    summary="Write something down about somebody, for moderators",
    rooms=_BOTH,
    body=AddNote,
    result=NoteResult,
    access=SIGNED_IN.scoped(_MODERATION),
    errors=(errors.NoSuchUser, errors.NoteInvalid, NotAllowed, StorageUnavailable),
    limit="moderate",
)
IGNORE = Command(
    name="ignore",
    summary="Do not show what somebody writes to this viewer, or do again",
    body=Ignore,
    access=SIGNED_IN.scoped(_CHAT),
    errors=(errors.TooManyIgnored, NotAllowed, StorageUnavailable),
    limit="react",
)
