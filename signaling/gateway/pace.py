"""How long from one frame to the next: no time at all when it is quiet, a tick when it is not. A core.

The tick grows with what writing to the whole room costs, so that a large room in an uproar does not take the event loop
for itself.
"""

TICK_MIN_S = 0.020
TICK_MAX_S = 0.040
REST = 2.0
"""A tick is at least this many times as long as writing to everyone takes, up to ``TICK_MAX_S``."""


def tick_s(writing_s: float) -> float:
    """In seconds, from one frame to the next; ``writing_s`` is what writing to everyone takes."""
    return min(max(REST * writing_s, TICK_MIN_S), TICK_MAX_S)
