"""When a datagram arrived, on a clock that no one sets: the kernel stamps with the wall clock, which may be stepped.

No I/O. A step must not look like delay to a sender's estimator, so a stamp only says how long ago, and only as far as
that is believable.
"""

MAX_WAIT_US = 1_000_000
"""A datagram said to have waited longer in the socket, or to come from the future, was stamped on the other side of a
step of the clock: it arrived now.
"""


def arrival_us(stamp_us: int, wall_us: int, steady_us: int) -> int:
    """The arrival on the steady clock of a datagram with this stamp, when `wall_us` and `steady_us` are now."""
    waited_us = wall_us - stamp_us
    return steady_us - waited_us if 0 <= waited_us <= MAX_WAIT_US else steady_us
