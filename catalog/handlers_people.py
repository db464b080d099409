"""Followers, moderators and past broadcasts over HTTP."""

from datetime import datetime

from accounts.identity import UserId
from catalog.app_keys import CATALOG
from catalog.broadcast_repository import PastBroadcast
from catalog.channel import Channel
from catalog.follows import Followed
from catalog.handlers import signed_in, view
from catalog.moderators import Moderator
from catalog.requests import FollowingQuery, NewModerator
from catalog.views import (
    BroadcastView,
    ChannelView,
    FollowedView,
    ModeratorsView,
    ModeratorView,
    MyChannelView,
)
from infra.clock import rfc3339
from infra.endpoints import Call, Page, PageQuery


async def follow(call: Call) -> ChannelView:
    catalog, name = call.request.app[CATALOG], call.parts["channel"]
    await catalog.follows.follow(signed_in(call.request), name)
    return await view(call.request, await catalog.channels.get(name))


async def unfollow(call: Call) -> ChannelView:
    catalog, name = call.request.app[CATALOG], call.parts["channel"]
    await catalog.follows.unfollow(signed_in(call.request), name)
    return await view(call.request, await catalog.channels.get(name))


async def following(call: Call[None, FollowingQuery]) -> Page[FollowedView]:
    catalog, limit = call.request.app[CATALOG], call.query.limit
    after = call.query.after(tuple[bool, datetime, int])
    found = await catalog.follows.following(signed_in(call.request), limit + 1, after)
    views = {
        each.channel.id: await catalog.presenter.one(each.channel, followed=True) for each in found[:limit]
    }

    def show(each: Followed) -> FollowedView:
        return FollowedView(views[each.channel.id], rfc3339(each.followed_at))

    return Page.of(found, limit, lambda each: each.key, show)


async def my_channels(call: Call[None, PageQuery]) -> Page[MyChannelView]:
    catalog, limit, caller = call.request.app[CATALOG], call.query.limit, signed_in(call.request)
    after = call.query.after(tuple[bool, str])
    owned = await catalog.channels.owned_by(caller)
    moderated = [each for each in await catalog.moderators.moderated_by(caller) if each.owner_id != caller]

    def key(channel: Channel) -> tuple[bool, str]:
        return (channel.owner_id != caller, channel.name)

    found = [each for each in (*owned, *moderated) if after is None or key(each) > after][: limit + 1]
    followed = await catalog.follows.followed_ids(caller)
    views = {each.id: await catalog.presenter.one(each, each.id in followed) for each in found[:limit]}

    def show(channel: Channel) -> MyChannelView:
        return MyChannelView(views[channel.id], "owner" if channel.owner_id == caller else "moderator")

    return Page.of(found, limit, key, show)


async def list_moderators(call: Call) -> ModeratorsView:
    found = await call.request.app[CATALOG].moderators.list(call.parts["channel"])
    return ModeratorsView([_moderator(each) for each in found])


async def add_moderator(call: Call[NewModerator]) -> ModeratorView:
    moderators = call.request.app[CATALOG].moderators
    return _moderator(
        await moderators.add(call.parts["channel"], call.body.user, actor=signed_in(call.request))
    )


async def remove_moderator(call: Call) -> None:
    moderators = call.request.app[CATALOG].moderators
    await moderators.remove(call.parts["channel"], UserId(call.parts["user"]), actor=signed_in(call.request))


async def list_broadcasts(call: Call[None, PageQuery]) -> Page[BroadcastView]:
    log, limit = call.request.app[CATALOG].broadcasts, call.query.limit
    found = await log.past(call.parts["channel"], limit + 1, call.query.after(tuple[datetime, int]))
    return Page.of(found, limit, lambda each: (each.started_at, each.id), _broadcast)


def _moderator(moderator: Moderator) -> ModeratorView:
    return ModeratorView(moderator.user_id, moderator.display_name, rfc3339(moderator.added_at))


def _broadcast(past: PastBroadcast) -> BroadcastView:
    return BroadcastView(past.id, rfc3339(past.started_at), rfc3339(past.ended_at), past.peak_viewers)
