"""Who moderates which channel, as its owner says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.audit import Action
from accounts.identity import UserId
from accounts.permissions import ChannelSubject
from catalog import moderator_repository
from catalog.errors import TooManyModerators, UserUnknown
from catalog.people import AuditTrail, NoAudit, People
from catalog.service import ChannelService
from infra.clock import Clock, utc_now
from infra.database import Database

MAX_PER_CHANNEL = 50


@dataclass(frozen=True, slots=True)
class Moderator:
    user_id: UserId
    display_name: str
    added_at: datetime


class ModeratorService:
    """Moderators of channels; tells ``accounts.authorizer`` what it needs to know of a channel."""

    def __init__(
        self,
        database: Database,
        channels: ChannelService,
        people: People,
        *,
        audit: AuditTrail | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._channels = channels
        self._people = people
        self._audit = audit or NoAudit()
        self._clock = clock
        self._listeners: list[Callable[[str, UserId], None]] = []

    def on_change(self, listener: Callable[[str, UserId], None]) -> None:
        """Calls ``listener`` with a channel's name after this service made or unmade this person its moderator."""
        self._listeners.append(listener)

    async def channel_subject(self, name: str, user_id: UserId, /) -> ChannelSubject:
        """Whose the channel is and whether this person moderates it. Raises ``ChannelNotFound``, ``ChannelMoved``."""
        # Not the remembered one: a channel may just have been handed over.
        channel = await self._channels.read(name)
        async with self._database.read() as session:
            moderates = await moderator_repository.is_moderator(session, channel.id, user_id)
        return ChannelSubject(channel.owner_id, moderates)

    async def list(self, name: str) -> Sequence[Moderator]:
        """Oldest first; deleted accounts are left out. Raises ``ChannelNotFound``, ``ChannelMoved``."""
        channel = await self._channels.get(name)
        async with self._database.read() as session:
            found = await moderator_repository.of_channel(session, channel.id)
        names = await self._people.display_names([user_id for user_id, _ in found])
        return [Moderator(user_id, names[user_id], at) for user_id, at in found if user_id in names]

    async def add(self, name: str, who: str, *, actor: str) -> Moderator:
        """Makes whoever ``who`` means, an id or a display name, a moderator; again changes nothing.

        Raises ``UserUnknown``, ``TooManyModerators``, ``ChannelNotFound``, ``ChannelMoved``.
        """
        channel = await self._channels.get(name)
        found = await self._people.find(who)
        if not found:
            raise UserUnknown(f"nobody has the id or the name {who[:64]!r}")
        if len(found) > 1:
            raise UserUnknown(f"several people are named {who[:64]!r}; say which by their id")
        user_id = found[0]
        async with self._database.write() as session:
            before = dict(await moderator_repository.of_channel(session, channel.id))
            if user_id not in before:
                if len(before) >= MAX_PER_CHANNEL:
                    raise TooManyModerators(f"a channel has at most {MAX_PER_CHANNEL} moderators")
                await moderator_repository.add(session, channel.id, user_id, self._clock())
        if user_id not in before:
            await self._write_down(Action.MODERATOR_NAMED, user_id, channel.name, actor)
        return next(each for each in await self.list(name) if each.user_id == user_id)

    async def remove(self, name: str, user_id: UserId, *, actor: str) -> None:
        """Does nothing when they are none. Raises ``ChannelNotFound``, ``ChannelMoved``."""
        channel = await self._channels.get(name)
        async with self._database.write() as session:
            there_was = await moderator_repository.remove(session, channel.id, user_id)
        if there_was:
            await self._write_down(Action.MODERATOR_REMOVED, user_id, channel.name, actor)

    async def remove_everywhere(self, user_id: UserId) -> None:
        """They moderate nothing any more."""
        async with self._database.write() as session:
            await moderator_repository.remove_everywhere(session, user_id)

    async def moderated_by(self, user_id: UserId) -> Sequence[str]:
        """Names of channels, in order."""
        async with self._database.read() as session:
            return await moderator_repository.moderated_by(session, user_id)

    async def _write_down(self, action: Action, user_id: UserId, channel: str, actor: str) -> None:
        for listener in self._listeners:
            listener(channel, user_id)
        await self._audit.write(action, actor=actor, subject=user_id, details={"channel": channel})
