"""May this person say this now? A core: it is given the time, the room and the person, and answers.

``standing_refusal`` is what holds for a person whatever they write; it is also what a page shows before they try.
``line_verdict`` looks at the line as well. Whoever moderates is bound by neither, save the bounds of a line.
"""

from dataclasses import dataclass

from chat import errors
from chat.emoji import is_only_emoji
from chat.errors import Refused
from chat.messages import RoomSettings
from chat.moderation_log import HoldReason, Restriction
from chat.people import Speaker, Standing
from chat.room import Room
from chat.terms import BlockedTerms
from chat.text import TEXT_MAX_CHARACTERS, has_link
from infra.errors import DomainError
from infra.request_errors import NotSignedIn


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, and until when; ``until_ms`` is ``None`` when no one can say."""

    error: type[Refused | NotSignedIn]
    detail: str
    until_ms: int | None = None

    @property
    def code(self) -> str:
        return self.error.code()

    def raised(self, now_ms: int) -> DomainError:
        """As the error to raise."""
        if not issubclass(self.error, Refused):
            return self.error(self.detail)
        after = None if self.until_ms is None else max(0, self.until_ms - now_ms)
        return self.error(self.detail, retry_after_ms=after)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The line may be shown; or moderators look at it first."""

    hold: HoldReason | None = None


def standing_refusal(
    speaker: Speaker, settings: RoomSettings, restriction: Restriction | None, now_ms: int
) -> Refusal | None:
    """What keeps the person from writing at all; ``restriction`` is the one in force for them, if any."""
    if speaker.standing.governs:
        return None
    if restriction is not None and (restriction.until_ms is None or now_ms < restriction.until_ms):
        return restriction_refusal(restriction)
    if speaker.standing.moderates:
        return None
    if speaker.standing is Standing.GUEST and not settings.guests:
        return Refusal(NotSignedIn, "this chat takes no guests any more; sign in to write")
    if speaker.standing is Standing.ANONYMOUS:
        words = "sign in, or say your name, to write" if settings.guests else "sign in to write"
        return Refusal(NotSignedIn, words)
    if settings.followers_only_s is not None:
        if speaker.followed_at_ms is None:
            return Refusal(errors.FollowersOnly, "follow the channel to write")
        from_ms = speaker.followed_at_ms + settings.followers_only_s * 1_000
        if now_ms < from_ms:
            wait = in_words((from_ms - now_ms + 999) // 1_000)
            return Refusal(
                errors.FollowersOnly, f"you may write in {wait}: you follow since recently", from_ms
            )
    if settings.supporters_only and speaker.tier is None:
        return Refusal(errors.SupportersOnly, "support the channel to write")
    return None


def line_verdict(
    speaker: Speaker, text: str, room: Room, terms: BlockedTerms, now_ms: int, last_said_at_ms: int | None
) -> Refusal | Accepted:
    """What becomes of ``text``, which is clean, when nothing stands against the person."""
    settings = room.settings
    if not text:
        return Refusal(errors.Empty, "write something")
    if len(text) > TEXT_MAX_CHARACTERS:
        return Refusal(
            errors.TooLong, f"a line has at most {TEXT_MAX_CHARACTERS} characters, this has {len(text)}"
        )
    if speaker.standing.moderates:
        return Accepted()
    again_ms = say_again_at_ms(speaker, settings, last_said_at_ms)
    if again_ms is not None and now_ms < again_ms:
        wait = in_words((again_ms - now_ms + 999) // 1_000)
        return Refusal(errors.SlowMode, f"write again in {wait}", again_ms)
    if settings.emote_only and not is_only_emoji(text):
        return Refusal(errors.EmoteOnly, "only emoji, for the moment")
    if settings.unique_messages and room.said_lately(text):
        return Refusal(errors.NotUnique, "somebody said this a moment ago; say something else")
    return text_verdict(text, settings, terms)


def text_verdict(text: str, settings: RoomSettings, terms: BlockedTerms) -> Refusal | Accepted:
    """What becomes of ``text``, which is clean, for what it says alone: its links and words."""
    linked = settings.links != "allow" and has_link(text)
    if linked and settings.links == "block":
        return Refusal(errors.LinksBlocked, "write it without the link")
    found = terms.find(text)
    if found == "block":
        return Refusal(errors.BlockedTerm, "choose other words")
    if found == "hold":
        return Accepted("blocked_term")
    return Accepted("link" if linked else None)


def say_again_at_ms(speaker: Speaker, settings: RoomSettings, last_said_at_ms: int | None) -> int | None:
    """When slow mode lets the person write again; ``None`` when it does not bind them."""
    if not settings.slow_mode_s or speaker.standing.moderates or last_said_at_ms is None:
        return None
    return last_said_at_ms + settings.slow_mode_s * 1_000


def restriction_refusal(restriction: Restriction) -> Refusal:
    """Why somebody restricted may not write."""
    why = f": {restriction.reason}" if restriction.reason else ""
    if restriction.kind == "timeout":
        return Refusal(errors.TimedOut, f"you are timed out{why}", restriction.until_ms)
    whose = "your network is" if restriction.network is not None else "you are"
    return Refusal(errors.Banned, f"{whose} banned from this chat{why}", restriction.until_ms)


def in_words(seconds: int) -> str:
    """``90`` as ``2 minutes``: rounded up, for people."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = -(-seconds // length)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} second{'s' if seconds != 1 else ''}"
