"""Whose tips are whose, as the channels say."""

from accounts.ethereum import Address
from catalog.channel import ChannelId
from catalog.service import ChannelService

CHANNELS_MAX = 2**31 - 1
"""Numbers of channels and broadcasts are 32-bit integers in the database."""


class ChannelPayees:
    """A tip to a channel is one to the payout wallet it has when the tip is first seen."""

    def __init__(self, channels: ChannelService) -> None:
        self._channels = channels

    async def is_payee(self, channel: int, artist: Address) -> bool:
        """False also for a channel that is no more."""
        if channel > CHANNELS_MAX:
            # PostgreSQL refuses to look for such a number, and anyone can put it on the chain.
            return False
        found = await self._channels.find(ChannelId(channel))
        return found is not None and found.payout_wallet == artist
