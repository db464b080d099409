"""The other end of `recorder.transcode.worker`: starts it, feeds it without ever waiting, and starts it again.

For a loop of `select`: `socket` is waited for, `receive` and `send` are called when it is ready, `poll` now and then.
What the process does not take in time is dropped (`backlog`); what it has made is returned by `receive`.
"""

import os
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from media.description import Kind
from recorder.frames import TimedFrame

from ..child import Child, ChildGone
from .backlog import Backlog
from .plan import Rendition
from .restarts import Restarts
from .wire import Answer, Broken, Configure, Handled, Made, Reader, message

_DYING_S = 0.2
_RECEIVE_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Died:
    """The process has ended by itself, with this status (a signal's number is negative); pictures go on with a keyframe
    in `again_in_s`.
    """

    status: int
    again_in_s: float


@dataclass(frozen=True, slots=True)
class FellBehind:
    """Pictures are left out up to a keyframe."""

    behind_s: float


Event = Made | Broken | Died | FellBehind


class TranscodeProcess:
    """At most one process, while there is something to make. Use `close` at the end."""

    def __init__(self, encoder: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.restarts = Restarts()
        self.dropped_groups = 0
        """Of all processes so far."""
        self._encoder = encoder
        self._clock = clock
        self._renditions: tuple[Rendition, ...] = ()
        self._child: Child | None = None
        self._backlog = Backlog()
        self._reader = Reader()
        self._answers = msgspec.msgpack.Decoder(Answer)
        self._unsent = b""
        self._start_at_s = 0.0
        self._events: list[Event] = []

    @property
    def socket(self) -> socket.socket | None:
        """To be waited for: to read always, to write when `has_unsent`."""
        return None if self._child is None else self._child.socket

    @property
    def has_unsent(self) -> bool:
        return bool(self._unsent)

    @property
    def process_id(self) -> int | None:
        return None if self._child is None else self._child.id

    @property
    def behind_s(self) -> float:
        return self._backlog.behind_s

    @property
    def size_bytes(self) -> int:
        """What waits for the process."""
        return self._backlog.size_bytes

    @property
    def is_starting(self) -> bool:
        """Whether something is to be made, and no process has taken it up yet."""
        return bool(self._renditions) and (self._child is None or not self._backlog.ready)

    @property
    def awaiting_keyframe(self) -> bool:
        """Whether pictures can go on, but for a keyframe."""
        pictures = any(each.width for each in self._renditions)
        return pictures and self._child is not None and self._backlog.awaiting_keyframe

    def configure(self, renditions: tuple[Rendition, ...]) -> None:
        """Make these and no others. Without any, the process goes."""
        if renditions == self._renditions:
            return
        self._renditions = renditions
        if not renditions:
            self._leave()
        elif self._child is not None:
            self._command()

    def take(self, timed: TimedFrame) -> None:
        """A frame of the publisher."""
        if self._child is None:
            return
        if self._backlog.frame(timed):
            self.dropped_groups += 1
            self._events.append(FellBehind(self._backlog.behind_s))
        self.send()

    def send(self) -> None:
        """As much as the socket takes."""
        while self._child is not None:
            self._unsent = self._unsent or self._backlog.take()
            if not self._unsent:
                return
            try:
                sent = self._child.send(self._unsent)
            except ChildGone:
                self._lose(self._child)
                return
            if not sent:
                return
            self._unsent = self._unsent[sent:]

    def receive(self) -> None:
        """What has come; `events` has it then."""
        if self._child is None:
            return
        try:
            data = self._child.receive(_RECEIVE_BYTES)
        except ChildGone:
            self._lose(self._child)
            return
        for body in self._reader.feed(data):
            answer = self._answers.decode(body)
            if isinstance(answer, Handled):
                self._backlog.answered(answer.kind)
            else:
                self._events.append(answer)

    def events(self) -> list[Event]:
        """What has happened since they were asked for last."""
        events, self._events = self._events, []
        return events

    def poll(self) -> None:
        """Start what has to be started. Raises nothing."""
        now_s = self._clock()
        if self._renditions and self._child is None and now_s >= self._start_at_s:
            self._start(now_s)

    def close(self) -> None:
        """Have the process go, at once."""
        self._renditions = ()
        self._leave()

    def _start(self, now_s: float) -> None:
        try:
            self._child = Child("recorder.transcode.worker", str(os.getpid()), self._encoder)
        except OSError as error:
            self._died(error.errno or 1, now_s)
            return
        self._reader, self._backlog, self._unsent = Reader(), Backlog(), b""
        self.restarts.started(now_s)
        self._command()

    def _command(self) -> None:
        for kind in Kind:
            renditions = tuple(each for each in self._renditions if each.kind is kind)
            self._backlog.command(kind, message(Configure(kind, renditions)))
        self.send()

    def _lose(self, child: Child) -> None:
        """It has died."""
        now_s, self._child = self._clock(), None
        child.disconnect()
        try:
            status = child.process.wait(_DYING_S)
        except subprocess.TimeoutExpired:  # it does not answer any more, and may as well go
            child.process.kill()
            status = child.process.wait()
        self._died(status, now_s)

    def _died(self, status: int, now_s: float) -> None:
        self._start_at_s = self.restarts.died(now_s)
        self._events.append(Died(status, self._start_at_s - now_s))

    def _leave(self) -> None:
        """It is not needed any more, and has nothing to lose."""
        child, self._child = self._child, None
        if child is not None:
            child.disconnect()
            child.process.kill()
            child.process.wait()
