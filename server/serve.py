"""Runs an application until a signal ends it.

Order of a stop: no new connections, then the rooms' ``on_shutdown`` receivers tell their peers, then requests under
way get ``shutdown_timeout_s``, then every ``cleanup_ctx`` closes what it opened. A second signal exits at once.
``aiohttp.web.run_app`` is not used: it leaves earlier rooms open when a later one fails to start.
"""

import asyncio
import errno
import os
import signal
import socket
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from config import Settings
from infra.tasks import TaskCrashed
from server.app_keys import TASKS

_log = structlog.get_logger("server")

LISTEN_BACKLOG = 1_024
KEEPALIVE_S = 75.0

WhenListening = Callable[[web.Application, str], Awaitable[None]]
"""Called once with the application and the base URL, when requests are answered."""


class CannotListenError(Exception):
    """The address cannot be listened on; the message is one line for the person who starts the server."""


async def serve(app: web.Application, settings: Settings, when_listening: WhenListening) -> None:
    """Serves until SIGINT or SIGTERM.

    Raises ``CannotListenError``, ``TaskCrashed``, and whatever a room raises when it cannot start.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=settings.shutdown_timeout_s,
        keepalive_timeout=KEEPALIVE_S,
    )
    stop = _stop_on_signals()
    try:
        # Before anything is opened: another server on the port is the commonest reason not to start.
        listener = _listen(settings.host, settings.port)
        try:
            await runner.setup()
            await web.SockSite(runner, listener, backlog=LISTEN_BACKLOG).start()
        except BaseException:
            listener.close()
            raise
        base_url = _base_url(settings.host, listener)
        _log.info("listening", url=base_url)
        await when_listening(app, base_url)
        await _wait(stop, app)
    finally:
        await runner.cleanup()
        _log.info("stopped")


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()

    def on_signal(number: signal.Signals) -> None:
        if stop.is_set():
            _log.warning("stopped_at_once", signal=number.name)
            os._exit(128 + number)
        _log.info("stopping", signal=number.name)
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal, number)
    return stop


async def _wait(stop: asyncio.Event, app: web.Application) -> None:
    """Returns on a signal, raises when a background task crashes."""
    stopping = asyncio.ensure_future(stop.wait())
    crashing: asyncio.Future[TaskCrashed] = asyncio.ensure_future(app[TASKS].wait_crashed())
    try:
        await asyncio.wait((stopping, crashing), return_when=asyncio.FIRST_COMPLETED)
        if crashing.done():
            raise crashing.result()
    finally:
        stopping.cancel()
        crashing.cancel()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise CannotListenError(f"cannot listen on {host}:{port}: {error.strerror}") from None
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and address[0] == "::":
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(address)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise CannotListenError(f"cannot listen on {host}:{port}: {_reason(error, port)}") from None
    return listener


def _reason(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program uses this port (choose one with --port or HARMONIE_PORT)"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights (choose one above 1023 with --port or HARMONIE_PORT)"
    if error.errno == errno.EADDRNOTAVAIL:
        return "this machine does not have the address (set --host or HARMONIE_HOST)"
    return error.strerror or str(error)


def _base_url(host: str, listener: socket.socket) -> str:
    """Where a person on this machine finds the server."""
    port = listener.getsockname()[1]
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 (compared, not bound)
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
