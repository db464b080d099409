"""Rate limits over HTTP: what a request spends, the headers that tell, and 429 when nothing is left.

The general limit counts every request below ``/api`` by address. A declared endpoint's own limit counts by address
before the caller is known and by identity after. Headers follow draft-ietf-httpapi-ratelimit-headers (``RateLimit``,
``RateLimit-Policy``, all limits that were asked) and the older ``RateLimit-Limit/-Remaining/-Reset`` (the tightest).
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from infra.client_address import counted_as
from infra.clients import CLIENTS
from infra.rate_limits import LIMITS, Decision, Limit, LimitName, RateLimits
from infra.request_errors import RateLimited

API_PREFIX = "/api/"


class RateLimiter:
    """The buckets of one application, on one clock."""

    def __init__(
        self, limits: Mapping[str, Limit] = LIMITS, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._buckets = RateLimits()

    def spend(self, request: web.Request, name: LimitName, subject: str) -> None:
        """Counts ``request`` against a limit of ``subject``. Raises ``RateLimited``.

        ``subject`` says whom: ``"address:..."``, ``"user:..."``; anything else worth protecting may be one too, such
        as the account somebody tries to sign in to.
        """
        decision = self._buckets.take(self._limits[name], subject, self._monotonic())
        if DECISIONS not in request:
            request[DECISIONS] = []
        request[DECISIONS].append(decision)
        if not decision.allowed:
            raise RateLimited(
                f"the limit `{name}` is {decision.limit.quota} requests in {decision.limit.window_s} s",
                headers={"Retry-After": str(_up(decision.retry_after_s))},
            )

    def spend_by_address(self, request: web.Request, name: LimitName) -> None:
        """Counts ``request`` against a limit of the address it comes from. Raises ``RateLimited``."""
        self.spend(request, name, "address:" + counted_as(request.app[CLIENTS].address(request)))


LIMITER = web.AppKey("rate_limiter", RateLimiter)
DECISIONS = web.RequestKey("rate_limit_decisions", list[Decision])


def general_limit(limiter: RateLimiter) -> Middleware:
    """Counts everything below ``/api``, also what is not there."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(API_PREFIX):
            limiter.spend_by_address(request, "api")
        return await handler(request)

    return middleware


async def add_rate_limit_headers(request: web.Request, response: web.StreamResponse) -> None:
    """An ``on_response_prepare`` receiver."""
    if DECISIONS in request:
        decisions = request[DECISIONS]
        response.headers.update(rate_limit_headers(decisions))


def rate_limit_headers(decisions: Sequence[Decision]) -> dict[str, str]:
    """What tells a client of these decisions; at least one."""
    tightest = {each.limit.name: each for each in sorted(decisions, key=_room, reverse=True)}
    first = min(tightest.values(), key=_room)
    return {
        "RateLimit-Policy": ", ".join(
            f'"{each.limit.name}";q={each.limit.quota};w={each.limit.window_s}' for each in tightest.values()
        ),
        "RateLimit": ", ".join(
            f'"{each.limit.name}";r={each.remaining};t={_up(each.reset_s)}' for each in tightest.values()
        ),
        "RateLimit-Limit": str(first.limit.quota),
        "RateLimit-Remaining": str(first.remaining),
        "RateLimit-Reset": str(_up(first.reset_s)),
    }


def _room(decision: Decision) -> float:
    return decision.remaining / decision.limit.quota


def _up(seconds: float) -> int:
    return math.ceil(seconds)
