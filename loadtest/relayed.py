"""Viewers behind a bad network: their media goes through a relay of this process that loses, delays and reorders."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Mapping

import aiohttp

from loadtest.errors import AnswerError
from loadtest.kernel_drops import kernel_drops
from loadtest.measures import Measures
from loadtest.relay import Impairment, Relay, through_relay
from loadtest.scenario import Network
from loadtest.signaling import Session, SignalingClient

_CANDIDATE = re.compile(r"a=candidate:\S+ 1 (?i:udp) \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host")


class RelayedSignaling(SignalingClient):
    """A client whose answers name the relay instead of the server."""

    def __init__(
        self, http: aiohttp.ClientSession, network: Network, *, seed: int, is_own: bool = False
    ) -> None:
        super().__init__(http, is_own=is_own)
        self._impairment = Impairment(
            network.loss, network.delay_ms, network.reordered, twice_share=network.twice
        )
        self._seed = seed
        self._relay: Relay | None = None
        self._port = 0

    async def post_offer(
        self,
        endpoint: str,
        offer: str,
        *,
        bearer: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Session:
        session = await super().post_offer(endpoint, offer, bearer=bearer, headers=headers)
        found = _CANDIDATE.search(session.answer)
        if found is None:
            raise AnswerError("the answer has no IPv4 candidate that a relay could stand before")
        if self._relay is None:
            self._port = int(found[2])
            self._relay = Relay(
                (found[1], self._port), to_server=Impairment(), to_peer=self._impairment, seed=self._seed
            )
        return dataclasses.replace(
            session, answer=through_relay(session.answer, self._port, self._relay.port)
        )

    def close(self, measures: Measures) -> None:
        """Ends the relay; says what it did."""
        if self._relay is not None:
            counts = self._relay.counts_to_peer
            measures.count("relay_passed", time.time(), counts.passed)
            measures.count("relay_lost", time.time(), counts.lost)
            measures.count("relay_late", time.time(), counts.late)
            measures.count("relay_twice", time.time(), counts.twice)
            dropped = counts.dropped + kernel_drops(self._relay.descriptors)
            measures.count("dropped_by_generator", time.time(), dropped)
            self._relay.close()
