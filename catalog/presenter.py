"""Channels ready to be shown: what is stored, what is live, and the owners' names put together.

Owners' names come from another room and change rarely; they are remembered for ten seconds (at most 4,096 of them,
the oldest forgotten first).
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping

from accounts.identity import UserId
from catalog.channel import Channel, ChannelId
from catalog.live import LiveStates
from catalog.people import People
from catalog.views import ChannelsView, ChannelView, OwnerView, view_channel

NAMES_REMEMBERED_S = 10.0
NAMES_REMEMBERED = 4_096


class ChannelPresenter:
    """Makes views of channels. ``followed`` is what the viewer follows, ``None`` for a viewer nobody knows."""

    def __init__(
        self, live: LiveStates, people: People, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._live = live
        self._people = people
        self._monotonic = monotonic
        self._names: dict[UserId, tuple[float, str]] = {}

    async def one(self, channel: Channel, followed: bool | None = None) -> ChannelView:
        owners = await self._owners((channel,))
        return view_channel(channel, self._live.get(channel.name), _owner(channel, owners), followed)

    async def many(
        self, channels: Collection[Channel], followed: Collection[ChannelId] | None = None
    ) -> ChannelsView:
        """Followed live channels, other live ones, then the rest; the most watched on top, then by name."""
        owners = await self._owners(channels)
        views = [
            view_channel(
                channel,
                self._live.get(channel.name),
                _owner(channel, owners),
                None if followed is None else channel.id in followed,
            )
            for channel in channels
        ]
        views.sort(
            key=lambda view: (not view.live, not (view.live and view.followed), -view.viewers, view.name)
        )
        return ChannelsView(views)

    async def _owners(self, channels: Iterable[Channel]) -> Mapping[UserId, str]:
        now = self._monotonic()
        wanted = {channel.owner_id for channel in channels if channel.owner_id is not None}
        names = {
            owner: known[1]
            for owner in wanted
            if (known := self._names.get(owner)) is not None and now - known[0] < NAMES_REMEMBERED_S
        }
        if unknown := wanted - names.keys():
            found = await self._people.display_names(unknown)
            for owner, name in found.items():
                self._names.pop(owner, None)
                self._names[owner] = (now, name)
            while len(self._names) > NAMES_REMEMBERED:
                del self._names[next(iter(self._names))]
            names.update(found)
        return names


def _owner(channel: Channel, names: Mapping[UserId, str]) -> OwnerView | None:
    if channel.owner_id is None or channel.owner_id not in names:
        return None
    return OwnerView(channel.owner_id, names[channel.owner_id])
