"""The catalog over HTTP: each handler is given a decoded call, calls the service, renders."""

from aiohttp import web

from catalog.app_keys import CHANNELS, FEED, LIVE
from catalog.channel import ChannelName
from catalog.events import stream_events
from catalog.views import ChannelsView, ChannelView, TitleChange, view_channel, view_channels
from infra.endpoints import Call


async def list_channels(call: Call) -> ChannelsView:
    channels = await call.request.app[CHANNELS].list()
    return view_channels(channels, call.request.app[LIVE])


async def get_channel(call: Call) -> ChannelView:
    channel = await call.request.app[CHANNELS].get(call.parts["channel"])
    return view_channel(channel, call.request.app[LIVE].get(channel.name))


async def change_title(call: Call[TitleChange]) -> ChannelView:
    channel = await call.request.app[CHANNELS].set_title(call.parts["channel"], call.body.title)
    return view_channel(channel, call.request.app[LIVE].get(channel.name))


async def channel_events(call: Call) -> web.StreamResponse:
    name = ChannelName(call.parts["channel"])
    return await stream_events(call.request, call.request.app[FEED], name, "state")


async def all_events(call: Call) -> web.StreamResponse:
    return await stream_events(call.request, call.request.app[FEED], None, "channels")
