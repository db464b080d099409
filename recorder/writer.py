"""Carries out what a recording's core decides: opens, writes and ends its files. Blocking: not for the event loop.

A part's file says in its name when it begins: `part-0001-000012345.mp4` is the first part, 12.345 s after the broadcast
began. The directory is locked (`lock`) while somebody writes into it, so that nobody takes its files for left over.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterable
from pathlib import Path

import av
from av.error import FFmpegError

from .part_file import PartFile, container_of
from .parts import Effect, FrameOfPart, PartBegins, PartEnds
from .recording import Recording
from .room import DiskFull, check_room, stopped_by
from .wire import Closed, Event, Open, Progress, Record, Stopped, WantKeyframe

LOCK_NAME = "lock"
PROGRESS_INTERVAL_S = 1.0
KEYFRAME_INTERVAL_S = 1.0

av.logging.set_level(av.logging.PANIC)  # what matters is raised


class RecordingWriter:
    """One recording on its way into files."""

    def __init__(self, command: Open) -> None:
        self._directory = Path(command.directory)
        self._keep_free_bytes = command.keep_free_bytes
        self._recording = Recording()
        self._number = command.first_part
        self._part: PartFile | None = None
        self._ended_bytes = 0
        self._parts = 0
        self._first_s = 0.0
        self._begin_s = 0.0
        self._reached_s = 0.0
        self._told_s = 0.0
        self._asked_s = 0.0
        self._lock = os.open(self._directory / LOCK_NAME, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.stopped: Stopped | None = None

    def take(self, records: Iterable[Record], now_s: float) -> list[Event]:
        """Write what came. After `Stopped` everything is ignored."""
        try:
            for record in records:
                if self.stopped is None:
                    self._carry_out(self._recording.take(record, now_s))
        except (OSError, FFmpegError, DiskFull) as error:
            return [self._stop(error)]
        return []

    def poll(self, now_s: float) -> list[Event]:
        """Let time pass."""
        if self.stopped is not None:
            return []
        events: list[Event] = []
        try:
            self._carry_out(self._recording.poll(now_s))
            if now_s - self._told_s >= PROGRESS_INTERVAL_S:
                self._told_s = now_s
                events.append(self._progress())
                check_room(self._directory, self._keep_free_bytes)
        except (OSError, FFmpegError, DiskFull) as error:
            return [self._stop(error)]
        if not self._recording.awaiting_keyframe:
            self._asked_s = now_s
        elif now_s - self._asked_s >= KEYFRAME_INTERVAL_S:
            self._asked_s = now_s
            events.append(WantKeyframe())
        return events

    def close(self, now_s: float) -> list[Event]:
        """End what is open."""
        events: list[Event] = []
        if self.stopped is None:
            try:
                self._carry_out(self._recording.end(now_s))
            except (OSError, FFmpegError, DiskFull) as error:
                events.append(self._stop(error))
        os.close(self._lock)
        return [*events, Closed(self._duration_ms(), self._parts)]

    def _carry_out(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case FrameOfPart(kind, at_s, frame):
                    assert self._part is not None
                    self._part.write(kind, at_s, frame)
                case PartBegins(start_s, layout, first):
                    check_room(self._directory, self._keep_free_bytes)
                    name = f"part-{self._number:04}-{max(0, round(start_s * 1000)):09}.{container_of(layout)}"
                    self._part = PartFile(self._directory / name, layout, first)
                    self._begin_s = start_s
                    if not self._parts:
                        self._first_s = self._reached_s = start_s
                    self._number += 1
                    self._parts += 1
                case PartEnds():
                    self._end_part()

    def _end_part(self) -> None:
        part, self._part = self._part, None
        if part is not None:
            try:
                part.close()
            finally:
                self._reached_s = self._begin_s + part.duration_s
            self._ended_bytes += part.path.stat().st_size

    def _stop(self, error: Exception) -> Stopped:
        self.stopped = stopped_by(error)
        part, self._part = self._part, None
        if part is not None:
            self._reached_s = self._begin_s + part.duration_s
            if isinstance(error, DiskFull):  # which came in time
                with contextlib.suppress(OSError, FFmpegError):
                    part.close()
            else:
                with contextlib.suppress(OSError):
                    part.abandon()
        return self.stopped

    def _progress(self) -> Progress:
        size = self._ended_bytes + (self._part.size_bytes if self._part is not None else 0)
        return Progress(
            self._duration_ms(), size, self._recording.lost_packets, self._recording.dropped_frames
        )

    def _duration_ms(self) -> int:
        """Since the first file began."""
        reached_s = self._reached_s
        if self._part is not None:
            reached_s = self._begin_s + self._part.duration_s
        return round((reached_s - self._first_s) * 1000)
