"""Where the catalog's parts hang in the application; only handlers and ``feature.py`` look them up."""

from aiohttp import web

from catalog.feed import ChannelFeed
from catalog.live import LiveStates
from catalog.service import ChannelService

CHANNELS = web.AppKey("channels", ChannelService)
FEED = web.AppKey("channel_feed", ChannelFeed)
LIVE: web.AppKey[LiveStates] = web.AppKey("live_states", LiveStates)
