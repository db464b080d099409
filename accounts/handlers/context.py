"""What handlers ask of a request: the device, the caller, the site's origin, the refresh cookie."""

from datetime import datetime

from aiohttp import web

from accounts import socket_cookie
from accounts.app_keys import ACCOUNTS
from accounts.authorizer import identity_of
from accounts.devices import Device, device
from accounts.errors import WalletSignInOff
from accounts.identity import Identity, UserId
from accounts.public_origin import public_origin
from accounts.services.sessions import SignedIn
from infra.clients import CLIENTS
from infra.endpoints import Cookie
from infra.origin import same_origin
from infra.request_errors import CrossOrigin, NotSignedIn

COOKIE_NAME = "harmonie_session"
COOKIE_PATH = "/api/v1/session"


def device_of(request: web.Request) -> Device:
    return device(request.headers.get("User-Agent"), request.app[CLIENTS].address(request))


def caller(request: web.Request) -> tuple[Identity, UserId]:
    """Who it is. Raises ``NotSignedIn``, which the declared access has ruled out before."""
    identity = identity_of(request)
    if identity.user_id is None:
        raise NotSignedIn
    return identity, identity.user_id


def origin_of(request: web.Request) -> str | None:
    """Where people reach this server, as far as it knows."""
    return public_origin(request.app[ACCOUNTS].public_url, request.headers.get("Host"))


def wallet_origin(request: web.Request) -> str:
    """The origin messages of wallets are bound to. Raises ``WalletSignInOff``."""
    origin = origin_of(request)
    if origin is None:
        raise WalletSignInOff("the operator has to set HARMONIE_PUBLIC_URL")
    return origin


def refresh_cookie(request: web.Request) -> str | None:
    """The cookie, when a page of this site sent it. Raises ``CrossOrigin``."""
    cookie = request.cookies.get(COOKIE_NAME)
    if cookie is None:
        return None
    public_url = request.app[ACCOUNTS].public_url
    also = (public_origin(public_url, None) or "",) if public_url else ()
    if not same_origin(request, is_secure=_is_secure(request), also=also):
        raise CrossOrigin("the refresh cookie is for pages of this site only")
    return cookie


def cookies_for(request: web.Request, signed_in: SignedIn, now: datetime) -> tuple[Cookie, ...]:
    """The refresh cookie, and the one for the event socket."""
    max_age_s = int((signed_in.cookie_expires_at - now).total_seconds())
    return _cookies(request, signed_in.cookie, request.app[ACCOUNTS].sockets.cookie(signed_in), max_age_s)


def no_cookies(request: web.Request) -> tuple[Cookie, ...]:
    """Takes both away."""
    return _cookies(request, "", "", 0)


def _cookies(request: web.Request, refresh: str, events: str, max_age_s: int) -> tuple[Cookie, ...]:
    secure = _is_secure(request)
    return (
        Cookie(name=COOKIE_NAME, value=refresh, path=COOKIE_PATH, max_age_s=max_age_s, secure=secure),
        Cookie(
            name=socket_cookie.NAME,
            value=events,
            path=socket_cookie.PATH,
            max_age_s=max_age_s,
            secure=secure,
            same_site="Strict",
        ),
    )


def _is_secure(request: web.Request) -> bool:
    return request.app[ACCOUNTS].public_url.startswith("https://") or request.app[CLIENTS].is_secure(request)
