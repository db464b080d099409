"""What the catalog asks of the plane that carries media: is a channel live, and when did that change.

The media plane has its own types and sits below; these Protocols are met by shape. ``NothingLive`` stands in where
no media plane runs.
"""

from collections.abc import Callable
from typing import Protocol

Unsubscribe = Callable[[], None]


class LiveState(Protocol):
    """A broadcast, as viewers may know of it."""

    @property
    def state(self) -> str:
        """``live`` or ``reconnecting``: the publisher vanished and its grace period runs."""

    @property
    def started_at_s(self) -> float:
        """When the broadcast began, in Unix seconds."""

    @property
    def viewers(self) -> int: ...

    @property
    def video_codec(self) -> str | None:
        """``H264``, ``VP8``, ``VP9``, ``AV1``, or ``None`` when no video is sent."""

    @property
    def audio_codec(self) -> str | None:
        """``opus``, or ``None`` when no audio is sent."""


class LiveStates(Protocol):
    """Every broadcast there is. All calls are made on the event loop and return at once."""

    def get(self, name: str, /) -> LiveState | None:
        """``None`` when the channel is offline."""

    def subscribe(self, callback: Callable[[str], None], /) -> Unsubscribe:
        """Calls back with a channel's name after anything ``get`` tells of it has changed.

        The callback must not raise and returns at once. Unsubscribing twice is harmless.
        """


class NothingLive:
    """Every channel is offline, for ever."""

    def get(self, name: str, /) -> LiveState | None:
        return None

    def subscribe(self, callback: Callable[[str], None], /) -> Unsubscribe:
        return lambda: None
