"""Overlays as their artists run them, and what their pages are told. Owns the transactions; knows no connections."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never

from infra.bus import Bus
from infra.clock import Clock, utc_now
from infra.database import Database
from infra.outbox import Outbox
from tipping import overlay_repository, topics
from tipping.events import Tip, Told
from tipping.messages import MessageState
from tipping.overlay import (
    Command,
    Nudge,
    OverlayEvent,
    OverlayMessage,
    OverlayNudge,
    OverlayRotated,
    OverlaySettings,
    OverlaySettingsChanged,
    OverlayState,
    OverlayTip,
    OverlayWithdrawn,
    hash_token,
)
from tipping.overlay_repository import StoredOverlay
from tipping.stages import Stages

TOKEN_ENTROPY_BYTES = 32
ALERT_WITHIN = timedelta(minutes=10)
"""What is found later, after a time without a node or a server, is in the history and no alert any more."""


class OverlayService:
    """Settings, tokens and commands. Whatever is told waits in the outbox while the bus is away."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox

    async def get(self, channel: int) -> StoredOverlay:
        async with self._database.read() as session:
            return await overlay_repository.get(session, channel)

    async def change_settings(self, channel: int, settings: OverlaySettings) -> StoredOverlay:
        async with self._database.write() as session:
            overlay = await overlay_repository.change(session, channel, settings=settings)
        await self._tell(channel, OverlaySettingsChanged(overlay.settings))
        return overlay

    async def rotate_token(self, channel: int) -> str:
        """A new token, which nobody can see again; whoever came with the old one is sent away."""
        token = secrets.token_urlsafe(TOKEN_ENTROPY_BYTES)
        token_hash = hash_token(token)
        assert token_hash is not None
        async with self._database.write() as session:
            generation = await overlay_repository.set_token(session, channel, token_hash)
        await self._tell(channel, OverlayRotated(generation))
        return token

    async def command(self, channel: int, command: Command) -> None:
        """Pausing and muting hold until they are taken back; the rest is done once, by whoever is there."""
        match command:
            case "pause" | "resume":
                await self._set(channel, paused=command == "pause")
            case "mute" | "unmute":
                await self._set(channel, muted=command == "mute")
            case "skip" | "replay" | "test":
                await self._nudge(channel, command)
            case _:
                assert_never(command)

    async def message_changed(self, channel: int, tip_id: str, message: str, state: MessageState) -> None:
        """A moderator has hidden or released the message of a tip."""
        await self._tell(channel, OverlayMessage(tip_id, message, state))

    async def _set(self, channel: int, **values: bool) -> None:
        async with self._database.write() as session:
            overlay = await overlay_repository.change(session, channel, **values)
        await self._tell(channel, OverlayState(overlay.paused, overlay.muted))

    async def _nudge(self, channel: int, nudge: Nudge) -> None:
        await self._outbox.signal(topics.overlay(channel), OverlayNudge(nudge))

    async def _tell(self, channel: int, event: OverlayEvent) -> None:
        await self._outbox.publish(topics.overlay(channel), event)


class OverlayEvents:
    """``TipEvents`` for overlays: tips of this moment, and what becomes of them."""

    def __init__(self, bus: Bus, stages: Stages, *, clock: Clock = utc_now) -> None:
        self._bus = bus
        self._stages = stages
        self._clock = clock

    async def seen(self, tip: Tip) -> None:
        mined_ago_s = self._clock().timestamp() - tip.mined.place.mined_at_s
        if mined_ago_s < ALERT_WITHIN.total_seconds():
            await self._tell(tip, Told.SEEN, OverlayTip(await self._stages.view(tip)))

    async def confirmed(self, tip: Tip) -> None:
        """Nothing: it was shown when it was seen."""

    async def withdrawn(self, tip: Tip) -> None:
        await self._tell(tip, Told.WITHDRAWN, OverlayWithdrawn(str(tip.id)))

    async def settled(self, tips: Sequence[Tip]) -> None:
        """Nothing."""

    async def _tell(self, tip: Tip, step: Told, event: OverlayEvent) -> None:
        key = f"overlay:{tip.id}:{step.value}:{tip.turn}"
        await self._bus.publish(topics.overlay(tip.mined.details.channel), topics.encode(event), key=key)
