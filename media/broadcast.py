"""The life of one broadcast: waiting for its first packet, live, interrupted, ended.

No I/O. A publisher that says goodbye ends it at once; one that vanishes has a grace period to come back.
"""

from enum import StrEnum

SILENCE_S = 3.0
"""A publisher that has sent nothing for this long has vanished."""
START_TIMEOUT_S = 20.0
"""A publisher that connects but never sends media is given up after this long."""


class State(StrEnum):
    WAITING = "waiting"
    LIVE = "live"
    RECONNECTING = "reconnecting"
    ENDED = "ended"


class Broadcast:
    """State of one broadcast. Inputs return whether the state changed."""

    def __init__(self, grace_s: float, now_s: float) -> None:
        self.state = State.WAITING
        self._grace_s = grace_s
        self._active_s = now_s
        self._deadline_s = now_s + START_TIMEOUT_S

    def media(self, now_s: float) -> bool:
        """The current publisher sent media."""
        self._active_s = now_s
        if self.state in (State.WAITING, State.RECONNECTING):
            self.state = State.LIVE
            return True
        return False

    def activity(self, now_s: float) -> None:
        """The current publisher sent anything authentic: it is there, even if it sends no media for a
        while. One that comes back has another grace period for its first packet.
        """
        self._active_s = now_s
        if self.state is State.RECONNECTING:
            self._deadline_s = now_s + self._grace_s

    def publisher_lost(self, now_s: float) -> bool:
        """The publisher's connection is gone without a word."""
        if self.state is State.LIVE:
            self.state = State.RECONNECTING
            self._deadline_s = now_s + self._grace_s
            return True
        return False

    def stop(self) -> bool:
        """The publisher ended the broadcast."""
        changed = self.state is not State.ENDED
        self.state = State.ENDED
        return changed

    def tick(self, now_s: float) -> bool:
        """Let time pass."""
        if self.state is State.LIVE and now_s - self._active_s > SILENCE_S:
            return self.publisher_lost(now_s)
        if self.state in (State.WAITING, State.RECONNECTING) and now_s >= self._deadline_s:
            return self.stop()
        return False
