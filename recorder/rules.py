"""What the owners of channels have decided of recordings that are yet to come, and what holds where they have not."""

from collections.abc import Callable

from msgspec import UNSET, UnsetType

from catalog.service import ChannelService
from infra.database import Database

from . import repository
from .recordings import Policy, Rules, Visibility


class RecordingRules:
    """``default_policy`` and ``keep_days`` (0: for ever) hold where nothing was decided."""

    def __init__(
        self, database: Database, channels: ChannelService, *, default_policy: Policy, keep_days: int = 0
    ) -> None:
        self._database = database
        self._channels = channels
        self._never_listeners: list[Callable[[str], None]] = []
        self._default = Rules(default_policy, Visibility.PRIVATE, keep_days)

    def on_never(self, listener: Callable[[str], None]) -> None:
        """Calls ``listener`` with the channel's name after its owner has decided that it is never recorded."""
        self._never_listeners.append(listener)

    async def of(self, name: str) -> Rules:
        """Raises ``ChannelNotFound``, ``ChannelMoved``."""
        channel = await self._channels.get(name)
        async with self._database.read() as session:
            decided = await repository.decided_of(session, channel.id)
        return decided.or_else(self._default)

    async def decide(
        self,
        name: str,
        *,
        policy: Policy | None = None,
        visibility: Visibility | None = None,
        keep_days: int | UnsetType | None = UNSET,
    ) -> None:
        """What is left out stays; ``keep_days`` as ``None`` is as the setting says. Raises ``ChannelNotFound``,
        ``ChannelMoved``.
        """
        channel = await self._channels.get(name)
        async with self._database.write() as session:
            if policy is not None:
                await repository.set_policy(session, channel.id, policy)
            if visibility is not None:
                await repository.set_new_visibility(session, channel.id, visibility)
            if keep_days is not UNSET:
                await repository.set_keep_days(session, channel.id, keep_days)
        if policy is Policy.NEVER:
            for listener in self._never_listeners:
                listener(name)
