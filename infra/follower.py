"""Follows one topic's log without a gap and without a duplicate.

A core. It is told what the bus says and answers with what to do: apply these entries, ask for the history, load the
state anew. Whoever drives it (``infra.topics``) does so and tells it the result.

    LOADING       the state is being loaded: what is heard is kept
    FOLLOWING     each entry is the next one and is applied at once
    CATCHING_UP   something is missing: what is heard is kept until the history has come

What is heard while the history or the state is on its way is kept, at most ``max_kept`` entries. Past that all of it is
dropped: the gap this makes is seen later, and filled like any other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from infra.bus import Entry, History, Position

MAX_KEPT = 2_000


class Phase(Enum):
    LOADING = "loading"
    FOLLOWING = "following"
    CATCHING_UP = "catching up"


@dataclass(frozen=True, slots=True)
class Apply:
    """These entries follow what was applied before, in the epoch of ``Follower.position``."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Ask for the history since this position, and tell ``caught_up``."""

    since: Position


@dataclass(frozen=True, slots=True)
class Reload:
    """Read the topic's position, then load the state, and tell ``loaded``."""


Effect = Apply | CatchUp | Reload


class Follower:
    """Begins with the state being loaded."""

    def __init__(self, max_kept: int = MAX_KEPT) -> None:
        self._max_kept = max_kept
        self._kept: list[tuple[str, Entry]] = []
        self._asked_after = 0
        self.phase = Phase.LOADING
        self.position: Position | None = None
        """Of what has been applied; ``None`` until the state was loaded for the first time."""

    def hear(self, epoch: str, entry: Entry) -> list[Effect]:
        """A live entry."""
        if self.phase is not Phase.FOLLOWING or self.position is None:
            if len(self._kept) >= self._max_kept:
                self._kept.clear()
                self._asked_after = 0
            self._kept.append((epoch, entry))
            return []
        if epoch != self.position.epoch:
            self._kept.append((epoch, entry))
            self.phase = Phase.LOADING
            return [Reload()]
        if entry.offset <= self.position.offset:
            return []
        if entry.offset == self.position.offset + 1:
            self.position = Position(epoch, entry.offset)
            return [Apply((entry,))]
        self._kept.append((epoch, entry))
        return [self._catch_up()]

    def loaded(self, position: Position) -> list[Effect]:
        """The state was loaded; it holds at least everything up to ``position``, which was read before."""
        self.position = position
        self.phase = Phase.FOLLOWING
        return self._go_on()

    def caught_up(self, history: History) -> list[Effect]:
        """The history since the position that was asked for."""
        if self.position is None or self.phase is not Phase.CATCHING_UP:
            return []
        if not history.complete:
            self.phase = Phase.LOADING
            return [Reload()]
        # The log is still of our epoch, so what was heard before it was asked, in another, is of the past.
        asked_after, self._asked_after = self._asked_after, 0
        epoch = self.position.epoch
        self._kept = [
            each for index, each in enumerate(self._kept) if index >= asked_after or each[0] == epoch
        ]
        applied = self._take(history.entries)
        self.phase = Phase.FOLLOWING
        return [*applied, *self._go_on()]

    def lost(self) -> None:
        """The bus is gone: what was kept may have gaps and is dropped."""
        self._kept.clear()
        self._asked_after = 0

    def back(self) -> list[Effect]:
        """The bus is there again: everything since the position may have been missed."""
        if self.position is None or self.phase is Phase.LOADING:
            return [Reload()]
        return [self._catch_up()]

    def broken(self) -> list[Effect]:
        """The state is not what it should be: it has to be loaded anew."""
        self.phase = Phase.LOADING
        return [Reload()]

    def _catch_up(self) -> CatchUp:
        assert self.position is not None
        self.phase = Phase.CATCHING_UP
        self._asked_after = len(self._kept)
        return CatchUp(self.position)

    def _go_on(self) -> list[Effect]:
        """Applies what was kept, as far as it follows."""
        assert self.position is not None
        kept, self._kept = self._kept, []
        epoch = self.position.epoch
        effects: list[Effect] = [*self._take(entry for its, entry in kept if its == epoch)]
        ahead = [each for each in kept if each[0] == epoch and each[1].offset > self.position.offset]
        # What came last decides: an entry of another epoch is either of the past, or the log has begun anew.
        if ahead or (kept and kept[-1][0] != epoch):
            self._kept = [each for each in kept if each[0] != epoch or each in ahead]
            effects.append(self._catch_up())
        return effects

    def _take(self, entries: Iterable[Entry]) -> list[Apply]:
        assert self.position is not None
        epoch, offset = self.position.epoch, self.position.offset
        following = []
        for entry in entries:
            if entry.offset == offset + 1:
                offset += 1
                following.append(entry)
        self.position = Position(epoch, offset)
        return [Apply(tuple(following))] if following else []
