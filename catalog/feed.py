"""News about channels, pushed to whoever listens: what each channel's page and the home page show live.

Every topic (one channel, or the list of all) is rendered once per piece of news and the same bytes go to all of its
listeners. A listener holds only the latest news it has not read yet, so a slow one skips intermediate states and
costs nothing. It speaks no HTTP; ``catalog.events`` writes the stream.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError

from catalog.channel import ChannelName
from catalog.errors import ChannelMoved, ChannelNotFound, TooManyListeners
from catalog.live import LiveStates
from catalog.pacing import Pacer
from catalog.presenter import ChannelPresenter
from catalog.service import ChannelService
from catalog.views import encode

_log = structlog.get_logger("catalog")

MAX_LISTENERS = 10_000
RETRY_AFTER_FAILURE_S = 2.0
RETRY_AFTER_FULL_S = 5


class Listener:
    """One reader of a topic; keeps the latest news until it is read, and nothing older."""

    def __init__(self) -> None:
        self._latest: bytes | None = None
        self._arrived = asyncio.Event()
        self.closed = False

    async def next(self, timeout_s: float) -> bytes | None:
        """The latest news, or ``None`` when there was none for ``timeout_s`` or the feed closed."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._arrived.wait()
        except TimeoutError:
            return None
        if not self.closed:
            self._arrived.clear()
        latest, self._latest = self._latest, None
        return latest

    def put(self, news: bytes) -> None:
        self._latest = news
        self._arrived.set()

    def close(self) -> None:
        self.closed = True
        self._arrived.set()


@dataclass(slots=True)
class _Topic:
    pacer: Pacer = field(default_factory=Pacer)
    listeners: set[Listener] = field(default_factory=set)
    seen: dict[str, object] = field(default_factory=dict)
    """What was last known of each channel besides its viewer count; tells urgent news from minor."""


class ChannelFeed:
    """Watches the live states and the channels; ``run`` is its background task."""

    def __init__(
        self,
        channels: ChannelService,
        live: LiveStates,
        presenter: ChannelPresenter,
        *,
        monotonic: Callable[[], float],
        max_listeners: int = MAX_LISTENERS,
    ) -> None:
        self._channels = channels
        self._live = live
        self._presenter = presenter
        self._monotonic = monotonic
        self._max_listeners = max_listeners
        self._topics: dict[ChannelName | None, _Topic] = {}
        self._wake = asyncio.Event()
        self._closed = False

    @contextmanager
    def listen(self, name: ChannelName | None) -> Iterator[Listener]:
        """Listens to one channel, or to the list of all with ``None``. Raises ``TooManyListeners``."""
        if self.listeners() >= self._max_listeners:
            raise TooManyListeners(headers={"Retry-After": str(RETRY_AFTER_FULL_S)})
        listener = Listener()
        topic = self._topics.setdefault(name, _Topic())
        topic.listeners.add(listener)
        if self._closed:
            listener.close()
        try:
            yield listener
        finally:
            topic.listeners.discard(listener)
            if not topic.listeners and self._topics.get(name) is topic:
                del self._topics[name]

    def listeners(self) -> int:
        """How many listen now."""
        return sum(len(topic.listeners) for topic in self._topics.values())

    async def render(self, name: ChannelName | None) -> bytes:
        """The topic's state now, in JSON. Raises ``ChannelNotFound``, ``ChannelMoved``."""
        if name is None:
            return encode(await self._presenter.many(await self._channels.list()))
        return encode(await self._presenter.one(await self._channels.get(name)))

    def changed(self, name: ChannelName) -> None:
        """A channel was added, or what it tells of itself changed."""
        self._mark(name, None)
        self._mark(name, name)

    def recounted(self, name: ChannelName) -> None:
        """Only a number changed."""
        for topic_name in (None, name):
            if (topic := self._topics.get(topic_name)) is not None:
                topic.pacer.changed(self._monotonic(), urgent=False)
                self._wake.set()

    def gone(self, name: ChannelName) -> None:
        """No channel has this name any more: who listened to it is sent away, and may follow to its new name."""
        self._mark(name, None)
        self._end_listeners(name)

    def live_changed(self, name: str) -> None:
        """A live state changed."""
        live = self._live.get(name)
        essence = live and (live.state, live.started_at_s, live.video_codec, live.audio_codec)
        self._mark(ChannelName(name), None, essence)
        self._mark(ChannelName(name), ChannelName(name), essence)

    def close(self) -> None:
        """Ends every listener's stream, and lets ``run`` come to its end."""
        self._closed = True
        self._wake.set()
        for topic in self._topics.values():
            for listener in topic.listeners:
                listener.close()

    async def run(self) -> None:
        """Publishes news as it falls due, until ``close``."""
        unsubscribe = self._live.subscribe(self.live_changed)
        try:
            while not self._closed:
                await self._wait()
                now = self._monotonic()
                due = [(name, topic) for name, topic in self._topics.items() if topic.pacer.take(now)]
                for name, topic in due:
                    await self._publish(name, topic)
        finally:
            unsubscribe()

    def _mark(self, name: ChannelName, topic_name: ChannelName | None, essence: object = ...) -> None:
        topic = self._topics.get(topic_name)
        if topic is None:
            return
        urgent = essence is ... or topic.seen.get(name, ...) != essence
        if essence is not ...:
            topic.seen[name] = essence
        topic.pacer.changed(self._monotonic(), urgent=urgent)
        self._wake.set()

    async def _wait(self) -> None:
        deadlines = [due for topic in self._topics.values() if (due := topic.pacer.deadline()) is not None]
        timeout_s = max(0.0, min(deadlines) - self._monotonic()) if deadlines else None
        try:
            async with asyncio.timeout(timeout_s):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    async def _publish(self, name: ChannelName | None, topic: _Topic) -> None:
        try:
            news = await self.render(name)
        except (ChannelNotFound, ChannelMoved):
            self._end_listeners(name)
            return
        except (SQLAlchemyError, OSError) as error:
            _log.warning("channel_news_failed", channel=name, error=type(error).__name__)
            if topic.listeners:
                topic.pacer.changed(self._monotonic() + RETRY_AFTER_FAILURE_S, urgent=True)
            return
        for listener in topic.listeners:
            listener.put(news)

    def _end_listeners(self, name: ChannelName | None) -> None:
        topic = self._topics.pop(name, None)
        for listener in topic.listeners if topic is not None else ():
            listener.close()
