"""What can be done with channels. Owns the transactions; knows nothing of HTTP.

Looking a channel up is on the path of every viewer who joins, and the list on that of everyone who opens the home
page, so what was found is remembered for one second (the list, and at most 1,024 channels, the oldest forgotten
first). Keys are always checked against the database: a rotated key is refused from the next request on, and whoever
listens with ``on_revoked`` ends what was begun with it.
"""

import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import COMMAND_LINE, Action
from accounts.identity import UserId
from catalog import repository
from catalog.channel import (
    STREAM_KEY_ENTROPY_BYTES,
    Channel,
    ChannelId,
    ChannelName,
    PictureId,
    StreamKeyHash,
    channel_name,
    channel_title,
    hash_stream_key,
    is_channel_name,
    stream_key_matches,
)
from catalog.errors import (
    ChannelLive,
    ChannelMoved,
    ChannelNotFound,
    OwnerSuspended,
    StreamKeyMissing,
    StreamKeyRejected,
    TooManyChannels,
)
from catalog.live import LiveStates, NothingLive
from catalog.people import AuditTrail, NoAudit, NobodyKnown, People
from catalog.profile import description as checked_description
from catalog.profile import links as checked_links
from catalog.wallet import payout_wallet
from infra.clock import Clock, utc_now
from infra.database import Database

REMEMBERED_S = 1.0
REMEMBERED_CHANNELS = 1_024
NAME_KEPT = timedelta(days=90)
"""How long a former name redirects, and the names of a deleted channel are nobody's."""
MAX_PER_OWNER = 5

ChannelListener = Callable[[ChannelName], None]
RevocationListener = Callable[[ChannelName, str], None]


