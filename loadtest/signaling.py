"""A small WHIP (RFC 9725) and WHEP client: post an offer, delete the session.

Both protocols are the same two requests, so one client serves both. It does not trickle candidates: the peers
here reach an ICE-lite server from one address, which the server learns from the first connectivity check.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from yarl import URL

from loadtest.bodies import printable, read_body
from loadtest.errors import AnswerError, BodyError, SignalingError, TargetRefused
from loadtest.safety import check_candidates

SDP_TYPE = "application/sdp"
ANSWER_MAX_BYTES = 256 << 10
TIMEOUT_S = 30.0
"""Of one request, however slowly the server answers."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session the server created: its URL (to DELETE), the SDP answer, the ICE session's ETag."""

    url: str
    answer: str
    etag: str | None
    bearer: str | None


class SignalingClient:
    """Speaks WHIP/WHEP over a shared aiohttp session, which the caller opens and closes."""

    def __init__(
        self, http: aiohttp.ClientSession, *, timeout_s: float = TIMEOUT_S, is_own: bool = False
    ) -> None:
        self._http = http
        self._timeout_s = timeout_s
        self._is_own = is_own

    async def post_offer(
        self,
        endpoint: str,
        offer: str,
        *,
        bearer: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Session:
        """POST the SDP offer; raises `SignalingError` for any answer but 201 with a Location.

        Also `AnswerError`, `BodyError` and `TargetRefused`.
        """
        sent = {"Content-Type": SDP_TYPE, **_authorization(bearer), **(headers or {})}
        try:
            async with asyncio.timeout(self._timeout_s):
                session = await self._post(endpoint, offer, bearer, sent)
        except TimeoutError:
            raise BodyError(f"no answer to the offer within {self._timeout_s:g} s") from None
        try:
            check_candidates(session.answer, is_own=self._is_own)
        except TargetRefused:
            await self.delete(session)
            raise
        return session

    async def delete(self, session: Session) -> bool:
        """DELETE the session; False when the server did not know it any more (404). Raises `LoadtestError`s."""
        headers = _authorization(session.bearer)
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._http.delete(session.url, headers=headers) as response,
            ):
                if response.status >= 400 and response.status != 404:
                    body = await read_body(response, ANSWER_MAX_BYTES)
                    raise _refusal(response, body)
                return response.status != 404
        except TimeoutError:
            raise BodyError(f"no answer to the DELETE within {self._timeout_s:g} s") from None

    async def _post(
        self, endpoint: str, offer: str, bearer: str | None, headers: Mapping[str, str]
    ) -> Session:
        async with self._http.post(endpoint, data=offer, headers=headers) as response:
            told = await read_body(response, ANSWER_MAX_BYTES)
            if response.status != 201:
                raise _refusal(response, told)
            body = told.decode(errors="replace")
            location = response.headers.get("Location")
            if location is None:
                raise SignalingError(response.status, "the 201 answer has no Location header")
            url = response.url.join(URL(location))
            if url.host != response.url.host:  # a DELETE, and the key with it, would go there
                raise AnswerError(f"the Location leads to another server ({url.host})")
            return Session(url=str(url), answer=body, etag=response.headers.get("ETag"), bearer=bearer)


def _authorization(bearer: str | None) -> dict[str, str]:
    return {} if bearer is None else {"Authorization": f"Bearer {bearer}"}


def _refusal(response: aiohttp.ClientResponse, body: bytes) -> SignalingError:
    detail = printable(body) or response.reason or "no detail"
    if response.status < 400:
        detail = f"not the 201 of WHIP and WHEP; is {response.url.path} the right path? ({detail})"
    if "json" in response.content_type:
        try:
            problem = json.loads(body)
            detail = printable(str(problem.get("detail") or problem.get("title") or detail).encode())
        except (ValueError, AttributeError):
            pass  # not a problem document after all: the raw beginning of the body says more
    try:
        retry_after_s = float(response.headers["Retry-After"])
    except (KeyError, ValueError):
        retry_after_s = None
    return SignalingError(response.status, detail, retry_after_s=retry_after_s)
