"""What can go wrong in a room, in the words of the domain. The code on the wire is the class's name in snake_case.

ChatError
  +-- Refused: a line is not accepted
  |     +-- SlowMode, TimedOut, Banned, FollowersOnly, SupportersOnly, EmoteOnly, NotUnique
  |     +-- LinksBlocked, BlockedTerm, TooLong, Empty
  +-- NoSuchMessage, NoSuchUser, NoSuchPoll, ClosedPoll
  +-- SettingsInvalid, TermsInvalid, NoteInvalid, TooManyRestrictions
"""

from typing import ClassVar

from infra.command_errors import CommandError


class ChatError(CommandError):
    """Base of this room's errors."""


class Refused(ChatError):
    """A line is not accepted."""

    status: ClassVar[int] = 403


class SlowMode(Refused):
    """The person wrote a moment ago."""

    status: ClassVar[int] = 429
    title: ClassVar[str] = "This chat is in slow mode"


class TimedOut(Refused):
    """A moderator has silenced the person for a while."""

    title: ClassVar[str] = "You are timed out"


class Banned(Refused):
    """The person, or the network they come from, is banned."""

    title: ClassVar[str] = "You are banned from this chat"


class FollowersOnly(Refused):
    """Only followers may write, perhaps only those who have followed for a while."""

    title: ClassVar[str] = "This chat is for followers"


class SupportersOnly(Refused):
    """Only supporters may write."""

    title: ClassVar[str] = "This chat is for supporters"


class EmoteOnly(Refused):
    """Only emoji may be written."""

    title: ClassVar[str] = "This chat takes only emoji"


class NotUnique(Refused):
    """The same was said a moment ago."""

    title: ClassVar[str] = "This was said already"


class LinksBlocked(Refused):
    """The line holds a link, and the room takes none."""

    title: ClassVar[str] = "This chat takes no links"


class BlockedTerm(Refused):
    """The line holds words the room does not take."""

    title: ClassVar[str] = "This chat does not take these words"


class TooLong(Refused):
    """The line passes the bound."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "The line is too long"


class Empty(Refused):
    """There is nothing to see in the line."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "There is nothing in the line"


class NoSuchMessage(ChatError):
    """No such line, or it has been deleted."""

    status: ClassVar[int] = 404
    title: ClassVar[str] = "There is no such line"


class NoSuchUser(ChatError):
    """Nobody, or more than one person, is meant."""

    status: ClassVar[int] = 404
    title: ClassVar[str] = "It is not clear who is meant"


class NoSuchPoll(ChatError):
    """There is no poll."""

    status: ClassVar[int] = 404
    title: ClassVar[str] = "There is no poll"


class ClosedPoll(ChatError):
    """The poll takes no more votes."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The poll is closed"


class SettingsInvalid(ChatError):
    """A setting is out of its bounds; the detail names it."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "The room cannot be set like this"

    @classmethod
    def slug(cls) -> str:
        return "malformed"


class TermsInvalid(ChatError):
    """Blocked terms that cannot be; the detail names the one."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "These terms cannot be blocked"


class NoteInvalid(ChatError):
    """A note is empty, or there are too many."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "The note cannot be kept"


class TooManyIgnored(ChatError):
    """A person ignores only so many others."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "You ignore as many people as you can"
