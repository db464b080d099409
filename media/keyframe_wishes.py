"""How often one viewer may have a keyframe made: each costs everyone bandwidth, and whoever asks need not need it.

No I/O; times are seconds of one monotone clock. A viewer that has just joined may ask a few times at once, and again
after a while. One that reports losses recovers sooner; its word for them is all there is, so that has a bound too. A
wish that is not granted is forgotten: decoders that wait for a keyframe repeat it.
"""

BURST = 3
"""Wishes granted at once."""
INTERVAL_S = 5.0
"""One more wish is granted after this long ..."""
LOSSY_INTERVAL_S = 1.5
"""... or this long, while there are losses."""
LOSS_COUNTS_S = 3.0
"""How long a viewer counts as losing packets after it said so."""


class KeyframeWishes:
    """One viewer's allowance for one layer."""

    __slots__ = ("_lossy_until_s", "_spent", "_updated_s")

    def __init__(self) -> None:
        self._spent = 0.0
        self._updated_s = 0.0
        self._lossy_until_s = float("-inf")

    def loss_reported(self, now_s: float) -> None:
        """The viewer has asked for lost packets, or reported a share of them."""
        self._refill(now_s)
        self._lossy_until_s = now_s + LOSS_COUNTS_S

    def grant(self, now_s: float) -> bool:
        """Whether the viewer may have a keyframe now; counts it."""
        self._refill(now_s)
        if self._spent > BURST - 1:
            return False
        self._spent += 1
        return True

    def _refill(self, now_s: float) -> None:
        lossy_s = min(max(self._lossy_until_s - self._updated_s, 0.0), now_s - self._updated_s)
        calm_s = now_s - self._updated_s - lossy_s
        self._spent = max(0.0, self._spent - lossy_s / LOSSY_INTERVAL_S - calm_s / INTERVAL_S)
        self._updated_s = now_s
