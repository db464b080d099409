"""Channels over HTTP: each handler is given a decoded call, calls the service, renders."""

from aiohttp import web

from accounts.authorizer import identity_of
from accounts.identity import UserId
from catalog.app_keys import CATALOG
from catalog.channel import Channel, ChannelName
from catalog.events import stream_events
from catalog.requests import ChannelChange, ChannelsQuery, NewChannel, PayoutWalletChange
from catalog.views import ChannelsView, ChannelView, NewChannelView, StreamKeyView
from infra.endpoints import Call
from infra.request_errors import NotAllowed, NotSignedIn


async def list_channels(call: Call[None, ChannelsQuery]) -> ChannelsView:
    catalog = call.request.app[CATALOG]
    caller = identity_of(call.request).user_id
    channels = await catalog.channels.list()
    if caller is None:
        if call.query.followed:
            raise NotSignedIn("say who you are, to see what you follow")
        return await catalog.presenter.many(channels)
    followed = await catalog.follows.followed_ids(caller)
    if call.query.followed:
        channels = [channel for channel in channels if channel.id in followed]
    return await catalog.presenter.many(channels, followed)


async def create_channel(call: Call[NewChannel]) -> NewChannelView:
    catalog = call.request.app[CATALOG]
    caller = signed_in(call.request)
    channel, key = await catalog.channels.create(call.body.name, call.body.title, caller)
    await catalog.people.became_artist(caller)
    return NewChannelView(await catalog.presenter.one(channel, followed=False), key)


async def get_channel(call: Call) -> ChannelView:
    return await view(call.request, await call.request.app[CATALOG].channels.get(call.parts["channel"]))


async def change_channel(call: Call[ChannelChange]) -> ChannelView:
    change, name = call.body, call.parts["channel"]
    if identity_of(call.request).is_anonymous and change != ChannelChange(title=change.title):
        raise NotAllowed("a stream key changes the title only; sign in as the owner for the rest")
    channels = call.request.app[CATALOG].channels
    links = None if change.links is None else [(link.label, link.url) for link in change.links]
    channel = await channels.change(
        name, title=change.title, description=change.description, links=links, new_name=change.name
    )
    return await view(call.request, channel)


async def delete_channel(call: Call) -> None:
    catalog = call.request.app[CATALOG]
    channel = await catalog.channels.delete(call.parts["channel"], actor=signed_in(call.request))
    await catalog.pictures.drop_unused(channel.picture)


async def rotate_stream_key(call: Call) -> StreamKeyView:
    channels = call.request.app[CATALOG].channels
    return StreamKeyView(await channels.rotate_key(call.parts["channel"], actor=signed_in(call.request)))


async def set_picture(call: Call[bytes]) -> ChannelView:
    pictures = call.request.app[CATALOG].pictures
    return await view(call.request, await pictures.replace(call.parts["channel"], call.body))


async def remove_picture(call: Call) -> ChannelView:
    return await view(call.request, await call.request.app[CATALOG].pictures.remove(call.parts["channel"]))


async def set_payout_wallet(call: Call[PayoutWalletChange]) -> ChannelView:
    return await _pay_to(call.request, call.parts["channel"], call.body.address)


async def remove_payout_wallet(call: Call) -> ChannelView:
    return await _pay_to(call.request, call.parts["channel"], None)


async def channel_events(call: Call) -> web.StreamResponse:
    name = ChannelName(call.parts["channel"])
    return await stream_events(call.request, call.request.app[CATALOG].feed, name, "state")


async def all_events(call: Call) -> web.StreamResponse:
    return await stream_events(call.request, call.request.app[CATALOG].feed, None, "channels")


async def view(request: web.Request, channel: Channel) -> ChannelView:
    """The channel as the caller sees it."""
    catalog = request.app[CATALOG]
    caller = identity_of(request).user_id
    followed = None if caller is None else await catalog.follows.follows(caller, channel)
    return await catalog.presenter.one(channel, followed)


def signed_in(request: web.Request) -> UserId:
    """Who calls an endpoint that is for people. Raises ``NotSignedIn``."""
    caller = identity_of(request).user_id
    if caller is None:
        raise NotSignedIn
    return caller


async def _pay_to(request: web.Request, name: str, address: str | None) -> ChannelView:
    catalog, caller = request.app[CATALOG], signed_in(request)
    return await view(request, await catalog.channels.set_payout_wallet(name, address, actor=caller))
