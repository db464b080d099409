"""``/livez``: the loop turns. ``/readyz``: everything needed to serve is there. For probes and load balancers."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

_log = structlog.get_logger("health")

CHECK_TIMEOUT_S = 2.0

ReadinessCheck = Callable[[], Awaitable[None]]
"""Returns when all is well, raises when not; the message goes to the log only."""


class Readiness:
    """Named checks, asked together."""

    def __init__(self) -> None:
        self._checks: dict[str, ReadinessCheck] = {}
        self._stopping = False

    def add(self, name: str, check: ReadinessCheck) -> None:
        self._checks[name] = check

    def stopping(self) -> None:
        """From now on the answer is no: a load balancer looks elsewhere."""
        self._stopping = True

    async def ask(self) -> dict[str, bool]:
        """Every check and whether it passed in time."""
        results = await asyncio.gather(*(self._ask_one(*each) for each in self._checks.items()))
        return dict(zip(self._checks, results, strict=True)) | ({"running": False} if self._stopping else {})

    async def _ask_one(self, name: str, check: ReadinessCheck) -> bool:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                await check()
        except Exception as error:
            _log.warning("not_ready", check=name, error=str(error) or type(error).__name__)
            return False
        return True


def add_health(app: web.Application, readiness: Readiness) -> None:
    """Registers both endpoints."""

    async def livez(_request: web.Request) -> web.Response:
        return _answer({"status": "alive"}, 200)

    async def readyz(_request: web.Request) -> web.Response:
        checks = await readiness.ask()
        ready = all(checks.values())
        return _answer({"status": "ready" if ready else "not ready", "checks": checks}, 200 if ready else 503)

    async def stopping(_app: web.Application) -> None:
        readiness.stopping()

    app.router.add_get("/livez", livez)
    app.router.add_get("/readyz", readyz)
    app.on_shutdown.append(stopping)


def _answer(body: dict[str, object], status: int) -> web.Response:
    return web.json_response(body, status=status, headers={"Cache-Control": "no-store"})
