"""Still pictures of what is live, for those who ask: made at most every few seconds, whoever asks how often.

The keyframe is the one the media plane remembers for joiners, so that a broadcast nobody asks for costs nothing.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from infra.tasks import BackgroundTasks

from ..errors import NoStill
from ..plane import TappedPlane
from .maker import Keyframe
from .process import StillProcess

FRESH_S = 5.0
"""A picture is shown this long before another one is made, of a keyframe that is mostly younger than two seconds."""
MAX_AGE_S = 15.0
"""Of a keyframe; an older one is only shown when no other comes."""
WAIT_S = 2.5
"""For a keyframe that had to be asked for."""
MAX_KEPT = 500
"""Pictures of some 50 KB; the one asked for least recently is dropped."""
_POLL_S = 0.1

_log = structlog.get_logger("recorder")


@dataclass(frozen=True, slots=True)
class Still:
    jpeg: bytes
    etag: str
    made_s: float
    """On the event loop's clock."""


class Stills:
    """Between `open` and `close`."""

    def __init__(self, plane: TappedPlane, tasks: BackgroundTasks) -> None:
        self._plane = plane
        self._tasks = tasks
        self._process = StillProcess()
        self._one_at_a_time = asyncio.Lock()
        self._kept: OrderedDict[str, Still] = OrderedDict()
        self._under_way: dict[str, asyncio.Future[Still | None]] = {}
        self._making: set[asyncio.Task[None]] = set()
        self._unsubscribe: Callable[[], None] = lambda: None

    @property
    def process_id(self) -> int | None:
        """Of the process that decodes, while there is one."""
        return self._process.process_id

    def open(self) -> None:
        self._unsubscribe = self._plane.subscribe(self._live_changed)

    async def close(self) -> None:
        self._unsubscribe()
        for task in self._making:
            task.cancel()
        if self._making:
            await asyncio.wait(self._making)
        await self._process.close()

    async def get(self, name: str) -> Still:
        """Raises `NoStill`."""
        if not self._shows(name):
            raise NoStill("the channel is not live, or has no picture")
        kept = self._kept.get(name)
        if kept is not None and asyncio.get_running_loop().time() - kept.made_s < FRESH_S:
            self._kept.move_to_end(name)
            return kept
        under_way = self._under_way.get(name)
        if under_way is None:
            under_way = self._under_way[name] = asyncio.get_running_loop().create_future()
            task = self._tasks.start("still", self._make(name, under_way))
            self._making.add(task)
            task.add_done_callback(self._making.discard)
        still = await asyncio.shield(under_way)
        if still is None:
            raise NoStill("no whole picture has come yet")
        return still

    def forget(self, name: str) -> None:
        """The next one who asks gets another picture."""
        self._kept.pop(name, None)

    def _shows(self, name: str) -> bool:
        state = self._plane.get(name)
        return state is not None and state.video_codec is not None

    def _live_changed(self, name: str) -> None:
        if not self._shows(name):
            self.forget(name)

    async def _make(self, name: str, answer: "asyncio.Future[Still | None]") -> None:
        still = self._kept.get(name)
        try:
            jpeg = await self._picture(name)
            if jpeg and self._shows(name):
                etag = hashlib.sha256(jpeg).hexdigest()[:32]
                still = self._kept[name] = Still(jpeg, etag, asyncio.get_running_loop().time())
                self._kept.move_to_end(name)
                while len(self._kept) > MAX_KEPT:
                    self._kept.popitem(last=False)
        except OSError as error:
            _log.warning("still_not_made", channel=name, error=str(error))
        finally:
            del self._under_way[name]
            if not answer.done():
                answer.set_result(still)

    async def _picture(self, name: str) -> bytes:
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + WAIT_S
        keyframe = self._plane.keyframe(name)
        while keyframe is None or loop.time() - keyframe.since_s > MAX_AGE_S:
            if loop.time() >= deadline_s or not self._shows(name):
                break
            self._plane.request_keyframe(name)
            await asyncio.sleep(_POLL_S)
            keyframe = self._plane.keyframe(name) or keyframe
        if keyframe is None:
            return b""
        async with self._one_at_a_time:
            return await self._process.make(Keyframe(keyframe.codec, keyframe.payloads))
