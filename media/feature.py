"""Builds the media plane and ties it to the application: the port opens at the start, peers are told at the stop."""

from collections.abc import AsyncIterator, Callable, Sequence

from aiohttp import web

from .fanout import Kernel
from .plane import MediaPlane

PLANE = web.AppKey("media_plane", MediaPlane)


def add_media(
    app: web.Application,
    *,
    host: str,
    udp_port: int,
    public_addresses: Sequence[str],
    grace_s: float,
    fanout: Kernel | None,
    observe_join_s: Callable[[float], None],
) -> MediaPlane:
    """Register the plane. Raises `OSError` when the fan-out asked for is not there; starting the application,
    when its UDP port is taken.
    """
    plane = app[PLANE] = MediaPlane(
        host=host,
        udp_port=udp_port,
        public_addresses=public_addresses,
        grace_s=grace_s,
        fanout=fanout,
        observe_join_s=observe_join_s,
    )

    async def run(_app: web.Application) -> AsyncIterator[None]:
        plane.start()
        try:
            yield
        finally:
            await plane.stop()

    async def drain(_app: web.Application) -> None:
        await plane.drain()

    app.cleanup_ctx.append(run)
    app.on_shutdown.append(drain)
    return plane
