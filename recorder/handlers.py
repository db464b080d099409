"""Recordings over HTTP, for those who keep them."""

from datetime import datetime
from typing import Any

from aiohttp import web

from infra.endpoints import Call, Page, PageQuery, add_endpoint

from . import endpoints as declared
from .keeping import KeptRecordings
from .recordings import Recording
from .replay_handlers import REPLAYS, Replays, part_number
from .requests import RecordingChange, RecordingSettingChange
from .service import RecordingService
from .serving import answer
from .stills.service import FRESH_S as STILL_FRESH_S
from .stills.service import Stills
from .views import RecordingSettingView, RecordingView

RECORDER = web.AppKey("recorder", RecordingService)
KEPT = web.AppKey("kept_recordings", KeptRecordings)
STILLS = web.AppKey("stills", Stills)
_CACHE = "private, no-cache"


async def get_setting(call: Call) -> RecordingSettingView:
    recorder, name = _asked(call)
    return RecordingSettingView.of(
        await recorder.rules.of(name), recorder.current(name), recorder.refused(name)
    )


async def change_setting(call: Call[RecordingSettingChange]) -> RecordingSettingView:
    recorder, name = _asked(call)
    change = call.body
    await recorder.rules.decide(
        name, policy=change.policy, visibility=change.visibility, keep_days=change.keep_days
    )
    return await get_setting(call)  # type: ignore[arg-type]  # the body is of no concern to it


async def start(call: Call) -> RecordingSettingView:
    recorder, name = _asked(call)
    await recorder.start(name)
    return await get_setting(call)


async def stop(call: Call) -> RecordingSettingView:
    recorder, name = _asked(call)
    recorder.end(name)
    return await get_setting(call)


async def list_recordings(call: Call[None, PageQuery]) -> Page[RecordingView]:
    name, limit = call.parts["channel"], call.query.limit
    found = await _kept(call).list(name, limit + 1, call.query.after(tuple[datetime, str]))
    return Page.of(
        found, limit, lambda each: (each.started_at, each.id), lambda each: _view(call, each, name)
    )


async def get_recording(call: Call) -> RecordingView:
    return _view(call, await _recording(call), call.parts["channel"])


async def change_recording(call: Call[RecordingChange]) -> RecordingView:
    name = call.parts["channel"]
    changed = await _kept(call).change(name, call.parts["recording"], call.body.visibility, call.body.title)
    return _view(call, changed, name)


async def delete_recording(call: Call) -> None:
    await _kept(call).delete(call.parts["channel"], call.parts["recording"])


async def download_part(call: Call) -> web.StreamResponse:
    number = part_number(call.parts["part"])
    recording, part = await _kept(call).part(call.parts["channel"], call.parts["recording"], number)
    content = _replays(call).files.part(recording, part, _CACHE, download=True)
    return await answer(call.request, content)


async def get_preview(call: Call) -> web.StreamResponse:
    recording = await _recording(call)
    content = await _replays(call).files.preview(recording, call.parts["preview"], _CACHE)
    return await answer(call.request, content)


async def _recording(call: Call[Any, Any]) -> Recording:
    return await _kept(call).get(call.parts["channel"], call.parts["recording"])


def _kept(call: Call[Any, Any]) -> KeptRecordings:
    return call.request.app[KEPT]


async def get_still(call: Call) -> web.StreamResponse:
    still = await call.request.app[STILLS].get(call.parts["channel"])
    headers = {"Cache-Control": f"public, max-age={STILL_FRESH_S:.0f}"}
    known = any(match.value == still.etag for match in call.request.if_none_match or ())
    if known:
        response = web.Response(status=304, headers=headers)
    else:
        headers |= {"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff"}
        response = web.Response(body=still.jpeg, headers=headers)
    response.etag = still.etag
    return response


def _asked(call: Call[Any, Any]) -> tuple[RecordingService, str]:
    return call.request.app[RECORDER], call.parts["channel"]


def _replays(call: Call[Any, Any]) -> Replays:
    return call.request.app[REPLAYS]


def _view(call: Call[Any, Any], recording: Recording, name: str) -> RecordingView:
    unfinished_for = call.request.app[RECORDER].unfinished_for(recording.id)
    return RecordingView.of(recording, name, _replays(call).addresses(), unfinished_for)


def add_routes(app: web.Application) -> None:
    add_endpoint(app, declared.GET_SETTING, get_setting)
    add_endpoint(app, declared.CHANGE_SETTING, change_setting)
    add_endpoint(app, declared.START, start)
    add_endpoint(app, declared.STOP, stop)
    add_endpoint(app, declared.LIST_RECORDINGS, list_recordings)
    add_endpoint(app, declared.GET_RECORDING, get_recording)
    add_endpoint(app, declared.CHANGE_RECORDING, change_recording)
    add_endpoint(app, declared.DELETE_RECORDING, delete_recording)
    add_endpoint(app, declared.DOWNLOAD_PART, download_part)
    add_endpoint(app, declared.GET_PREVIEW, get_preview)
    add_endpoint(app, declared.GET_STILL, get_still)
