"""Asks the one permission core whether somebody moderates a channel, each time anew."""

from accounts.authorizer import ChannelFacts
from accounts.identity import Identity
from accounts.permissions import Permission, require
from chat.standings import ChannelRef
from infra.clock import Clock
from infra.request_errors import NotSignedIn


class ModeratorGate:
    """The gate to everything that is for moderators."""

    def __init__(self, channels: ChannelFacts, clock: Clock) -> None:
        self._channels = channels
        self._clock = clock

    async def require(self, channel: ChannelRef, identity: Identity) -> None:
        """Raises ``NotSignedIn``, ``NotAllowed``."""
        if identity.user_id is None:
            raise NotSignedIn
        subject = await self._channels.channel_subject(channel.name, identity.user_id)
        require(identity, Permission.MODERATE_CHANNEL, subject, now=self._clock())

    def require_chat(self, identity: Identity) -> None:
        """What everyone with an account may do. Raises ``NotSignedIn``, ``NotAllowed``."""
        require(identity, Permission.CHAT, now=self._clock())
