"""Slows down guessing of stream keys: so many wrong ones per address and window, then a pause.

A core: it is told of failures and the time. It never delays anybody; it only says for how long to refuse.
At most `MAX_ADDRESSES` are remembered; past that
the one that failed longest ago is forgotten.
"""

from collections import OrderedDict
from dataclasses import dataclass

from infra.client_address import counted_as

MAX_WRONG_KEYS = 10
WINDOW_S = 60.0
MAX_ADDRESSES = 4_096


@dataclass(slots=True)
class _Failures:
    count: int
    window_ends_at: float


class WrongKeys:
    """Times are seconds on one monotonic clock."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def retry_after_s(self, address: str, now: float) -> float:
        """For how long this address is refused; 0 when it is not."""
        failures = self._failures.get(counted_as(address))
        if failures is None or now >= failures.window_ends_at or failures.count < MAX_WRONG_KEYS:
            return 0.0
        return failures.window_ends_at - now

    def failed(self, address: str, now: float) -> None:
        """This address has presented a wrong key."""
        subject = counted_as(address)
        failures = self._failures.pop(subject, None)
        if failures is None or now >= failures.window_ends_at:
            failures = _Failures(0, now + WINDOW_S)
        failures.count += 1
        self._failures[subject] = failures
        if len(self._failures) > MAX_ADDRESSES:
            self._failures.popitem(last=False)

    def __len__(self) -> int:
        return len(self._failures)
