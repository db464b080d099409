"""What each command of the CLI does; prints for people, logs nothing."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from catalog.service import ChannelService
from config import Settings
from infra import migrations
from infra.database import Database, database_url
from server.app import make_app
from server.app_keys import DEMO, TASKS
from server.demo import DEMO_CHANNEL, DEMO_KEY, STAGE_CHANNEL, Demo, artist_available, keep_artist_playing
from server.serve import serve


async def serve_until_stopped(settings: Settings) -> None:
    """``harmonie serve``."""

    async def when_listening(app: web.Application, base_url: str) -> None:
        demo = app[DEMO]
        if demo is not None:
            _start_demo(app, settings, base_url, demo)
        else:
            _print(f"\nHarmonie is on {base_url}\n")

    await serve(make_app(settings), settings, when_listening)


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
    async with _database(settings) as database:
        before, after = await migrations.upgrade(database)
    if before == after:
        _print(f"The database is up to date (revision {after}).")
    else:
        _print(f"Upgraded the database from revision {before or 'none'} to {after}.")


def _start_demo(app: web.Application, settings: Settings, base_url: str, demo: Demo) -> None:
    if settings.demo_artist and artist_available():
        tasks = app[TASKS]
        tasks.start("demo_artist", keep_artist_playing(f"{base_url}/whip/{STAGE_CHANNEL}", demo.stage_key))
    _print(
        f"""
  Harmonie is running as a DEMONSTRATION. Anyone who can reach it may publish with
  the key {DEMO_KEY!r}: it is not for the internet.

    Home     {base_url}/
    Studio   {base_url}/studio?channel={DEMO_CHANNEL}#key={DEMO_KEY}
    Channel  {base_url}/{STAGE_CHANNEL}

  Ctrl-C stops it.
"""
    )


def _show_key(key: str) -> None:
    _print(f"\n  Stream key: {key}\n\nKeep it: it is not stored and cannot be shown again.")


def _print(text: str) -> None:
    print(text, file=sys.stdout, flush=True)


@asynccontextmanager
async def _channels(settings: Settings) -> AsyncIterator[ChannelService]:
    async with _database(settings) as database:
        await migrations.upgrade(database)
        yield ChannelService(database)


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    url = database_url(settings.database_url, settings.data_dir)
    if not settings.database_url:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()
