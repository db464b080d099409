"""Wall-clock time as a value that is passed in.

Cores take ``now``; services take a ``Clock`` so that a test can say what time it is. Durations use the loop's
monotonic clock instead.
"""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the time now, aware, in UTC."""


def utc_now() -> datetime:
    """The system's time, in UTC."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """``moment`` in UTC with milliseconds and a ``Z``, as JSON answers carry it (RFC 3339)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
