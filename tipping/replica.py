"""The part ``tips`` of a public room in this process, as ``infra.topics`` drives it."""

from collections.abc import Callable
from typing import Any

from tipping.stage import Stage
from tipping.stages import Stages


class StageReplica:
    """Loaded from the database, changed by events."""

    def __init__(self, channel: int, stages: Stages, now_ms: Callable[[], int]) -> None:
        self.stage = Stage()
        self._channel = channel
        self._stages = stages
        self._now_ms = now_ms

    async def load(self) -> Stage:
        return await self._stages.load(self._channel)

    def adopt(self, loaded: Stage, /) -> None:
        self.stage = loaded

    def apply(self, event: Any, _offset: int, /) -> None:
        self.stage.apply(event)

    def hear(self, _signal: Any, /) -> None:
        return None

    def snapshot(self) -> object:
        return self.stage.snapshot(self._now_ms())

    def close(self) -> None:
        return None