class ChannelService:
    """Channels over a database.

    ``process_keys`` are keys that hold for this process only, beside the stored ones; they are what makes a demo
    leave no known key behind.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        live: LiveStates | None = None,
        audit: AuditTrail | None = None,
        people: People | None = None,
        process_keys: Mapping[str, StreamKeyHash] | None = None,
        max_per_owner: int = MAX_PER_OWNER,
    ) -> None:
        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._live = live or NothingLive()
        self._audit = audit or NoAudit()
        self._people = people or NobodyKnown()
        self._process_keys = dict(process_keys or {})
        self._max_per_owner = max_per_owner
        self._remembered: dict[ChannelName, tuple[float, Channel]] = {}
        self._listed: tuple[float, Sequence[Channel]] | None = None
        self._changes = 0
        self._keys_set: dict[ChannelId, datetime] = {}
        """When keys were replaced by this process, or it acted upon that; at most one for each channel."""
        self._change_listeners: list[ChannelListener] = []
        self._recount_listeners: list[ChannelListener] = []
        self._gone_listeners: list[ChannelListener] = []
        self._revocation_listeners: list[RevocationListener] = []
        self.revocations = 0
        """How many times a key has stopped working since the start."""

    def on_change(self, listener: ChannelListener) -> None:
        """Calls ``listener`` after a channel was added by this service, or what is told of it changed."""
        self._change_listeners.append(listener)

    def on_recounted(self, listener: ChannelListener) -> None:
        """Calls ``listener`` after only a number of a channel changed: of followers, of past broadcasts."""
        self._recount_listeners.append(listener)

    def on_gone(self, listener: ChannelListener) -> None:
        """Calls ``listener`` after no channel has this name any more: it was renamed or deleted."""
        self._gone_listeners.append(listener)

    def on_revoked(self, listener: RevocationListener) -> None:
        """Calls ``listener`` with a name and a reason after whoever publishes there lost the right to.

        It is called in the same step of the event loop in which the change became certain.
        """
        self._revocation_listeners.append(listener)

    # Looking up

    async def list(self) -> Sequence[Channel]:
        """Every channel, by name. May be a second old, but knows what this service has changed."""
        if self._listed is not None and self._monotonic() - self._listed[0] < REMEMBERED_S:
            return self._listed[1]
        asked_at, changes = self._monotonic(), self._changes
        async with self._database.read() as session:
            channels = tuple(await repository.all_by_name(session))
        if changes == self._changes:
            self._listed = (asked_at, channels)
        return channels

    async def owned_by(self, owner_id: UserId) -> Sequence[Channel]:
        """By name."""
        async with self._database.read() as session:
            return await repository.owned_by(session, owner_id)

    async def get(self, name: str) -> Channel:
        """Raises ``ChannelNotFound``, ``ChannelMoved``. May be a second old."""
        found = self._remembered.get(ChannelName(name))
        if found is not None and self._monotonic() - found[0] < REMEMBERED_S:
            return found[1]
        return await self.read(name)

    async def read(self, name: str) -> Channel:
        """The same, as it is at this moment."""
        asked_at, changes = self._monotonic(), self._changes
        async with self._database.read() as session:
            channel = None
            if is_channel_name(name):
                channel = await repository.get(session, ChannelName(name))
            if channel is None:
                raise await self._missing(session, name)
        if changes == self._changes:
            self._remembered.pop(channel.name, None)
            self._remembered[channel.name] = (asked_at, channel)
            if len(self._remembered) > REMEMBERED_CHANNELS:
                del self._remembered[next(iter(self._remembered))]
        return channel

    async def find(self, channel_id: ChannelId) -> Channel | None:
        """By its number, as it is at this moment; ``None`` when there is no such channel."""
        async with self._database.read() as session:
            return await repository.by_id(session, channel_id)

    async def authenticate(self, name: str, key: str | None) -> Channel:
        """The channel, when ``key`` is its stream key and its owner, if it has one, is not suspended.

        Raises ``ChannelNotFound``, ``ChannelMoved``, ``StreamKeyMissing``, ``StreamKeyRejected``, ``OwnerSuspended``.
        Cheap: two indexed queries, one hash. It may be revoked while the caller awaits something else;
        ``revocations`` tells.
        """
        channel = await self.read(name)
        if not key:
            raise StreamKeyMissing
        process_key = self._process_keys.get(channel.name)
        if not stream_key_matches(key, channel.stream_key_hash) and (
            process_key is None or not stream_key_matches(key, process_key)
        ):
            raise StreamKeyRejected(f"the stream key is not that of the channel {name!r}")
        if channel.owner_id is not None and await self._people.barred([channel.owner_id]):
            raise OwnerSuspended
        return channel

    # Changing

    async def add(
        self, name: str, title: str | None = None, *, owner_id: UserId | None = None
    ) -> tuple[Channel, str]:
        """Adds a channel, for an operator; returns it with its stream key, which nobody can see again.

        Raises ``ChannelNameInvalid``, ``ChannelTitleInvalid``, ``ChannelExists``.
        """
        return await self._add(name, title, owner_id, at_most=None)

    async def create(self, name: str, title: str | None, owner_id: UserId) -> tuple[Channel, str]:
        """The same for a person, who has only so many. Raises also ``TooManyChannels``, ``OwnerSuspended``."""
        channel, key = await self._add(name, title, owner_id, at_most=self._max_per_owner)
        if await self._people.barred([owner_id]):
            # They were suspended, or deleted their account, while this was under way.
            await self.delete(channel.name, actor=owner_id)
            raise OwnerSuspended
        return channel, key

    async def rotate_key(self, name: str, *, actor: str = COMMAND_LINE) -> str:
        """Replaces the stream key and returns the new one. Raises ``ChannelNotFound``, ``ChannelMoved``."""
        key = _new_stream_key()
        set_at = self._clock()
        async with self._locked(name) as (session, channel):
            await repository.change(
                session, channel.id, stream_key_hash=hash_stream_key(key), stream_key_set_at=set_at
            )
        self._keys_set[channel.id] = set_at
        self._key_gone(channel.name, "the stream key was replaced")
        await self._audit.write(Action.STREAM_KEY_ROTATED, actor=actor, subject=channel.name)
        return key

    async def change(
        self,
        name: str,
        *,
        title: str | None = None,
        description: str | None = None,
        links: Sequence[tuple[str, str]] | None = None,
        new_name: str | None = None,
    ) -> Channel:
        """Changes what is given, all of it or nothing; links are pairs of label and URL.

        A former name leads to the channel for 90 days, and is nobody else's until then. Raises ``ChannelNotFound``,
        ``ChannelMoved``, ``ChannelTitleInvalid``, ``ChannelDescriptionInvalid``, ``ChannelLinksInvalid``,
        ``ChannelNameInvalid``, ``ChannelExists``, ``ChannelLive``.
        """
        wanted = None if new_name is None else channel_name(new_name)
        async with self._locked(name) as (session, before):
            channel = replace(
                before,
                name=wanted or before.name,
                title=before.title if title is None else channel_title(title),
                description=before.description if description is None else checked_description(description),
                links=before.links if links is None else checked_links(links),
            )
            if channel.name != before.name:
                if self._live.get(before.name) is not None:
                    raise ChannelLive("end the broadcast before you rename the channel")
                now = self._clock()
                await repository.rename(session, before, channel.name, now, now + NAME_KEPT)
            await repository.change(
                session,
                channel.id,
                title=channel.title,
                description=channel.description,
                links=repository.links_value(channel.links),
            )
        if channel.name != before.name:
            self.was_given_up(before.name, "the channel was renamed")
        self.changed(channel.name)
        return channel

    async def rename(self, name: str, new: str) -> Channel:
        """``change`` of nothing but the name."""
        return await self.change(name, new_name=new)

    async def set_owner(self, name: str, owner_id: UserId | None) -> Channel:
        """Hands a channel over; it keeps its stream key. Raises ``ChannelNotFound``, ``ChannelMoved``."""
        async with self._locked(name) as (session, before):
            # The wallet is the former owner's: nobody may be paid by mistake.
            wallet = before.payout_wallet if owner_id == before.owner_id else None
            await repository.change(session, before.id, owner_id=owner_id, payout_wallet=wallet)
        self.changed(before.name)
        if owner_id != before.owner_id:
            whose = {"from": before.owner_id or "nobody", "to": owner_id or "nobody"}
            await self._audit.write(
                Action.OWNER_CHANGED, actor=COMMAND_LINE, subject=before.name, details=whose
            )
        if wallet != before.payout_wallet:
            await self._audit.write(Action.PAYOUT_WALLET_CHANGED, actor=COMMAND_LINE, subject=before.name)
        return replace(before, owner_id=owner_id, payout_wallet=wallet)

    async def set_picture(self, name: str, picture: PictureId | None) -> tuple[PictureId | None, Channel]:
        """The picture there was, and the channel with the new one. Raises ``ChannelNotFound``, ``ChannelMoved``."""
        async with self._locked(name) as (session, before):
            await repository.change(session, before.id, picture=picture)
        self.changed(before.name)
        return before.picture, replace(before, picture=picture)

    async def set_payout_wallet(self, name: str, address: str | None, *, actor: str) -> Channel:
        """Where tips go. Raises ``PayoutWalletInvalid``, ``ChannelNotFound``, ``ChannelMoved``."""
        wallet = None if address is None else payout_wallet(address)
        async with self._locked(name) as (session, before):
            await repository.change(session, before.id, payout_wallet=wallet)
        self.changed(before.name)
        if wallet != before.payout_wallet:
            await self._audit.write(Action.PAYOUT_WALLET_CHANGED, actor=actor, subject=before.name)
        return replace(before, payout_wallet=wallet)

    async def delete(self, name: str, *, actor: str = COMMAND_LINE) -> Channel:
        """Deletes a channel and ends its broadcast; its names are nobody's for 90 days. Returns what it was.

        Raises ``ChannelNotFound``, ``ChannelMoved``.
        """
        async with self._locked(name) as (session, channel):
            await repository.delete(session, channel, self._clock() + NAME_KEPT)
        self.was_given_up(channel.name, "the channel was deleted")
        await self._audit.write(Action.CHANNEL_DELETED, actor=actor, subject=channel.name)
        return channel

    async def owner_was_barred(self, owner_id: UserId) -> None:
        """A person was suspended: what is published to their channels ends, and nothing begins."""
        for channel in await self.owned_by(owner_id):
            self.revoke(channel.name, "the account of the channel's owner is suspended")

    def key_was_replaced(self, channel_id: ChannelId, name: ChannelName, at: datetime) -> None:
        """A stream key was replaced at this moment; unless it was here, whoever used the old one goes now."""
        if self._keys_set.get(channel_id) != at:
            self._keys_set[channel_id] = at
            self._key_gone(name, "the stream key was replaced")

    def was_given_up(self, name: ChannelName, reason: str) -> None:
        """No channel has this name any more: what is published there ends, and who listens is sent away."""
        self._key_gone(name, reason)
        for listener in self._gone_listeners:
            listener(name)

    def revoke(self, name: ChannelName, reason: str) -> None:
        """Whoever publishes there may not any more, though the key may be right: their broadcast ends."""
        self.revocations += 1
        self.forget(name)
        for listener in self._revocation_listeners:
            listener(name, reason)

    async def forget_names(self) -> None:
        """Drops former names whose time is over."""
        async with self._database.write() as session:
            await repository.forget_names(session, self._clock())

    def changed(self, name: ChannelName) -> None:
        """What is told of this channel has changed: nothing remembered of it holds, and listeners are called."""
        self.forget(name)
        for listener in self._change_listeners:
            listener(name)

    def recounted(self, name: ChannelName) -> None:
        """A number of this channel has changed."""
        self.forget(name)
        for listener in self._recount_listeners:
            listener(name)

    def forget(self, name: ChannelName) -> None:
        """Reads the channel again when it is asked for next."""
        self._remembered.pop(name, None)
        self._listed = None
        self._changes += 1

    @asynccontextmanager
    async def _locked(self, name: str) -> AsyncIterator[tuple[AsyncSession, Channel]]:
        """A transaction with a channel that nobody else changes meanwhile."""
        async with self._database.write() as session:
            channel = None
            if is_channel_name(name):
                channel = await repository.get_locked(session, ChannelName(name))
            if channel is None:
                raise await self._missing(session, name)
            yield session, channel

    async def _add(
        self, name: str, title: str | None, owner_id: UserId | None, at_most: int | None
    ) -> tuple[Channel, str]:
        key = _new_stream_key()
        checked = channel_name(name)
        shown = channel_title(name if title is None else title)
        now = self._clock()
        async with self._database.write() as session:
            if owner_id is not None and at_most is not None:
                await repository.lock_owner(session, owner_id)
                if await repository.count_owned_by(session, owner_id) >= at_most:
                    raise TooManyChannels(f"a person has at most {at_most} channels")
            channel = await repository.add(
                session, checked, shown, hash_stream_key(key), now, owner_id=owner_id
            )
        self.changed(channel.name)
        return channel, key

    async def _missing(self, session: AsyncSession, name: str) -> ChannelMoved | ChannelNotFound:
        if is_channel_name(name):
            present = await repository.present_name(session, ChannelName(name), self._clock())
            if present is not None:
                return ChannelMoved(present)
        return not_found(name)

    def _key_gone(self, name: ChannelName, reason: str) -> None:
        self._process_keys.pop(name, None)
        self.revoke(name, reason)


def not_found(name: str) -> ChannelNotFound:
    return ChannelNotFound(f"there is no channel named {name[:64]!r}")


def _new_stream_key() -> str:
    return secrets.token_urlsafe(STREAM_KEY_ENTROPY_BYTES)
