"""Chat over HTTP: each handler is given a decoded call, calls a service, renders."""

from typing import Any

from aiohttp import web

from accounts.authorizer import identity_of
from accounts.visitor_addresses import truncated
from catalog.app_keys import CHANNELS
from chat import endpoints as declared
from chat.app_keys import CHAT, Chat
from chat.moderation_log import BlockedTermView, Note
from chat.people import Speaker
from chat.requests import LogQuery, MessagesQuery, NewNote, SearchQuery, TermsChange
from chat.standings import ChannelRef
from chat.views import (
    ChattersView,
    FoundLine,
    FoundView,
    LogView,
    MessagesView,
    NotesView,
    RestrictionsView,
    TermsView,
)
from infra.clients import CLIENTS
from infra.endpoints import Call, add_endpoint
from infra.request_errors import QueryInvalid


async def list_messages(call: Call[None, MessagesQuery]) -> MessagesView:
    query, history = call.query, _chat(call).history
    channel, limit = await _channel(call), call.query.limit
    network = truncated(call.request.app[CLIENTS].address(call.request))
    await _chat(call).moderation.require_may_read(channel, network, lambda: _speaker(call, channel))
    if query.broadcast is not None:
        if query.before is not None:
            raise QueryInvalid("before: not together with broadcast")
        found = await history.by_clock(channel, query.broadcast, query.from_ms, query.to_ms, limit + 1)
        return MessagesView(list(found[:limit]), len(found) > limit)
    found = await history.before(channel, query.before, limit + 1)
    return MessagesView(list(found[-limit:]), len(found) > limit)


async def search(call: Call[None, SearchQuery]) -> FoundView:
    query = call.query
    if query.q is None and query.user is None:
        raise QueryInvalid("q: needed, or user")
    found = await _chat(call).history.search(
        await _channel(call), query.q, query.user, query.before, query.limit + 1
    )
    lines = [FoundLine(each.message, each.state, each.deleted_by) for each in found[: query.limit]]
    return FoundView(lines, len(found) > query.limit)


async def read_log(call: Call[None, LogQuery]) -> LogView:
    limit = call.query.limit
    found = await _chat(call).moderation.log(await _channel(call), call.query.before, limit + 1)
    return LogView(list(found[:limit]), len(found) > limit)


async def list_restrictions(call: Call) -> RestrictionsView:
    return RestrictionsView(list(await _chat(call).moderation.restrictions(await _channel(call))))


async def list_chatters(call: Call) -> ChattersView:
    return ChattersView(*await _chat(call).rooms.chatters((await _channel(call)).id))


async def get_terms(call: Call) -> TermsView:
    return TermsView(list(await _chat(call).moderation.terms(await _channel(call))))


async def set_terms(call: Call[TermsChange]) -> TermsView:
    terms = [BlockedTermView(each.term, each.action) for each in call.body.terms]
    channel = await _channel(call)
    kept = await _chat(call).moderation.set_terms(channel, await _speaker(call, channel), terms)
    return TermsView(list(kept))


async def list_notes(call: Call) -> NotesView:
    return NotesView(list(await _chat(call).moderation.notes(await _channel(call), call.parts["user"])))


async def add_note(call: Call[NewNote]) -> Note:
    channel = await _channel(call)
    by = await _speaker(call, channel)
    return await _chat(call).moderation.add_note(channel, by, call.parts["user"], call.body.text)


def add_routes(app: web.Application) -> None:
    """Registers every endpoint of chat."""
    add_endpoint(app, declared.LIST_MESSAGES, list_messages)
    add_endpoint(app, declared.SEARCH, search)
    add_endpoint(app, declared.READ_LOG, read_log)
    add_endpoint(app, declared.LIST_RESTRICTIONS, list_restrictions)
    add_endpoint(app, declared.LIST_CHATTERS, list_chatters)
    add_endpoint(app, declared.GET_TERMS, get_terms)
    add_endpoint(app, declared.SET_TERMS, set_terms)
    add_endpoint(app, declared.LIST_NOTES, list_notes)
    add_endpoint(app, declared.ADD_NOTE, add_note)


def _chat(call: Call[Any, Any]) -> Chat:
    return call.request.app[CHAT]


async def _channel(call: Call[Any, Any]) -> ChannelRef:
    """Raises ``ChannelNotFound``, ``ChannelMoved``."""
    channel = await call.request.app[CHANNELS].get(call.parts["channel"])
    return ChannelRef(channel.id, channel.name)


async def _speaker(call: Call[Any, Any], channel: ChannelRef) -> Speaker:
    return await _chat(call).standings.of_caller(channel, identity_of(call.request), None, None)
