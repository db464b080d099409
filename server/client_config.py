"""``GET /api/v1/config``: what a page needs to know of the server before it connects."""

from typing import Annotated

import msgspec
from aiohttp import web

from config import Settings, parse_ice_server, version
from infra.endpoints import PUBLIC, Call, Endpoint, add_endpoint


class IceServerView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A STUN or TURN server, as ``RTCPeerConnection`` takes it."""

    urls: Annotated[list[str], msgspec.Meta(examples=[["turn:turn.example.org:3478"]])]
    username: str | None = None
    credential: str | None = None


class ConfigView(msgspec.Struct, frozen=True):
    """What a page needs to know of the server."""

    ice_servers: list[IceServerView]
    hls: bool
    """Whether broadcasts can be watched by HLS too."""
    demo: bool
    version: Annotated[str, msgspec.Meta(examples=["0.1.0"])]


GET_CONFIG = Endpoint(
    method="GET",
    path="/api/v1/config",
    summary="Get what a page needs before it connects",
    description="TURN credentials are in it: a browser cannot use such a server without them.",
    tag="Server",
    access=PUBLIC,
    answer=ConfigView,
    etag=True,
    cache="no-cache",
)


def add_client_config(app: web.Application, settings: Settings) -> None:
    """Registers the endpoint."""
    view = ConfigView(
        ice_servers=[
            msgspec.convert(parse_ice_server(url).as_dict(), IceServerView) for url in settings.ice_servers
        ],
        hls=settings.hls != "off",
        demo=settings.demo,
        version=version(),
    )

    async def get_config(_call: Call) -> ConfigView:
        return view

    add_endpoint(app, GET_CONFIG, get_config)
