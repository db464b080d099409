"""Recordings over HTTP."""

from datetime import datetime
from typing import Any

from aiohttp import web

from infra.endpoints import Call, Page, PageQuery, add_endpoint

from . import endpoints as declared
from .errors import RecordingNotFound
from .recordings import POSTER_NAME, STRIP_NAME, WAVEFORM_NAME
from .requests import RecordingChange, RecordingSettingChange
from .service import RecordingService
from .stills.service import FRESH_S as STILL_FRESH_S
from .stills.service import Stills
from .views import CurrentRecordingView, RecordingSettingView, RecordingView

RECORDER = web.AppKey("recorder", RecordingService)
STILLS = web.AppKey("stills", Stills)
_PART_DIGITS = 4
_PREVIEWS = {
    "poster": (POSTER_NAME, "image/jpeg"),
    "strip": (STRIP_NAME, "image/jpeg"),
    "waveform": (WAVEFORM_NAME, "application/octet-stream"),
}


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
        found, limit, lambda each: (each.started_at, each.id), lambda each: RecordingView.of(each, name)
    )


async def get_recording(call: Call) -> RecordingView:
    recorder, name = _asked(call)
    return RecordingView.of(await recorder.get(name, call.parts["recording"]), name)


async def change_recording(call: Call[RecordingChange]) -> RecordingView:
    recorder, name = _asked(call)
    changed = await recorder.show_to(name, call.parts["recording"], call.body.visibility)
    return RecordingView.of(changed, name)


async def delete_recording(call: Call) -> None:
    recorder, name = _asked(call)
    await recorder.delete(name, call.parts["recording"])


async def download_part(call: Call) -> web.StreamResponse:
    recorder, name = _asked(call)
    part = call.parts["part"]
    if not (part.isascii() and part.isdecimal() and len(part) <= _PART_DIGITS):
        raise RecordingNotFound("this recording has no such part")
    path = await recorder.part_path(name, call.parts["recording"], int(part))
    headers = {
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="{name}-{call.parts["recording"]}-{part}{path.suffix}"',
        "Content-Type": "video/webm" if path.suffix == ".webm" else "video/mp4",
        "X-Content-Type-Options": "nosniff",
    }
    return web.FileResponse(path, headers=headers)


async def get_preview(call: Call) -> web.StreamResponse:
    recorder, name = _asked(call)
    file, content_type = _PREVIEWS.get(call.parts["preview"], ("", ""))
    if not file:
        raise RecordingNotFound("there is no such preview")
    path = await recorder.preview_path(name, call.parts["recording"], file)
    headers = {
        "Cache-Control": "private, no-cache",
        "Content-Type": content_type,
        "X-Content-Type-Options": "nosniff",
    }
    return web.FileResponse(path, headers=headers)


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
