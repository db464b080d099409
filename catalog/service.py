"""What can be done with channels. Owns the transactions; knows nothing of HTTP or of what is live.

Looking a channel up is on the path of every viewer who joins, and the list on that of everyone who opens the home
page, so what was found is remembered for one second (the list, and at most 1,024 channels, the oldest forgotten
first). Keys are always checked against the database: a rotated key is refused from the next request on.
"""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence

from catalog import repository
from catalog.channel import (
    STREAM_KEY_ENTROPY_BYTES,
    Channel,
    ChannelName,
    StreamKeyHash,
    channel_name,
    channel_title,
    hash_stream_key,
    is_channel_name,
    stream_key_matches,
)
from catalog.errors import ChannelNotFound, StreamKeyMissing, StreamKeyRejected
from infra.clock import Clock, utc_now
from infra.database import Database

REMEMBERED_S = 1.0
REMEMBERED_CHANNELS = 1_024

ChannelListener = Callable[[ChannelName], None]


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
        process_keys: Mapping[str, StreamKeyHash] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._process_keys = dict(process_keys or {})
        self._remembered: dict[ChannelName, tuple[float, Channel]] = {}
        self._listed: tuple[float, Sequence[Channel]] | None = None
        self._changes = 0
        self._listeners: list[ChannelListener] = []

    def on_change(self, listener: ChannelListener) -> None:
        """Calls ``listener`` after a channel was added or retitled by this service."""
        self._listeners.append(listener)

    async def add(self, name: str, title: str | None = None) -> tuple[Channel, str]:
        """Adds a channel and returns it with its stream key, which nobody can see again.

        Raises ``ChannelNameInvalid``, ``ChannelTitleInvalid``, ``ChannelExists``.
        """
        key = _new_stream_key()
        channel = Channel(
            name=channel_name(name),
            title=channel_title(name if title is None else title),
            created_at=self._clock(),
            stream_key_hash=hash_stream_key(key),
        )
        async with self._database.write() as session:
            await repository.add(session, channel)
        self._changed(channel.name)
        return channel, key

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

    async def get(self, name: str) -> Channel:
        """Raises ``ChannelNotFound``. May be a second old."""
        found = self._remembered.get(ChannelName(name))
        if found is not None and self._monotonic() - found[0] < REMEMBERED_S:
            return found[1]
        return await self._read(name)

    async def authenticate(self, name: str, key: str | None) -> Channel:
        """The channel, when ``key`` is its stream key.

        Raises ``ChannelNotFound``, ``StreamKeyMissing``, ``StreamKeyRejected``. Cheap: one indexed query, one hash.
        """
        channel = await self._read(name)
        if not key:
            raise StreamKeyMissing
        process_key = self._process_keys.get(channel.name)
        if stream_key_matches(key, channel.stream_key_hash) or (
            process_key is not None and stream_key_matches(key, process_key)
        ):
            return channel
        raise StreamKeyRejected(f"the stream key is not that of the channel {name!r}")

    async def rotate_key(self, name: str) -> str:
        """Replaces the stream key and returns the new one. Raises ``ChannelNotFound``."""
        key = _new_stream_key()
        async with self._database.write() as session:
            if not await repository.set_stream_key_hash(session, ChannelName(name), hash_stream_key(key)):
                raise _not_found(name)
        return key

    async def set_title(self, name: str, title: str) -> Channel:
        """Raises ``ChannelNotFound``, ``ChannelTitleInvalid``."""
        title = channel_title(title)
        async with self._database.write() as session:
            if not await repository.set_title(session, ChannelName(name), title):
                raise _not_found(name)
        channel = await self._read(name)
        self._changed(channel.name)
        return channel

    async def _read(self, name: str) -> Channel:
        channel = None
        if is_channel_name(name):
            async with self._database.read() as session:
                channel = await repository.get(session, ChannelName(name))
        if channel is None:
            raise _not_found(name)
        self._remembered.pop(channel.name, None)
        self._remembered[channel.name] = (self._monotonic(), channel)
        if len(self._remembered) > REMEMBERED_CHANNELS:
            del self._remembered[next(iter(self._remembered))]
        return channel

    def _changed(self, name: ChannelName) -> None:
        self._remembered.pop(name, None)
        self._listed = None
        self._changes += 1
        for listener in self._listeners:
            listener(name)


def _new_stream_key() -> str:
    return secrets.token_urlsafe(STREAM_KEY_ENTROPY_BYTES)


def _not_found(name: str) -> ChannelNotFound:
    return ChannelNotFound(f"there is no channel named {name[:64]!r}")
