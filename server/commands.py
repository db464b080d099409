"""What each command of the CLI but ``serve`` does; prints for people."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from accounts.services.audit_log import AuditLog
from accounts.services.directory import PeopleDirectory
from catalog.service import NAME_KEPT, ChannelService
from config import Settings
from infra import migrations
from infra.database import Database, database_url
from server.confirmation import confirm


async def add_channel(settings: Settings, name: str, title: str | None, owner: str | None) -> None:
    """``harmonie channel add``; ``owner`` is an e-mail address or an id."""
    async with _catalog(settings) as (channels, people):
        owner_id = None if owner is None else await people.meant(owner)
        channel, key = await channels.add(name, title, owner_id=owner_id)
        if owner_id is not None:
            await people.became_artist(owner_id)
    _print(f"Added the channel {channel.name!r} ({channel.title}).")
    _show_key(key)


async def set_owner(settings: Settings, name: str, owner: str | None) -> None:
    """``harmonie channel owner``; ``owner`` is an e-mail address or an id, ``None`` for nobody."""
    async with _catalog(settings) as (channels, people):
        owner_id = None if owner is None else await people.meant(owner)
        await channels.set_owner(name, owner_id)
        if owner_id is not None:
            await people.became_artist(owner_id)
    if owner is None:
        _print(f"The channel {name!r} belongs to nobody; only the command line and admins look after it.")
        return
    _print(f"The channel {name!r} belongs to {owner} now; it has no payout wallet until they name one.")
    _print("Its stream key is the same. To take it from whoever had it: harmonie channel key " + name)


async def list_channels(settings: Settings) -> None:
    """``harmonie channel list``."""
    async with _catalog(settings) as (channels, people):
        listed = await channels.list()
        names = await people.display_names({each.owner_id for each in listed if each.owner_id is not None})
    if not listed:
        _print("There are no channels yet. Add one: harmonie channel add NAME")
        return
    width = max(len(channel.name) for channel in listed)
    for channel in listed:
        owner = "" if channel.owner_id is None else f"  ({names.get(channel.owner_id, channel.owner_id)})"
        _print(f"{channel.name:{width}}  {channel.created_at:%Y-%m-%d}  {channel.title}{owner}")


async def rotate_key(settings: Settings, name: str) -> None:
    """``harmonie channel key``."""
    async with _catalog(settings) as (channels, _people):
        key = await channels.rotate_key(name)
    _print(f"The channel {name!r} has a new stream key; the old one no longer works.")
    _show_key(key)


async def remove_channel(settings: Settings, name: str, *, yes: bool) -> None:
    """``harmonie channel remove``."""
    # What encodes pictures takes a moment to import; the other commands do without.
    from catalog.pictures import PictureService

    async with open_database(settings) as database:
        await migrations.upgrade(database)
        channels = ChannelService(database, audit=AuditLog(database))
        channel = await channels.read(name)
        confirm(
            f"Delete the channel {channel.name!r} ({channel.title}), its {channel.followers} followers "
            f"and {channel.past_broadcasts} past broadcasts?",
            yes=yes,
        )
        deleted = await channels.delete(channel.name)
        await PictureService(database, channels, settings.data_dir).drop_unused(deleted.picture)
    _print(
        f"Deleted the channel {deleted.name!r}. A broadcast on it ends within seconds; nobody can take its"
    )
    _print(f"name for {NAME_KEPT.days} days.")


async def upgrade_database(settings: Settings) -> None:
    """``harmonie db upgrade``."""
    async with open_database(settings) as database:
        before, after = await migrations.upgrade(database)
    if before == after:
        _print(f"The database is up to date (revision {after}).")
    else:
        _print(f"Upgraded the database from revision {before or 'none'} to {after}.")


def _show_key(key: str) -> None:
    _print(f"\n  Stream key: {key}\n\nKeep it: it is not stored and cannot be shown again.")


def _print(text: str) -> None:
    print(text, file=sys.stdout, flush=True)


@asynccontextmanager
async def _catalog(settings: Settings) -> AsyncIterator[tuple[ChannelService, PeopleDirectory]]:
    async with open_database(settings) as database:
        await migrations.upgrade(database)
        yield ChannelService(database, audit=AuditLog(database)), PeopleDirectory(database)


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """The database the settings name; not migrated yet."""
    url = database_url(settings.database_url, settings.data_dir)
    if not settings.database_url:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()
