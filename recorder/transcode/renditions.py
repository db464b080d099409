"""One broadcast's further tracks: what is made of it now (`control`), by a process of its own (`process`).

Between the packager and both. Blocks for no longer than it takes to start a process.
"""

import time
from collections.abc import Callable
from typing import assert_never

from recorder.frames import TimedFrame
from recorder.hls.tracks import TrackFrame

from .control import Control
from .events import Event, PlannedTrack, TracksMade, TracksPlanned, TranscoderTrouble, Transcoding, Trouble
from .plan import codec_string
from .process import Died, FellBehind, TranscodeProcess
from .wire import Broken, Made


class Renditions:
    """Told of the publisher's frames and of what players ask for; gives frames of tracks."""

    def __init__(self, transcoding: Transcoding, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._control = Control(transcoding.ladder)
        self._process = TranscodeProcess(transcoding.encoder, clock)
        self._made: tuple[str, ...] = ()
        self._told: list[Event] = []

    @property
    def process_id(self) -> int | None:
        return self._process.process_id

    @property
    def is_starting(self) -> bool:
        return self._process.is_starting

    @property
    def behind_s(self) -> float:
        return self._process.behind_s

    @property
    def awaiting_keyframe(self) -> bool:
        """Whether pictures can go on, but for a keyframe of the publisher."""
        return self._process.awaiting_keyframe

    @property
    def planned(self) -> bool:
        """Whether it is known what becomes of the publisher's pictures."""
        return self._control.has_pictures

    @property
    def pictures(self) -> tuple[str, ...]:
        """Tracks with pictures that come without being asked for."""
        return tuple(each.name for each in self._control.planned if each.width and not each.asked)

    def saw(self, timed: TimedFrame) -> None:
        """The publisher's next frame."""
        if self._control.saw(timed):
            self._tell_plan()
        self._configure()
        self._process.take(timed)

    def ask(self, name: str) -> None:
        """A player wants this track."""
        self._control.ask(name, self._clock())
        self._configure()

    def poll(self) -> tuple[list[TrackFrame], list[Event]]:
        """What was made since, and what is to be told."""
        self._configure()
        self._process.poll()
        self._process.send()
        self._process.receive()
        frames: list[TrackFrame] = []
        for event in self._process.events():
            match event:
                case Made(name, timed):
                    frames.append(TrackFrame(name, timed.time_s, timed.frame))
                case Broken(name, detail):
                    self._control.broke(name)
                    self._tell_plan()
                    self._trouble(Trouble.BROKEN, f"{name}: {detail}")
                case Died(status, again_in_s):
                    self._trouble(Trouble.DIED, f"status {status}, again in {again_in_s:.0f} s")
                case FellBehind(behind_s):
                    self._trouble(Trouble.FELL_BEHIND, f"{behind_s:.1f} s")
                case _:
                    assert_never(event)
        told, self._told = self._told, []
        return frames, told

    def close(self) -> None:
        """Nothing more is made."""
        self._process.close()

    def _configure(self) -> None:
        wanted = self._control.wanted(self._clock())
        self._process.configure(wanted)
        names = tuple(each.name for each in wanted)
        if names != self._made:
            self._made = names
            self._told.append(TracksMade(names))

    def _tell_plan(self) -> None:
        tracks = (
            PlannedTrack(
                each.name, codec_string(each), each.bit_rate_bps, each.asked, each.width, each.height
            )
            for each in self._control.planned
        )
        self._told.append(TracksPlanned(tuple(tracks)))

    def _trouble(self, what: Trouble, detail: str) -> None:
        self._told.append(TranscoderTrouble(what, detail))
