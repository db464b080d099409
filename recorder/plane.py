"""What the recorder asks of the media plane; met by shape by ``media.plane.MediaPlane``."""

from collections.abc import Callable
from typing import Protocol

from catalog.live import LiveStates
from media.remembered import RememberedKeyframe
from media.tap import Tap


class TappedPlane(LiveStates, Protocol):
    """All calls are made on the event loop and return at once."""

    def tap(self, channel: str, tap: Tap, /) -> Callable[[], None]:
        """Lets ``tap`` listen from the next packet on; returns what ends that. Raises ``media.errors.NotLive``."""

    def watched_elsewhere(self, channel: str, viewers: int, /) -> None:
        """So many watch the broadcast by other ways than the plane's own, and are its viewers too."""

    def request_keyframe(self, channel: str, /) -> None: ...

    def keyframe(self, channel: str, /) -> RememberedKeyframe | None:
        """The newest one that is kept whole, some seconds old."""
