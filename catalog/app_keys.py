"""Where the catalog's parts hang in the application; only handlers and ``feature.py`` look them up."""

from dataclasses import dataclass

from aiohttp import web

from catalog.broadcast_log import BroadcastLog
from catalog.feed import ChannelFeed
from catalog.follows import FollowService
from catalog.moderators import ModeratorService
from catalog.people import People
from catalog.personal_data import CatalogPersonalData
from catalog.pictures import PictureService
from catalog.presenter import ChannelPresenter
from catalog.service import ChannelService


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything this room does, and what others need of it."""

    channels: ChannelService
    follows: FollowService
    moderators: ModeratorService
    pictures: PictureService
    broadcasts: BroadcastLog
    feed: ChannelFeed
    presenter: ChannelPresenter
    people: People
    personal_data: CatalogPersonalData


CATALOG = web.AppKey("catalog", Catalog)
CHANNELS = web.AppKey("channels", ChannelService)
