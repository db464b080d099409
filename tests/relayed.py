"""Signaling for a peer behind a relay."""

import dataclasses

import aiohttp

from loadtest.relay import through_relay
from loadtest.signaling import Session, SignalingClient


class RelayedSignaling(SignalingClient):
    """Gives its peer the relay's port in place of the server's."""

    def __init__(self, http: aiohttp.ClientSession, server_port: int, relay_port: int) -> None:
        super().__init__(http)
        self._ports = (server_port, relay_port)

    async def post_offer(self, endpoint: str, offer: str, *, bearer: str | None = None) -> Session:
        session = await super().post_offer(endpoint, offer, bearer=bearer)
        return dataclasses.replace(session, answer=through_relay(session.answer, *self._ports))
