"""Runs an application until a signal ends it.

Order of a stop: no new connections, then the rooms' ``on_shutdown`` receivers tell their peers, then requests under
way get ``shutdown_timeout_s``, then every ``cleanup_ctx`` closes what it opened. A second signal exits at once.
``aiohttp.web.run_app`` is not used: it leaves earlier rooms open when a later one fails to start.
"""

import asyncio
import errno
import gc
import os
import signal
import socket
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from config import Settings
from infra.tasks import TaskCrashed
from server.app_keys import TASKS
from server.errors import CannotListenError

_log = structlog.get_logger("server")

LISTEN_BACKLOG = 1_024
KEEPALIVE_S = 75.0

# As the media port does: a page that was reached over IPv6 finds its media there too.
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 (what the operator asked for)
_THIS_MACHINE = ("127.0.0.1", "::1")
_BOTH_FAMILIES = {
    **dict.fromkeys((*_EVERYWHERE, ""), _EVERYWHERE),
    **dict.fromkeys((*_THIS_MACHINE, "localhost"), _THIS_MACHINE),
}

WhenListening = Callable[[web.Application, str], Awaitable[None]]
"""Called once with the application and the base URL, when requests are answered."""


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
        listeners = _listen(settings.host, settings.port)
        try:
            await _start_rooms(runner, settings)
            for listener in listeners:
                await web.SockSite(runner, listener, backlog=LISTEN_BACKLOG).start()
        except BaseException:
            for listener in listeners:
                listener.close()
            raise
        base_url = _base_url(settings.host, listeners[0])
        _log.info("listening", url=base_url)
        # What was loaded to start stays for good: the collector need not look at it again (pauses of 100 ms).
        gc.collect()
        gc.freeze()
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


async def _start_rooms(runner: web.AppRunner, settings: Settings) -> None:
    try:
        await runner.setup()
    except OSError as error:
        # The HTTP port is ours by now; the one other port is the media plane's.
        if error.errno != errno.EADDRINUSE:
            raise
        raise CannotListenError(
            f"cannot listen on UDP port {settings.udp_port}: another program uses this port "
            "(choose one with --udp-port or HARMONIE_UDP_PORT)"
        ) from None


def _listen(host: str, port: int) -> list[socket.socket]:
    """One socket, or one per address family where ``host`` means every address or this machine."""
    names = _BOTH_FAMILIES.get(host, (host,))
    listeners = [_listen_on(names[0], port)]
    for name in names[1:]:
        try:
            listeners.append(_listen_on(name, listeners[0].getsockname()[1]))
        except CannotListenError as error:
            # A machine without IPv6 serves IPv4.
            _log.info("not_listening", address=name, reason=str(error))
    return listeners


def _listen_on(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise CannotListenError(f"cannot listen on {host}:{port}: {error.strerror}") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        # Listening is what fails when another program listens already; SockSite repeats it with its backlog.
        listener.listen(LISTEN_BACKLOG)
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
    if _BOTH_FAMILIES.get(host) is _EVERYWHERE:
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
