"""What each command of the CLI but ``serve`` does; prints for people."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from catalog.service import ChannelService
from config import Settings
from infra import migrations
from infra.database import Database, database_url


async def add_channel(settings: Settings, name: str, title: str | None) -> None:
    """``harmonie channel add``."""
    async with _channels(settings) as channels:
        channel, key = await channels.add(name, title)
    _print(f"Added the channel {channel.name!r} ({channel.title}).")
    _show_key(key)


async def list_channels(settings: Settings) -> None:
    """``harmonie channel list``."""
    async with _channels(settings) as channels:
        listed = await channels.list()
    if not listed:
        _print("There are no channels yet. Add one: harmonie channel add NAME")
        return
    width = max(len(channel.name) for channel in listed)
    for channel in listed:
        _print(f"{channel.name:{width}}  {channel.created_at:%Y-%m-%d}  {channel.title}")


async def rotate_key(settings: Settings, name: str) -> None:
    """``harmonie channel key``."""
    async with _channels(settings) as channels:
        key = await channels.rotate_key(name)
    _print(f"The channel {name!r} has a new stream key; the old one no longer works.")
    _show_key(key)


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
async def _channels(settings: Settings) -> AsyncIterator[ChannelService]:
    async with open_database(settings) as database:
        await migrations.upgrade(database)
        yield ChannelService(database)


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
