"""Writes what the packager makes into files, and tells of it. Blocking: not for the event loop.

A segment is one file, `{track}/{msn}.m4s`, that grows by its parts; init segments are `{track}/init-{number}.mp4`.
"""

import math
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import BinaryIO

import msgspec

from media.description import Kind

from ..room import DiskFull, check_room, stopped_by
from ..transcode.events import TracksMade, TracksPlanned, TranscoderTrouble, Transcoding
from ..wire import Closed, Record, Stopped, WantKeyframe
from .encoded_tracks import EncodedTracks
from .events import InitWritten, PartWritten, SegmentWritten, TracksBegun
from .mp4 import init_segment
from .packager import Packager
from .segmenter import Begun, Effect, Resumed
from .track_segments import InitMade, PartMade, SegmentEnded

ROOM_INTERVAL_S = 1.0


class OpenHls(msgspec.Struct, tag="open"):
    """Write what follows into `directory`, which exists. `resumed` says what an earlier process has written."""

    directory: str
    keep_free_bytes: int
    transcoding: Transcoding | None = None
    resumed: Resumed | None = None


Event = (
    TracksBegun
    | InitWritten
    | PartWritten
    | SegmentWritten
    | TracksPlanned
    | TracksMade
    | TranscoderTrouble
    | WantKeyframe
    | Stopped
    | Closed
)


class HlsWriter:
    """One broadcast on its way into segments."""

    def __init__(self, command: OpenHls) -> None:
        encodes = command.transcoding is not None
        self._packager = Packager(command.resumed, encodes=encodes)
        self._files = SegmentFiles(Path(command.directory))
        self._directory = Path(command.directory)
        self._keep_free_bytes = command.keep_free_bytes
        self.encoding = (
            None if command.transcoding is None else EncodedTracks(self._packager, command.transcoding)
        )
        """Tracks that are encoded anew, where that is wanted."""
        self._looked_s = -math.inf
        self._stopped = False

    def take(self, records: Iterable[Record], now_s: float) -> list[Event]:
        """Write what came. After `Stopped` everything is ignored."""
        events: list[Event] = []
        try:
            for record in records:
                if not self._stopped:
                    events += self._files.write(self._packager.take(record, now_s))
                    if self.encoding is not None:
                        self.encoding.saw(record)
            events += self._encode(now_s)
        except (OSError, DiskFull) as error:
            events.append(self._stop(error))
        return events

    def poll(self, now_s: float) -> list[Event]:
        """Let time pass."""
        if self._stopped:
            return []
        events: list[Event] = []
        try:
            events += self._files.write(self._packager.poll(now_s))
            events += self._encode(now_s)
            if now_s - self._looked_s >= ROOM_INTERVAL_S:
                self._looked_s = now_s
                check_room(self._directory, self._keep_free_bytes)
        except (OSError, DiskFull) as error:
            return [*events, self._stop(error)]
        encoder_waits = self.encoding is not None and self.encoding.wants_keyframe(now_s)
        if self._packager.wants_keyframe(now_s) or encoder_waits:
            events.append(WantKeyframe())
        return events

    def close(self, now_s: float) -> list[Event]:
        """End what is open."""
        events: list[Event] = []
        if not self._stopped:
            try:
                events += self._files.write(self._packager.end(now_s))
            except OSError as error:
                events.append(self._stop(error))
        self._files.close()
        if self.encoding is not None:
            self.encoding.close()
        return [*events, Closed(0, 0)]

    def _encode(self, now_s: float) -> list[Event]:
        if self.encoding is None or self._stopped:
            return []
        frames, told = self.encoding.poll()
        events: list[Event] = list(told)
        for frame in frames:
            events += self._files.write(self._packager.push(frame, now_s))
        return events

    def _stop(self, error: Exception) -> Stopped:
        self._stopped = True
        self._files.close()
        if self.encoding is not None:
            self.encoding.close()
        return stopped_by(error)


class SegmentFiles:
    """The files of one broadcast. Methods raise `OSError`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._open: dict[str, tuple[int, BinaryIO]] = {}

    def write(self, effects: Collection[Effect]) -> list[Event]:
        """Carry out what the packager decided; returns what to tell of it."""
        return [self._write(effect) for effect in effects]

    def close(self) -> None:
        """What is open stays as it is."""
        for _, file in self._open.values():
            file.close()
        self._open.clear()

    def _write(self, effect: Effect) -> Event:
        match effect:
            case Begun(target_duration_s, part_target_s):
                return TracksBegun(target_duration_s, part_target_s)
            case InitMade(track, kind, number, fmt):
                directory = self._directory / track
                directory.mkdir(exist_ok=True)
                (directory / f"init-{number}.mp4").write_bytes(init_segment(fmt))
                return InitWritten(
                    track, kind is Kind.VIDEO, number, fmt.codecs, fmt.width, fmt.height, fmt.channels
                )
            case PartMade():
                return self._write_part(effect)
            case SegmentEnded():
                size_bytes = 0
                if effect.track in self._open:
                    _, file = self._open.pop(effect.track)
                    size_bytes = file.tell()
                    file.close()
                return SegmentWritten(
                    effect.track,
                    effect.msn,
                    effect.start_s,
                    effect.duration_s,
                    effect.parts,
                    effect.begins_independent,
                    effect.discontinuities,
                    size_bytes,
                )

    def _write_part(self, part: PartMade) -> PartWritten:
        msn, file = self._open.get(part.track, (None, None))
        if file is None or msn != part.msn:
            path = self._directory / part.track / f"{part.msn}.m4s"
            file = path.open("wb", buffering=0)
            self._open[part.track] = part.msn, file
        offset = file.tell()
        view = memoryview(part.data)
        while view:
            view = view[file.write(view) :]
        return PartWritten(
            part.track,
            part.msn,
            part.index,
            part.segment_start_s,
            part.duration_s,
            part.independent,
            part.discontinuities,
            part.init,
            part.frames,
            offset,
            len(part.data),
        )
