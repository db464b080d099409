"""Recordings over HTTP, for those who keep them."""

import hashlib
from datetime import datetime
from typing import Any

from aiohttp import web

from infra.endpoints import Call, Page, PageQuery, add_endpoint

from . import endpoints as declared
from .errors import RecordingNotFound
from .files import PREVIEWS
from .recordings import Recording
from .replay_handlers import REPLAYS, Replays
from .requests import RecordingChange, RecordingSettingChange
from .service import RecordingService
from .serving import Content, answer, bytes_pieces
from .views import CurrentRecordingView, RecordingSettingView, RecordingView

RECORDER = web.AppKey("recorder", RecordingService)
_PART_DIGITS = 4
_CACHE = "private, no-cache"


async def get_setting(call: Call) -> RecordingSettingView:
    recorder, name = _asked(call)
    current = recorder.current(name)
    return RecordingSettingView(
        await recorder.policy(name), None if current is None else CurrentRecordingView.of(current)
    )


async def change_setting(call: Call[RecordingSettingChange]) -> RecordingSettingView:
    recorder, name = _asked(call)
    await recorder.set_policy(name, call.body.policy)
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
    recorder, name = _asked(call)
    limit = call.query.limit
    found = await recorder.list(name, limit + 1, call.query.after(tuple[datetime, str]))
    return Page.of(
        found, limit, lambda each: (each.started_at, each.id), lambda each: _view(call, each, name)
    )


async def get_recording(call: Call) -> RecordingView:
    recorder, name = _asked(call)
    return _view(call, await recorder.get(name, call.parts["recording"]), name)


async def change_recording(call: Call[RecordingChange]) -> RecordingView:
    recorder, name = _asked(call)
    changed = await recorder.change(name, call.parts["recording"], call.body.visibility, call.body.title)
    return _view(call, changed, name)


async def delete_recording(call: Call) -> None:
    recorder, name = _asked(call)
    await recorder.delete(name, call.parts["recording"])


async def download_part(call: Call) -> web.StreamResponse:
    recorder, name = _asked(call)
    part = call.parts["part"]
    if not (part.isascii() and part.isdecimal() and len(part) <= _PART_DIGITS):
        raise RecordingNotFound("this recording has no such part")
    recording, found = await recorder.part(name, call.parts["recording"], int(part))
    content = await _replays(call).files.part(recording, found, _CACHE, download=True)
    return await answer(call.request, content)


async def get_preview(call: Call) -> web.StreamResponse:
    recorder, name = _asked(call)
    preview = call.parts["preview"]
    if preview not in PREVIEWS:
        raise RecordingNotFound("there is no such preview")
    recording = await recorder.get(name, call.parts["recording"])
    data = await _replays(call).files.preview(recording, preview)
    sha256 = hashlib.sha256(data).hexdigest()
    content = Content(bytes_pieces(data), len(data), sha256, PREVIEWS[preview].mime_type, _CACHE)
    return await answer(call.request, content)


def _asked(call: Call[Any, Any]) -> tuple[RecordingService, str]:
    return call.request.app[RECORDER], call.parts["channel"]


def _replays(call: Call[Any, Any]) -> Replays:
    return call.request.app[REPLAYS]


def _view(call: Call[Any, Any], recording: Recording, name: str) -> RecordingView:
    return RecordingView.of(recording, name, _replays(call).addresses())


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
