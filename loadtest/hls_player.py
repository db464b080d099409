"""What an LL-HLS player does with what it is told: which piece next, when to play, when it stands still. No I/O.

A track is fed playlists and says which piece to fetch next; the player is told what has been fetched, and plays once
every track has enough: media time runs with the clock until a track runs dry, which is a stall. Who is further from the
live edge than the playlist asks for plays a little faster until that is made up, as hls.js can.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from loadtest.playlists import MediaPlaylist, Piece

START_BUFFER_S = 0.5
"""Fetched before it begins to play, and again after a stall."""
CATCH_UP_RATE = 1.06
"""How fast who is behind plays: as Harmonie's page has it."""
BEHIND_S = 0.05
CATCH_UP_AHEAD_S = 1.0
"""What has to be fetched for that, so that going faster does not end in a stall."""
STALL_MORE_S, STALL_MOST_S = 0.4, 2.0
"""Each stall makes a player content with being so much later, up to a bound."""


class HlsTrack:
    """Follows one media playlist."""

    def __init__(self) -> None:
        self._next: tuple[int, int] | None = None
        self.skipped = 0
        """Pieces that left the playlist before they were fetched."""

    def is_of_another_time(self, playlist: MediaPlaylist) -> bool:
        """Whether it is behind what was taken from it before: the server has begun anew, after a restart perhaps."""
        return self._next is not None and playlist.next_msn + 1 < self._next[0]

    def due(self, playlist: MediaPlaylist) -> list[Piece]:
        """The pieces to fetch now, in order; they count as taken."""
        if self._next is None:
            start = _start(playlist)
            if start is None:
                return []
            self._next = (start.msn, start.part or 0)
        pieces = [piece for piece in playlist.pieces if (piece.msn, piece.part or 0) >= self._next]
        if pieces and pieces[0].msn > self._next[0] + 1:
            self.skipped += pieces[0].msn - self._next[0] - 1
        for piece in pieces:
            # A segment that was taken in part is not fetched again as a whole.
            self._next = (piece.msn + 1, 0) if piece.part is None else (piece.msn, piece.part + 1)
        return pieces

    @staticmethod
    def reload_query(playlist: MediaPlaylist) -> str:
        """The query of a blocking reload (section 6.2.5.2); empty where the server does not block."""
        if not playlist.can_block:
            return ""
        query = f"_HLS_msn={playlist.next_msn}"
        return query if playlist.part_target_s is None else f"{query}&_HLS_part={playlist.next_part}"


def _start(playlist: MediaPlaylist) -> Piece | None:
    """The last piece one may begin at that is far enough from the end (section 6.3.3)."""
    hold_back_s = playlist.part_hold_back_s or playlist.hold_back_s
    behind_s = 0.0
    found: Piece | None = None
    for piece in reversed(playlist.pieces):
        behind_s += piece.duration_s
        if piece.independent and piece.uri:
            found = piece
            if behind_s >= hold_back_s:
                return piece
    return found


@dataclass(slots=True)
class _Buffered:
    first_s: float | None = None
    """Media time of its beginning, by the playlist's clock; counted from 0 where there is none."""
    ahead_s: float = 0.0


@dataclass(slots=True)
class Stalls:
    """Since it was asked last."""

    count: int = 0
    stalled_ms: int = 0
    played_ms: int = 0


class HlsPlayer:
    """Of one viewer, with the names of its tracks. Times are in seconds of one clock, `starts_at_s` since 1970.

    `hold_back_s` is how far from the live edge it wants to be.
    """

    def __init__(self, tracks: list[str], *, hold_back_s: float = math.inf) -> None:
        self._hold_back_s = hold_back_s
        self._fetched_s = 0.0
        self._stalls = 0
        self._tracks = {name: _Buffered() for name in tracks}
        self._has_clock = True
        self._played_s = 0.0
        self._since_s: float | None = None
        self._stalled_since_s: float | None = None
        self._has_begun = False
        self._new = Stalls()

    @property
    def is_playing(self) -> bool:
        return self._since_s is not None

    def fetched(self, track: str, piece: Piece, now_s: float) -> bool:
        """A piece is there; True when playing begins with it for the first time."""
        self.advance(now_s)
        self._fetched_s = now_s
        buffered = self._tracks[track]
        if buffered.first_s is None:
            buffered.first_s = piece.starts_at_s or 0.0
            self._has_clock = self._has_clock and piece.starts_at_s is not None
        if self._has_clock and piece.starts_at_s is not None:  # over what was left out as well
            buffered.ahead_s = piece.starts_at_s + piece.duration_s - buffered.first_s
        else:
            buffered.ahead_s += piece.duration_s
        if self._since_s is not None or self._ahead_s() < START_BUFFER_S:
            return False
        self._since_s = now_s
        if self._stalled_since_s is not None:
            self._new.stalled_ms += round((now_s - self._stalled_since_s) * 1000)
            self._stalled_since_s = None
        begins, self._has_begun = not self._has_begun, True
        return begins

    def advance(self, now_s: float) -> None:
        """Play up to now."""
        if self._since_s is None:
            return
        rate = self._rate(self._since_s)
        elapsed_s = now_s - self._since_s
        until_dry_s = self._ahead_s() / rate
        played_s = min(elapsed_s, until_dry_s)
        self._played_s += played_s * rate
        self._new.played_ms += round(played_s * 1000)
        self._since_s = now_s
        if elapsed_s > until_dry_s:
            self._since_s = None
            self._stalled_since_s = now_s - (elapsed_s - until_dry_s)
            self._new.count += 1
            self._stalls += 1

    def _rate(self, now_s: float) -> float:
        """How fast it plays from now on. The live edge goes on while nothing is fetched."""
        ahead_s = self._ahead_s()
        content_s = self._hold_back_s + min(self._stalls * STALL_MORE_S, STALL_MOST_S)
        behind_s = ahead_s + (now_s - self._fetched_s) - content_s
        return CATCH_UP_RATE if behind_s > BEHIND_S and ahead_s > CATCH_UP_AHEAD_S else 1.0

    def latency_s(self, now_s: float, wall_s: float) -> float | None:
        """How old what is being shown is, by the playlist's clock; None before it plays or without one."""
        firsts = [each.first_s for each in self._tracks.values() if each.first_s is not None]
        if not self._has_begun or not self._has_clock or not firsts:
            return None
        self.advance(now_s)
        return wall_s - (max(firsts) + self._played_s)

    def take(self, now_s: float) -> Stalls:
        """What happened since it was asked last; a stall under way counts up to now."""
        self.advance(now_s)
        if self._stalled_since_s is not None:
            self._new.stalled_ms += round((now_s - self._stalled_since_s) * 1000)
            self._stalled_since_s = now_s
        new, self._new = self._new, Stalls()
        return new

    def _ahead_s(self) -> float:
        """Fetched and not played, of the track that has least of it; what begins later is waited for."""
        firsts = [each.first_s for each in self._tracks.values()]
        if any(first is None for first in firsts):
            return 0.0
        start_s = max(first for first in firsts if first is not None)
        return min(
            (each.first_s or 0.0) + each.ahead_s - start_s - self._played_s for each in self._tracks.values()
        )
