"""One connection's place in one room: who it is there, and what that means for them.

Sockets are the gateway's; a seat sends by the ``Connection`` it was given, which never waits.
"""

import time
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

import msgspec

from accounts.callers import identity_of_caller
from accounts.identity import Identity
from accounts.visitor_addresses import truncated
from chat import topics
from chat.moderation_log import Chatter
from chat.people import Speaker, Standing
from chat.replicas import PersonReplica
from chat.rules import say_again_at_ms, standing_refusal
from chat.standings import ChannelRef, Standings, badges
from infra.rooms import Caller
from infra.topics import Replica

if TYPE_CHECKING:
    from chat.rooms import OpenRoom

SPEAKER_REMEMBERED_S = 10.0
REACTED_MAX = 200
"""Lines of which is told what somebody reacted with; the one they reacted to longest ago goes first."""


class May(msgspec.Struct, frozen=True):
    say: bool
    moderate: bool
    settings: bool


class Refusing(msgspec.Struct, frozen=True):
    code: str
    detail: str
    until_ms: int | None


class You(msgspec.Struct, frozen=True, kw_only=True):
    """What a room is to the person who is in it."""

    role: str
    id: str | None
    name: str
    may: May
    refusal: Refusing | None
    say_again_at_ms: int | None
    ignored: list[str]
    voted: int | None
    reacted: dict[str, list[str]]
    """Own emoji, by line."""


class ChatSeat:
    """In a channel's public room, or its moderators'."""

    def __init__(
        self,
        room_name: str,
        room: "OpenRoom",
        caller: Caller,
        speaker: Speaker,
        standings: Standings,
        *,
        is_desk: bool,
        ignored: set[str],
        voted: tuple[str, int] | None,
        reacted: Mapping[str, Collection[str]] = {},
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.room_name = room_name
        self.room = room
        self.caller = caller
        self.is_desk = is_desk
        self.ignored = ignored
        self.voted = voted
        """The poll and the option."""
        self._reacted = {line: frozenset(emoji) for line, emoji in reacted.items()}
        self._speaker = speaker
        self._standings = standings
        self._monotonic = monotonic
        self._read_at_s = monotonic()
        self._sent: You | None = None

    @property
    def topic(self) -> str:
        id_ = self.room.channel.id
        return topics.moderators(id_) if self.is_desk else topics.public(id_)

    def replica(self) -> Replica:
        return self.room.desk_replica() if self.is_desk else self.room.public_replica()

    @property
    def identity(self) -> Identity:
        return identity_of_caller(self.caller)

    @property
    def channel(self) -> ChannelRef:
        return self.room.channel

    @property
    def known(self) -> Speaker:
        """Who it is, as last read."""
        return self._speaker

    @property
    def chatter(self) -> Chatter | None:
        speaker = self._speaker
        return Chatter(speaker.id, speaker.name, badges(speaker)) if speaker.id else None

    async def speaker(self, *, at_most_s: float = SPEAKER_REMEMBERED_S) -> Speaker:
        """Who it is, read again unless that was done within ``at_most_s``."""
        if self._speaker.standing is not Standing.GUEST and self._monotonic() - self._read_at_s >= at_most_s:
            self._speaker = await self._standings.of_caller(
                self.channel, self.identity, self.caller.name, self._speaker.network
            )
            self._read_at_s = self._monotonic()
        return self._speaker

    def become_guest(self, user_id: str, name: str) -> Speaker:
        """Somebody without an account has a name now."""
        with self.room.renaming(self):
            self._speaker = Speaker(
                id=user_id, name=name, standing=Standing.GUEST, network=truncated(self.caller.address)
            )
        self.refresh()
        return self._speaker

    def has_reacted(self, line: str, emoji: str, *, on: bool) -> None:
        """They gave a line an emoji, or took it back."""
        before = self._reacted.pop(line, frozenset())
        now = before | {emoji} if on else before - {emoji}
        if now:
            self._reacted[line] = now
            if len(self._reacted) > REACTED_MAX:
                del self._reacted[next(iter(self._reacted))]
        self.refresh()

    def you(self) -> You:
        you = self._sent = self._you()
        return you

    @property
    def is_refused(self) -> bool:
        """Whether they were last told that they may not write."""
        return self._sent is not None and self._sent.refusal is not None

    def refresh(self) -> None:
        """Tells the connection what it is to the room, if that has changed."""
        if self._sent is not None and (you := self._you()) != self._sent:
            self._sent = you
            self.caller.connection.send_you(self.room_name, you)

    def joined(self) -> None:
        self.room.joined(self)

    def left(self) -> None:
        self.room.left(self)

    def _you(self) -> You:
        speaker, room, now_ms = self._speaker, self.room.public, self.room.now_ms()
        restriction = self.room.desk.restriction_of(speaker.id, speaker.network, now_ms)
        refusal = standing_refusal(speaker, room.settings, restriction, now_ms)
        moderates = speaker.standing.moderates
        poll_id = None if room.poll is None else room.poll.id
        return You(
            role=speaker.standing.value,
            id=speaker.id or None,
            name=speaker.name,
            may=May(refusal is None, moderates, moderates),
            refusal=None if refusal is None else Refusing(refusal.code, refusal.detail, refusal.until_ms),
            say_again_at_ms=say_again_at_ms(speaker, room.settings, self.room.last_said_at_ms(speaker.id)),
            ignored=sorted(self.ignored),
            voted=self.voted[1] if self.voted is not None and self.voted[0] == poll_id else None,
            reacted={line: sorted(emoji) for line, emoji in self._reacted.items()},
        )


class PersonSeat:
    """In one's own room."""

    def __init__(self, user_id: str) -> None:
        self._user_id = user_id

    @property
    def topic(self) -> str:
        return topics.person(self._user_id)

    def replica(self) -> Replica:
        return PersonReplica()

    def you(self) -> object:
        return {"id": self._user_id}

    def joined(self) -> None:
        return None

    def left(self) -> None:
        return None
