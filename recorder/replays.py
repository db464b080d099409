"""Finished recordings as everyone may watch them, with what was said and given meanwhile.

Public ones are listed, unlisted ones are for whoever has the address, private ones for those who may change them.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.identity import Identity
from accounts.permissions import ChannelSubject, Permission, may
from catalog.channel import Channel, ChannelId
from catalog.service import ChannelService
from infra.clock import Clock, utc_now
from infra.database import Database

from . import repository
from .errors import RecordingNotFound, RecordingUnderWay
from .happenings import Happening, Happenings, Place, Source, Stretch, Visitor
from .recordings import Recording, RecordingId, State, Visibility

BINS_MAX = 500
_TOTALS_HOLD_S = 60.0
_TOTALS_REMEMBERED = 2_000

Position = tuple[int, int, str]
"""Clock in milliseconds, number of the source, key: what a page comes after."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A recording for somebody who may see it. ``mine``: who may change it."""

    recording: Recording
    channel: Channel
    mine: bool


@dataclass(frozen=True, slots=True)
class Density:
    bin_ms: int
    counts: Mapping[Source, Sequence[int]]


class ReplayService:
    """Reads only."""

    def __init__(
        self,
        database: Database,
        channels: ChannelService,
        *,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._channels = channels
        self._clock = clock
        self._monotonic = monotonic
        self._sources: dict[Source, Happenings] = {}
        self._totals: OrderedDict[tuple[Source, int], tuple[float, int]] = OrderedDict()

    def add(self, source: Source, happenings: Happenings) -> None:
        """Asks this one, too."""
        self._sources[source] = happenings

    async def list(self, name: str, limit: int, after: tuple[datetime, str] | None) -> Sequence[Recording]:
        """The public ones, newest first. Raises ``ChannelNotFound``, ``ChannelMoved``."""
        channel = await self._channels.get(name)
        async with self._database.read() as session:
            return await repository.of_channel(
                session, channel.id, limit, after, [Visibility.PUBLIC], [State.READY]
            )

    async def find(self, recording_id: str) -> Recording:
        """Whoever may see it. Raises ``RecordingNotFound``, also for one with nothing in it, ``RecordingUnderWay``."""
        async with self._database.read() as session:
            found = await repository.get(session, RecordingId(recording_id))
        if found is None or found.state is State.EMPTY:
            raise RecordingNotFound
        if not found.is_ready:
            raise (
                RecordingNotFound if found.is_private else RecordingUnderWay("it can be watched in a moment")
            )
        return found

    async def for_everyone(self, recording_id: str) -> Recording | None:
        """A public or unlisted one, also while it is being written; ``None`` for what is private, empty or unknown."""
        async with self._database.read() as session:
            found = await repository.get(session, RecordingId(recording_id))
        return None if found is None or found.is_private or found.state is State.EMPTY else found

    async def get(self, recording_id: str, identity: Identity) -> Shown:
        """Raises ``RecordingNotFound``, also for those who may not know of it, and ``RecordingUnderWay``."""
        found = await self.find(recording_id)
        channel = await self._channels.find(ChannelId(found.channel_id))
        if channel is None:
            raise RecordingNotFound
        subject = ChannelSubject(channel.owner_id)
        mine = may(identity, Permission.KEEP_RECORDINGS, subject, now=self._clock())
        if found.is_private and not mine:
            raise RecordingNotFound
        return Shown(found, channel, mine)

    async def totals(self, recordings: Sequence[Recording]) -> Mapping[Source, Mapping[int, int]]:
        """How much was said and given in their broadcasts; a minute old at most."""
        broadcasts = {each.broadcast_id for each in recordings if each.broadcast_id is not None}
        return {source: await self._totals_of(source, broadcasts) for source in Source}

    async def events(
        self, shown: Shown, visitor: Visitor, after: Position | None, from_ms: int, limit: int
    ) -> Sequence[tuple[Source, Happening]]:
        """In order, from ``from_ms`` on, or after the last one of the page before."""
        place, whole = _place(shown), _stretch(shown.recording)
        if place is None:
            return []
        found: list[tuple[Source, Happening]] = []
        for source, happenings in sorted(self._sources.items()):
            since_ms, key = max(from_ms, whole.from_ms), None
            if after is not None and after[0] >= since_ms:
                since_ms, key = _beyond(after, source)
            if since_ms < whole.before_ms:
                stretch = Stretch(since_ms, whole.before_ms)
                page = await happenings.page(visitor, place, stretch, key, limit)
                found += [(source, each) for each in page]
        found.sort(key=lambda each: (each[1].clock_ms, each[0]))  # stable: by key within a source
        return found[:limit]

    async def density(self, shown: Shown, bins: int) -> Density:
        """Over the recording, from its beginning on."""
        place, whole = _place(shown), _stretch(shown.recording)
        bin_ms = max(1, -(-(whole.before_ms - whole.from_ms) // bins))
        counts: dict[Source, Sequence[int]] = {}
        for source in Source:
            happenings = self._sources.get(source)
            counted: Mapping[int, int] = {}
            if place is not None and happenings is not None:
                counted = await happenings.counts(place, whole, bin_ms)
            counts[source] = [counted.get(number, 0) for number in range(bins)]
        return Density(bin_ms, counts)

    async def _totals_of(self, source: Source, broadcasts: set[int]) -> Mapping[int, int]:
        happenings, now_s = self._sources.get(source), self._monotonic()
        if happenings is None:
            return {}
        known = {}
        for broadcast in broadcasts:
            remembered = self._totals.get((source, broadcast))
            if remembered is not None and now_s - remembered[0] < _TOTALS_HOLD_S:
                known[broadcast] = remembered[1]
        if unknown := broadcasts - known.keys():
            counted = await happenings.totals(unknown)
            for broadcast in unknown:
                known[broadcast] = counted.get(broadcast, 0)
                self._totals[source, broadcast] = (now_s, known[broadcast])
                self._totals.move_to_end((source, broadcast))
        while len(self._totals) > _TOTALS_REMEMBERED:
            self._totals.popitem(last=False)
        return known


def _place(shown: Shown) -> Place | None:
    """``None`` when nobody noted which broadcast it was."""
    recording = shown.recording
    if recording.broadcast_id is None:
        return None
    return Place(recording.channel_id, shown.channel.name, recording.broadcast_id)


def _stretch(recording: Recording) -> Stretch:
    first = recording.begins_ms
    return Stretch(first, max((part.start_ms + part.duration_ms for part in recording.parts), default=first))


def _beyond(after: Position, source: Source) -> tuple[int, str | None]:
    """Where a source goes on: what comes before it at one moment is done, what comes later has not begun."""
    clock_ms, of, key = after
    if source == of:
        return clock_ms, key
    return (clock_ms, None) if source > of else (clock_ms + 1, None)
