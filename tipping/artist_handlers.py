"""Goals, histories and overlays over HTTP: each handler is given a decoded call, calls a service, renders."""

from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from accounts.authorizer import identity_of
from accounts.ethereum import checksum_address
from accounts.identity import UserId
from catalog.app_keys import CATALOG
from catalog.channel import Channel
from infra.endpoint import AnyEndpoint
from infra.endpoints import Call, add_endpoint
from infra.request_errors import NotSignedIn
from infra.storage import storage
from tipping import artist_endpoints as declared
from tipping.app_keys import TIPPING, Tipping
from tipping.artist_requests import DaysQuery, GivenQuery, HistoryQuery, NewGoal, OverlayCommand
from tipping.artist_views import (
    DaysView,
    GivenTipsView,
    OverlayTokenView,
    OverlayView,
    ReceivedTipsView,
)
from tipping.errors import GoalInvalid
from tipping.history import within_days
from tipping.messages import GoalView
from tipping.overlay import OverlaySettings
from tipping.overlay_repository import StoredOverlay


async def set_goal(call: Call[NewGoal]) -> GoalView:
    channel, goal = await _channel(call), call.body
    token = None
    if goal.token is not None:
        token = checksum_address(goal.token)
        if token is None:
            raise GoalInvalid("the coin is named by its contract's address")
    with storage():
        return await _tipping(call).goals.set(channel.id, goal.title, int(goal.target), token)


async def end_goal(call: Call) -> None:
    channel = await _channel(call)
    with storage():
        await _tipping(call).goals.end(channel.id)


async def get_history(call: Call[None, HistoryQuery]) -> ReceivedTipsView:
    channel, query = await _channel(call), call.query
    within, before = within_days(query.since, query.until), _number(query.before)
    with storage():
        found = await _tipping(call).history.received(channel.id, within, query.limit + 1, before)
    more = len(found) > query.limit
    shown = list(found[: query.limit])
    return ReceivedTipsView(shown, shown[-1].id if more else None)


async def get_history_table(call: Call[None, DaysQuery]) -> web.StreamResponse:
    channel, query = await _channel(call), call.query
    table = _tipping(call).history.received_table(channel.id, within_days(query.since, query.until))
    return await _send_table(call.request, declared.GET_HISTORY_TABLE, f"tips-{channel.name}.csv", table)


async def get_days(call: Call[None, DaysQuery]) -> DaysView:
    channel, query = await _channel(call), call.query
    with storage():
        return DaysView(
            list(await _tipping(call).history.days(channel.id, within_days(query.since, query.until)))
        )


async def list_my_tips(call: Call[None, GivenQuery]) -> GivenTipsView:
    user_id, limit = _caller(call), call.query.limit
    with storage():
        found = await _tipping(call).history.given(user_id, limit + 1, _number(call.query.before))
    shown = list(found[:limit])
    return GivenTipsView(shown, shown[-1].id if len(found) > limit else None)


async def get_my_table(call: Call) -> web.StreamResponse:
    table = _tipping(call).history.given_table(_caller(call))
    return await _send_table(call.request, declared.GET_MY_TABLE, "my-tips.csv", table)


async def get_overlay(call: Call) -> OverlayView:
    channel = await _channel(call)
    with storage():
        return _view(await _tipping(call).overlays.get(channel.id))


async def set_overlay(call: Call[OverlaySettings]) -> OverlayView:
    channel = await _channel(call)
    with storage():
        return _view(await _tipping(call).overlays.change_settings(channel.id, call.body))


async def rotate_overlay_token(call: Call) -> OverlayTokenView:
    channel = await _channel(call)
    with storage():
        return OverlayTokenView(await _tipping(call).overlays.rotate_token(channel.id))


async def command_overlay(call: Call[OverlayCommand]) -> None:
    channel = await _channel(call)
    with storage():
        await _tipping(call).overlays.command(channel.id, call.body.do)


def add_artist_routes(app: web.Application) -> None:
    """Registers every endpoint for artists and fans."""
    add_endpoint(app, declared.SET_GOAL, set_goal)
    add_endpoint(app, declared.END_GOAL, end_goal)
    add_endpoint(app, declared.GET_HISTORY, get_history)
    add_endpoint(app, declared.GET_HISTORY_TABLE, get_history_table)
    add_endpoint(app, declared.GET_DAYS, get_days)
    add_endpoint(app, declared.LIST_MY_TIPS, list_my_tips)
    add_endpoint(app, declared.GET_MY_TABLE, get_my_table)
    add_endpoint(app, declared.GET_OVERLAY, get_overlay)
    add_endpoint(app, declared.SET_OVERLAY, set_overlay)
    add_endpoint(app, declared.ROTATE_OVERLAY_TOKEN, rotate_overlay_token)
    add_endpoint(app, declared.COMMAND_OVERLAY, command_overlay)


async def _send_table(
    request: web.Request, endpoint: AnyEndpoint, name: str, pieces: AsyncIterator[str]
) -> web.StreamResponse:
    with storage():
        first = await anext(pieces)
    response = web.StreamResponse(
        headers={
            "Cache-Control": endpoint.cache,
            "Content-Type": "text/csv; charset=utf-8; header=present",
            "Content-Disposition": f'attachment; filename="{name}"',
        }
    )
    await response.prepare(request)
    if request.method != "HEAD":
        await response.write(first.encode())
        # What fails from here on cuts the answer off, which its reader notices: it has no end.
        async for piece in pieces:
            await response.write(piece.encode())
    await response.write_eof()
    return response


def _tipping(call: Call[Any, Any]) -> Tipping:
    return call.request.app[TIPPING]


def _caller(call: Call[Any, Any]) -> UserId:
    user_id = identity_of(call.request).user_id
    if user_id is None:
        raise NotSignedIn
    return user_id


async def _channel(call: Call[Any, Any]) -> Channel:
    """Raises ``ChannelNotFound``, ``ChannelMoved``."""
    return await call.request.app[CATALOG].channels.get(call.parts["channel"])


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _view(overlay: StoredOverlay) -> OverlayView:
    return OverlayView(overlay.settings, overlay.paused, overlay.muted, overlay.has_token)
