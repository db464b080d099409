"""Giving memory back to the system after a crowd has left.

glibc keeps what was freed in the middle of its heap; `malloc_trim` returns it. Where libc has no such call,
nothing happens.
"""

import contextlib
import ctypes
import gc

WORTHWHILE_DEPARTURES = 20
QUIET_S = 2.0


class Reclaimer:
    """Reclaims once, a while after the last of many departures. The caller tells it of departures and of time."""

    def __init__(self) -> None:
        self._departures = 0
        self._last_s = 0.0

    def departed(self, now_s: float) -> None:
        """A session has ended."""
        self._departures += 1
        self._last_s = now_s

    def due(self, now_s: float) -> bool:
        """Whether enough has left, and long enough ago, to be worth the pause."""
        return self._departures >= WORTHWHILE_DEPARTURES and now_s - self._last_s >= QUIET_S

    def reclaim(self) -> None:
        """Collect garbage cycles (a session's transport is one) and return freed memory: some milliseconds."""
        self._departures = 0
        gc.collect()
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
