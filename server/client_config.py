"""``GET /api/v1/config``: what a page needs to know of the server before it connects."""

from aiohttp import web

from config import Settings, parse_ice_server, version


def add_client_config(app: web.Application, settings: Settings) -> None:
    """Registers the endpoint. TURN credentials are in it: a browser cannot use the server without them."""
    body = {
        "ice_servers": [parse_ice_server(url).as_dict() for url in settings.ice_servers],
        "demo": settings.demo,
        "version": version(),
    }

    async def handler(_request: web.Request) -> web.Response:
        return web.json_response(body, headers={"Cache-Control": "no-cache"})

    app.router.add_get("/api/v1/config", handler)
