"""Tips over HTTP: each handler is given a decoded call, calls a service, renders."""

from typing import Any

import msgspec
from aiohttp import web

from catalog.app_keys import CATALOG
from catalog.channel import Channel
from infra.endpoints import Call, add_endpoint
from infra.storage import storage
from tipping import endpoints as declared
from tipping import topics
from tipping.app_keys import TIPPING, Tipping
from tipping.errors import NoSuchTip
from tipping.messages import TipMessage, TipView
from tipping.requests import Announcement, HeldQuery, LeaderboardQuery, MessageChange, TipsQuery
from tipping.tips import TransactionHash
from tipping.views import AnnouncedView, ChannelTippingView, LeaderboardView, TipsView

LEADERBOARD_MAX = 50


async def get_channel_tipping(call: Call) -> ChannelTippingView:
    channel = await _channel(call)
    with storage():
        broadcast = await call.request.app[CATALOG].broadcasts.running(channel.id)
    return ChannelTippingView(channel.id, channel.payout_wallet, broadcast or 0)


async def list_tips(call: Call[None, TipsQuery]) -> TipsView:
    query, stages = call.query, _tipping(call).stages
    channel, before = await _channel(call), _number(call.query.before)
    with storage():
        if query.broadcast is None:
            found = await stages.page(channel.id, query.limit + 1, before)
        else:
            found = await stages.by_clock(channel.id, query.broadcast, query.limit + 1, before)
    return _page(list(found), query.limit)


async def get_leaderboard(call: Call[None, LeaderboardQuery]) -> LeaderboardView:
    channel, period = await _channel(call), call.query.period
    with storage():
        top = await _tipping(call).stages.leaderboard(channel.id, period, LEADERBOARD_MAX)
    return LeaderboardView(period, list(top))


async def list_held(call: Call[None, HeldQuery]) -> TipsView:
    channel, limit = await _channel(call), call.query.limit
    with storage():
        found = await _tipping(call).stages.withheld(channel.id, limit + 1, _number(call.query.before))
    return _page([msgspec.structs.replace(tip, message=text) for tip, text in found], limit)


async def set_message(call: Call[MessageChange]) -> TipView:
    channel, tipping = await _channel(call), _tipping(call)
    number = call.parts["tip"]
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        raise NoSuchTip
    with storage():
        tip = await tipping.stages.set_message_state(channel.id, int(number), call.body.state)
    event = TipMessage(tip.id, tip.message, tip.message_state)
    await tipping.outbox.publish(topics.public(channel.id), event)
    await tipping.overlays.message_changed(channel.id, tip.id, tip.message, tip.message_state)
    return tip


async def announce(call: Call[Announcement]) -> AnnouncedView:
    channel = await _channel(call)
    transaction = TransactionHash(call.body.transaction.lower())
    with storage():
        return AnnouncedView(await _tipping(call).pending.announce(channel.id, transaction))


def add_routes(app: web.Application) -> None:
    """Registers every endpoint of tips."""
    add_endpoint(app, declared.GET_CHANNEL_TIPPING, get_channel_tipping)
    add_endpoint(app, declared.LIST_TIPS, list_tips)
    add_endpoint(app, declared.GET_LEADERBOARD, get_leaderboard)
    add_endpoint(app, declared.LIST_HELD, list_held)
    add_endpoint(app, declared.SET_MESSAGE, set_message)
    add_endpoint(app, declared.ANNOUNCE, announce)


def _tipping(call: Call[Any, Any]) -> Tipping:
    return call.request.app[TIPPING]


async def _channel(call: Call[Any, Any]) -> Channel:
    """Raises ``ChannelNotFound``, ``ChannelMoved``."""
    return await call.request.app[CATALOG].channels.get(call.parts["channel"])


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _page(found: list[TipView], limit: int) -> TipsView:
    return TipsView(found[:limit], found[limit - 1].id if len(found) > limit else None)
