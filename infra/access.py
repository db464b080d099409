"""What a caller must be to use an endpoint, as a value that declarations carry.

A core: it only names the demand. Whoever hangs an ``Authorizer`` in the application (``infra.authorizer``) answers it.

The words are few on purpose. They combine in two ways:

- ``CHANNEL_OWNER | CHANNEL_KEY``: either of them suffices.
- ``CHANNEL_OWNER.stepped_up()``: and the caller has proven who they are a short while ago (second factor or a fresh
  sign-in); ``STEP_UP`` is ``SIGNED_IN.stepped_up()``.

``.scoped("channels:write")`` lets an API key in that holds this scope. Without a scope no API key is let in at all,
save where everyone is. An API key cannot step up, so a scope never combines with it.
"""

from dataclasses import dataclass, replace
from enum import Enum


class Who(Enum):
    """One kind of caller; the value is a phrase for people who read the documentation."""

    ANYONE = "anyone"
    SIGNED_IN = "whoever is signed in"
    ADMIN = "an admin"
    CHANNEL_OWNER = "the owner of the channel"
    CHANNEL_OWNER_ALONE = "the owner of the channel alone"
    CHANNEL_MODERATOR = "a moderator of the channel"
    CHANNEL_KEY = "whoever has the channel's stream key"

    @property
    def of_channel(self) -> bool:
        """Whether the demand concerns the channel in the path."""
        return self in (
            Who.CHANNEL_OWNER,
            Who.CHANNEL_OWNER_ALONE,
            Who.CHANNEL_MODERATOR,
            Who.CHANNEL_KEY,
        )


@dataclass(frozen=True, slots=True)
class Access:
    """A demand. Make one from the constants below rather than by hand."""

    who: frozenset[Who]
    """Any of these suffices. An authorizer may let more in, such as an admin where an owner is asked for."""
    scope: str | None = None
    """The scope an API key needs; ``None`` refuses API keys."""
    step_up: bool = False
    """Whether the caller must have proven who they are a short while ago."""

    def __post_init__(self) -> None:
        if self.step_up and (self.scope is not None or not self.who - {Who.ANYONE, Who.CHANNEL_KEY}):
            raise ValueError("only a person who is signed in can step up")

    def __or__(self, other: "Access") -> "Access":
        if (self.scope, self.step_up) != (other.scope, other.step_up):
            raise ValueError("combine first, then add a scope or a step-up")
        return replace(self, who=self.who | other.who)

    def scoped(self, scope: str) -> "Access":
        """The same, and API keys with this scope."""
        return replace(self, scope=scope)

    def stepped_up(self) -> "Access":
        """The same, but only a short while after the caller proved who they are."""
        return replace(self, step_up=True)

    @property
    def is_public(self) -> bool:
        return Who.ANYONE in self.who

    @property
    def of_channel(self) -> bool:
        """Whether the path has to name a channel."""
        return any(each.of_channel for each in self.who)

    def describe_who(self) -> str:
        """For people: ``the owner of the channel``."""
        return " or ".join(each.value for each in Who if each in self.who)

    def describe(self) -> str:
        """For people: ``the owner of the channel, after step-up``."""
        phrase = self.describe_who()
        if self.step_up:
            phrase += ", after step-up"
        if self.scope is not None:
            phrase += f"; API keys with `{self.scope}`"
        return phrase


PUBLIC = Access(frozenset({Who.ANYONE}))
SIGNED_IN = Access(frozenset({Who.SIGNED_IN}))
STEP_UP = SIGNED_IN.stepped_up()
ADMIN = Access(frozenset({Who.ADMIN}))
CHANNEL_OWNER = Access(frozenset({Who.CHANNEL_OWNER}))
CHANNEL_OWNER_ALONE = Access(frozenset({Who.CHANNEL_OWNER_ALONE}))
CHANNEL_MODERATOR = Access(frozenset({Who.CHANNEL_MODERATOR}))
CHANNEL_KEY = Access(frozenset({Who.CHANNEL_KEY}))
