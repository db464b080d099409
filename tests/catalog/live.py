"""A media plane for tests: live states are set by hand."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Broadcast:
    state: str = "live"
    started_at_s: float = 1_700_000_000.0
    viewers: int = 0
    video_codec: str | None = "H264"
    audio_codec: str | None = "opus"


class Stage:
    """Meets ``catalog.live.LiveStates``."""

    def __init__(self) -> None:
        self._live: dict[str, Broadcast] = {}
        self._callbacks: list[Callable[[str], None]] = []
        self.subscribed = asyncio.Event()

    def get(self, name: str, /) -> Broadcast | None:
        return self._live.get(name)

    def subscribe(self, callback: Callable[[str], None], /) -> Callable[[], None]:
        self._callbacks.append(callback)
        self.subscribed.set()
        return lambda: self._callbacks.remove(callback) if callback in self._callbacks else None

    def go_live(self, name: str, broadcast: Broadcast | None = None) -> None:
        self._live[name] = broadcast or Broadcast()
        self._tell(name)

    def set_viewers(self, name: str, viewers: int) -> None:
        self._live[name] = replace(self._live[name], viewers=viewers)
        self._tell(name)

    def end(self, name: str) -> None:
        del self._live[name]
        self._tell(name)

    def _tell(self, name: str) -> None:
        for callback in list(self._callbacks):
            callback(name)
