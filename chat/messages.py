"""What a room shows, as it goes over the wire: lines, settings, polls, and the events that change them.

A core: types only. The reducer over the events is ``chat.room``.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Kind = Literal["line", "action", "announcement"]
Links = Literal["allow", "hold", "block"]

REACTIONS_PER_MESSAGE = 20
"""Different emoji on one line."""


class Author(msgspec.Struct, frozen=True):
    """Who wrote a line, as they were known when they wrote it."""

    id: str
    name: str
    colour: Annotated[str, Meta(description="`#rrggbb`.")]
    badges: Annotated[
        list[str],
        Meta(
            description="`owner`, `moderator`, `admin`, `follower`, `guest`, `tipper_top`, `tipper:1` and so on."
        ),
    ]


class Mention(msgspec.Struct, frozen=True):
    """Somebody a line names."""

    id: str
    name: str


class Reply(msgspec.Struct, frozen=True):
    """The line that another answers; gone when that one was deleted."""

    id: str
    name: str
    excerpt: str
    author: str | None = None
    """The id of whoever wrote it."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A line. ``text`` is plain text; pages show it as such and make nothing of markup."""

    id: Annotated[str, Meta(description="Sorts by time, as plain text.")]
    author: Annotated[Author | None, Meta(description="Null when the account was deleted.")]
    kind: Kind = "line"
    text: str
    at_ms: Annotated[int, Meta(description="When it was said, in Unix milliseconds.")]
    broadcast: Annotated[int | None, Meta(description="The broadcast it was said in.")] = None
    clock_ms: Annotated[int | None, Meta(description="Milliseconds since that broadcast went live.")] = None
    reply_to: Reply | None = None
    mentions: list[Mention] = []
    reactions: Annotated[dict[str, int], Meta(description="Emoji to how many gave it.")] = {}


class RoomSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a room is to be. Bounds are checked by ``chat.settings``."""

    slow_mode_s: int = 0
    followers_only_s: Annotated[
        int | None, Meta(description="Minimum age of the follow; null lets everyone write.")
    ] = None
    supporters_only: bool = False
    emote_only: bool = False
    unique_messages: bool = False
    links: Links = "allow"
    guests: Annotated[bool, Meta(description="Whether people without an account may write.")] = False
    retention_days: Annotated[int, Meta(description="How long lines are kept; 0 is for ever.")] = 0


class Option(msgspec.Struct, frozen=True):
    text: str
    votes: int


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    question: str
    options: list[Option]
    ends_at_ms: int
    closed: bool


class Viewers(msgspec.Struct, frozen=True):
    """How many connections are in the room."""

    count: int
    exact: Annotated[bool, Meta(description="False for a crowd: the count is rounded then.")] = True


# Events of a public room.


class Said(msgspec.Struct, frozen=True, tag_field="type", tag="said"):
    message: Message


class Deleted(msgspec.Struct, frozen=True, tag_field="type", tag="deleted"):
    ids: list[str]
    by: Literal["author", "moderator"]


class Cleared(msgspec.Struct, frozen=True, tag_field="type", tag="cleared"):
    """Every line up to ``before`` of somebody, or of everyone, is gone."""

    user: str | None
    before: str


class Reacted(msgspec.Struct, frozen=True, tag_field="type", tag="reacted"):
    id: str
    reactions: dict[str, int]


class SettingsChanged(msgspec.Struct, frozen=True, tag_field="type", tag="settings"):
    settings: RoomSettings


class Pinned(msgspec.Struct, frozen=True, tag_field="type", tag="pinned"):
    message: Message | None


class PollChanged(msgspec.Struct, frozen=True, tag_field="type", tag="poll"):
    poll: Poll | None


class Anonymised(msgspec.Struct, frozen=True, tag_field="type", tag="anonymised"):
    """Somebody's account was deleted: their lines have no author any more."""

    user: str


class Expired(msgspec.Struct, frozen=True, tag_field="type", tag="expired"):
    """Lines older than this one are not kept any more."""

    before: str


RoomEvent = Said | Deleted | Cleared | Reacted | SettingsChanged | Pinned | PollChanged | Anonymised | Expired


class ViewersChanged(msgspec.Struct, frozen=True, tag_field="type", tag="viewers"):
    """A signal."""

    count: int
    exact: bool
