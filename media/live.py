"""What is live now, for whoever shows it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LiveState:
    """A channel's broadcast as the public sees it.

    `state` is `live` or `reconnecting` (the publisher vanished, its grace period runs). `started_at_s` is
    Unix time in seconds. Codec names are `None` for a kind that is not published.
    """

    channel: str
    state: str
    started_at_s: float
    viewers: int
    audio_codec: str | None
    video_codec: str | None


Listener = Callable[[str], None]
"""Called with the channel's name after its live state changed, began or ended; must not raise."""
