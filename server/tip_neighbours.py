"""Where tips meet accounts and chat: whose a wallet is, what its owner is to the channel, what may be shown."""

from collections.abc import Collection, Mapping, Sequence

from accounts.ethereum import Address
from accounts.identity import UserId
from accounts.services.directory import PeopleDirectory
from accounts.services.wallets import WalletService
from catalog.channel import ChannelId
from catalog.service import ChannelService
from chat.people import Support
from chat.services.text_rules import TextRules
from chat.standings import ChannelRef, Standings, badges
from tipping.messages import MessageState
from tipping.neighbours import Judged
from tipping.shown import From
from tipping.supporters import TipSupporters


class KnownSenders:
    """``tipping.neighbours.Senders`` over the accounts and the chat's standings."""

    def __init__(self, people: PeopleDirectory, channels: ChannelService, standings: Standings) -> None:
        self._people = people
        self._channels = channels
        self._standings = standings

    async def known(self, channel: int, wallets: Collection[Address], /) -> Mapping[Address, From]:
        owners = await self._people.by_wallets(wallets)
        found = await self._channels.find(ChannelId(channel)) if owners else None
        if found is None:
            return {wallet: From(user, name) for wallet, (user, name, _) in owners.items()}
        to = ChannelRef(found.id, found.name)
        badges_of: dict[UserId, tuple[str, ...]] = {}
        for user, _, is_admin in owners.values():
            if user not in badges_of:
                speaker = await self._standings.of_account(to, user, is_admin=is_admin)
                badges_of[user] = tuple(badges(speaker))
        return {wallet: From(user, name, badges_of[user]) for wallet, (user, name, _) in owners.items()}


class ChatMessages:
    """``tipping.neighbours.Messages``: what the chat's rules let through."""

    def __init__(self, rules: TextRules) -> None:
        self._rules = rules

    async def judge(self, channel: int, said: Sequence[tuple[str | None, str]], /) -> Sequence[Judged]:
        return [Judged(each.text, _STATES[each.outcome]) for each in await self._rules.judge(channel, said)]


class LinkedWallets:
    """``tipping.history.Wallets`` over the accounts."""

    def __init__(self, wallets: WalletService) -> None:
        self._wallets = wallets

    async def of(self, user_id: UserId, /) -> Collection[Address]:
        return [wallet.address for wallet in await self._wallets.list(user_id)]


class TippingSupporters:
    """``chat.people.Supporters``: those who tip."""

    def __init__(self, supporters: TipSupporters) -> None:
        self._supporters = supporters

    async def support(self, user_id: UserId, channel_id: int, /) -> Support | None:
        found = await self._supporters.support(user_id, channel_id)
        return None if found is None else Support(found.tier, found.is_top)


_STATES: Mapping[str, MessageState] = {"shown": "shown", "held": "held", "refused": "hidden"}
