"""Connections that say nothing: accepted, and then no request, or one whose headers never end.

aiohttp bounds how long a connection is kept after a request, but not how long the next request's headers may take.
No I/O: the adapter in ``serve`` lists the connections and closes those named here.
"""

from collections.abc import Iterable
from typing import Generic, TypeVar

IDLE_TIMEOUT_S = 30.0

Connection = TypeVar("Connection")


class IdleConnections(Generic[Connection]):
    """Knows since when each connection has had no request under way."""

    def __init__(self) -> None:
        self._busy: dict[Connection, int] = {}
        self._idle_since_s: dict[Connection, float] = {}

    def began(self, connection: Connection) -> None:
        """A request's headers have arrived."""
        self._busy[connection] = self._busy.get(connection, 0) + 1
        self._idle_since_s.pop(connection, None)

    def ended(self, connection: Connection) -> None:
        """Its answer was sent."""
        requests = self._busy.pop(connection, 0) - 1
        if requests > 0:
            self._busy[connection] = requests

    def overdue(self, connections: Iterable[Connection], now_s: float) -> list[Connection]:
        """Those of the open `connections` that have been idle for too long; what is closed is forgotten.

        A connection seen for the first time begins to be idle now.
        """
        self._idle_since_s = {
            connection: self._idle_since_s.get(connection, now_s)
            for connection in connections
            if connection not in self._busy
        }
        return [each for each, since_s in self._idle_since_s.items() if now_s - since_s >= IDLE_TIMEOUT_S]
