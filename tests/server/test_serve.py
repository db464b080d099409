"""How a server that cannot start, or whose background work crashes, ends."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web

from config import Settings
from infra.tasks import TaskCrashed
from server.app import make_app
from server.app_keys import TASKS
from server.serve import serve


async def nothing(_app: web.Application, _url: str) -> None:
    raise AssertionError("it listened")


async def test_a_crashed_background_task_stops_the_server(settings: Settings) -> None:
    async def crash() -> None:
        raise ZeroDivisionError

    async def when_listening(app: web.Application, _url: str) -> None:
        app[TASKS].start("metronome", crash())

    with pytest.raises(TaskCrashed, match="metronome"):
        await serve(make_app(settings), replace(settings, port=0), when_listening)


async def test_a_room_that_cannot_start_leaves_none_open(settings: Settings) -> None:
    def tune() -> None:
        raise RuntimeError("out of tune")

    app = make_app(settings)
    seen: list[str] = []

    async def early(_app: web.Application) -> AsyncIterator[None]:
        seen.append("early opened")
        yield
        seen.append("early closed")

    async def broken(_app: web.Application) -> AsyncIterator[None]:
        tune()
        yield

    app.cleanup_ctx.extend((early, broken))
    with pytest.raises(RuntimeError, match="out of tune"):
        await serve(app, replace(settings, port=0), nothing)
    assert seen == ["early opened", "early closed"]
    assert len(app[TASKS]) == 0
