"""Replays over HTTP."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from accounts.authorizer import identity_of
from infra.clients import CLIENTS
from infra.clock import Clock, rfc3339
from infra.endpoints import Call, Page, PageQuery, add_endpoint
from infra.pagination import decode_cursor, encode_cursor

from . import replay_endpoints as declared
from .addresses import ASK_AGAIN, SignedAddresses
from .errors import AddressEnded, RecordingNotFound
from .files import RecordingFiles
from .happenings import Source, Visitor
from .recordings import Recording
from .replay_endpoints import DensityQuery, EventsQuery, SignedQuery
from .replay_views import (
    Addresses,
    DensityView,
    ReplayEvents,
    ReplaySummary,
    ReplayView,
    part_path,
    preview_path,
)
from .replays import ReplayService, Shown
from .serving import answer

_KEPT = "private, max-age=3600"
_FORGOTTEN = "no-store"
_PART_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Replays:
    """What the handlers need."""

    service: ReplayService
    signed: SignedAddresses
    files: RecordingFiles
    clock: Clock

    def addresses(self) -> Addresses:
        now_s = self.clock().timestamp()
        return Addresses(self.signed, now_s, rfc3339(datetime.fromtimestamp(self.signed.ends_s(now_s), UTC)))


REPLAYS = web.AppKey("replays", Replays)


async def list_replays(call: Call[None, PageQuery]) -> Page[ReplaySummary]:
    replays, name, limit = _asked(call), call.parts["channel"], call.query.limit
    found = await replays.service.list(name, limit + 1, call.query.after(tuple[datetime, str]))
    totals = await replays.service.totals(found[:limit])
    addresses = replays.addresses()

    def view(recording: Recording) -> ReplaySummary:
        broadcast = recording.broadcast_id or 0
        lines, tips = (totals[source].get(broadcast, 0) for source in (Source.CHAT, Source.TIPS))
        return ReplaySummary.of(recording, name, addresses, lines, tips)

    return Page.of(found, limit, lambda each: (each.started_at, each.id), view)


async def get_replay(call: Call) -> ReplayView:
    return ReplayView.of(await _shown(call), _asked(call).addresses())


async def list_events(call: Call[None, EventsQuery]) -> ReplayEvents:
    query, request = call.query, call.request
    after = None if query.after is None else decode_cursor(query.after, tuple[int, int, str])
    visitor = Visitor(identity_of(request), request.app[CLIENTS].address(request))
    found = await _asked(call).service.events(
        await _shown(call), visitor, after, query.from_ms, query.limit + 1
    )
    page, following = found[: query.limit], None
    if len(found) > query.limit:
        source, last = page[-1]
        following = encode_cursor((last.clock_ms, int(source), last.key))
    return ReplayEvents.of(page, following)


async def get_density(call: Call[None, DensityQuery]) -> DensityView:
    return DensityView.of(await _asked(call).service.density(await _shown(call), call.query.bins))


async def play_part(call: Call[None, SignedQuery]) -> web.StreamResponse:
    number = part_number(call.parts["part"])
    recording = await _signed(call, part_path(call.parts["recording"], number))
    part, files = recording.part(number), _asked(call).files
    if part is None:
        raise RecordingNotFound("this recording has no such part")
    if not call.query.download:
        elsewhere = await files.elsewhere(recording, part)
        if elsewhere is not None:
            return web.Response(status=307, headers={"Location": elsewhere, "Cache-Control": _FORGOTTEN})
    # A browser that remembers pieces from here cannot play on from the store, at the same address, when it is there.
    cache = _KEPT if files.stays_here else _FORGOTTEN
    content = files.part(recording, part, cache, download=call.query.download)
    return await answer(call.request, content)


async def show_preview(call: Call[None, SignedQuery]) -> web.StreamResponse:
    preview = call.parts["preview"]
    recording = await _signed(call, preview_path(call.parts["recording"], preview))
    return await answer(call.request, await _asked(call).files.preview(recording, preview, _KEPT))


def part_number(text: str) -> int:
    """Raises ``RecordingNotFound``."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _PART_DIGITS):
        raise RecordingNotFound("this recording has no such part")
    return int(text)


async def _signed(call: Call[None, SignedQuery], path: str) -> Recording:
    """Raises ``AddressEnded``, and ``RecordingNotFound`` when it did hold."""
    replays, query = _asked(call), call.query
    now_s = replays.clock().timestamp()
    was_private = replays.signed.check(path, query.expires, query.signature, now_s=now_s)
    found = await replays.service.find(call.parts["recording"])
    if found.is_private and not was_private:
        raise AddressEnded(ASK_AGAIN)
    return found


async def _shown(call: Call[Any, Any]) -> Shown:
    return await _asked(call).service.get(call.parts["recording"], identity_of(call.request))


def _asked(call: Call[Any, Any]) -> Replays:
    return call.request.app[REPLAYS]


def add_routes(app: web.Application) -> None:
    add_endpoint(app, declared.LIST_REPLAYS, list_replays)
    add_endpoint(app, declared.GET_REPLAY, get_replay)
    add_endpoint(app, declared.LIST_EVENTS, list_events)
    add_endpoint(app, declared.GET_DENSITY, get_density)
    add_endpoint(app, declared.PLAY_PART, play_part)
    add_endpoint(app, declared.SHOW_PREVIEW, show_preview)
