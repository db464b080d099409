"""The API's section of the benchmarks, and its client against a small server."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bench.api import FLOOR, Read, ask_again_and_again, render_api
from bench.processes import BenchError


def read(path: str, per_second: float) -> Read:
    return Read(path, 1_000, per_second, p50_ms=1.0, p95_ms=2.0, body_bytes=1_234, client_cpu_share=0.5)


def test_every_path_is_shown_beside_the_floor() -> None:
    lines = render_api([read(FLOOR, 4_000.0), read("/api/v1/channels", 1_000.0)])
    row = next(line for line in lines if line.startswith("| `/api/v1/channels`"))
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        *("`/api/v1/channels`", "1,000", "1.00 ms", "2.00 ms", "4.00", "1,234", "50%")
    ]


async def serving(status: int) -> TestServer:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(status=status, body=b"x" * 40)

    app = web.Application()
    app.router.add_get("/", handler)
    server = TestServer(app)
    await server.start_server()
    return server


async def test_the_client_counts_answers_and_their_size() -> None:
    server = await serving(200)
    try:
        found = await ask_again_and_again(str(server.make_url("")), "/", seconds=0.05, warm_up_s=0.0)
    finally:
        await server.close()
    assert found.requests > 0
    assert found.body_bytes == 40
    assert 0 < found.p50_ms <= found.p95_ms


async def test_an_answer_that_is_none_fails_the_measurement() -> None:
    server = await serving(429)
    try:
        with pytest.raises(BenchError, match="429"):
            await ask_again_and_again(str(server.make_url("")), "/", seconds=0.05, warm_up_s=0.0)
    finally:
        await server.close()
