"""Who plays one stream, by the ids that multivariant playlists give out. A core.

HTTP has no connection that tells of somebody's going, so a player is there while it asks: it waits for an answer, or
had one not long ago. An id says nothing of who it is, and is forgotten with its player.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST = 10_000
"""Players of a stream that are counted; beyond them the one that asked longest ago is not."""
GONE_AFTER_S = 10.0
GONE_AFTER_TARGETS = 1.5
"""In target durations: players that know nothing of low latency ask once in each (RFC 8216bis section 6.3.4)."""


@dataclass(slots=True)
class _Player:
    address: str
    asked_s: float
    waiting: int = 0
    """Requests that are not answered."""


class Audience:
    """At most ``per_address`` are counted of one network, so that nobody can make a crowd of themselves."""

    def __init__(self, per_address: int, most: int = MOST) -> None:
        self._per_address = per_address
        self._most = most
        self._players: OrderedDict[str, _Player] = OrderedDict()
        """The one that asked longest ago first."""
        self._of_address: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._players)

    def asked(self, player_id: str, whence: Callable[[], str], now_s: float) -> None:
        """A player asks for a playlist. ``whence`` tells the network of a new one; finding it out costs the most."""
        if player_id not in self._players:
            address = whence()
            if self._of_address[address] >= self._per_address:
                return
            self._players[player_id] = _Player(address, now_s)
            self._of_address[address] += 1
            if len(self._players) > self._most:
                self.left(next(iter(self._players)))
        self._players[player_id].waiting += 1
        self._touch(player_id, now_s)

    def answered(self, player_id: str, now_s: float) -> None:
        """It has what it asked for, or was refused. Nothing for one that has left meanwhile."""
        player = self._players.get(player_id)
        if player is not None and player.waiting:
            player.waiting -= 1
            self._touch(player_id, now_s)

    def left(self, player_id: str) -> None:
        """It said so."""
        player = self._players.pop(player_id, None)
        if player is not None:
            self._of_address[player.address] -= 1
            if not self._of_address[player.address]:
                del self._of_address[player.address]

    def pass_time(self, now_s: float, target_duration_s: float) -> None:
        """Those who ask no more are gone."""
        since_s = now_s - max(GONE_AFTER_S, GONE_AFTER_TARGETS * target_duration_s)
        while self._players:
            player_id, player = next(iter(self._players.items()))
            if player.asked_s > since_s:
                return
            if player.waiting:
                self._touch(player_id, now_s)
            else:
                self.left(player_id)

    def _touch(self, player_id: str, now_s: float) -> None:
        self._players[player_id].asked_s = now_s
        self._players.move_to_end(player_id)
