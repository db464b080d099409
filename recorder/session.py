"""One broadcast on its way to the recorder: a tap on the stream, a queue, and what is known of the recording so far."""

from collections.abc import Callable

from media.description import Kind
from media.publisher import Incoming
from media.rtcp import SenderReport

from .packet_queue import PacketQueue
from .recordings import RecordingId
from .wire import Progress


class RecordedSession:
    """A ``media.tap.Tap``. ``origin_s`` is when the broadcast began, on the clock ``time`` tells."""

    def __init__(
        self, name: str, number: int, origin_s: float, time: Callable[[], float], ended: Callable[[], None]
    ) -> None:
        self.name = name
        self.number = number
        self.queue = PacketQueue()
        self.release: Callable[[], None] = lambda: None
        self.recording_id: RecordingId | None = None
        """Once it is decided that it is recorded."""
        self.channel_id = 0
        self.broadcast_id: int | None = None
        self.progress = Progress(0, 0, 0, 0)
        self._before = self.progress
        self.parts = 0
        self.room_bytes: int | None = None
        """How large the recording may become; ``None``: as large as it wants."""
        self.trouble: str | None = None
        self.ending = False
        self._origin_s = origin_s
        self._time = time
        self._ended = ended

    def note(self, progress: Progress) -> None:
        """How far the process that writes now is."""
        before = self._before
        self.progress = Progress(
            before.duration_ms + progress.duration_ms,
            before.size_bytes + progress.size_bytes,
            before.lost_packets + progress.lost_packets,
            before.dropped_frames + progress.dropped_frames,
        )

    def begin_again(self) -> None:
        """Another process goes on from here."""
        self._before = self.progress
        self.queue.clear()

    def publisher_changed(self) -> None:
        self.queue.publisher_changed()

    def packet(self, incoming: Incoming) -> None:
        self.queue.packet(incoming, self._time() - self._origin_s)

    def report(self, kind: Kind, report: SenderReport) -> None:
        self.queue.report(kind, report)

    def ended(self) -> None:
        self._ended()
