"""The packager's tracks that are encoded anew: what it waits for, what it asks the publisher for, what it is given."""

import math

from media.description import Kind

from ..transcode.events import Event, Transcoding
from ..transcode.renditions import Renditions
from ..wire import AskRecord, PacketRecord, Record
from .packager import KEYFRAME_INTERVAL_S, Packager
from .tracks import CARRIED, TrackFrame

_SOMETHING = "?"
"""Expected until it is known what the pictures nobody carries are made into."""


class EncodedTracks:
    """Of one broadcast. Told of each record after the packager was."""

    def __init__(self, packager: Packager, transcoding: Transcoding) -> None:
        self._packager = packager
        self._renditions = Renditions(transcoding)
        self._expected: set[str] = set()
        self._carried = True
        self._asked_s = -math.inf

    @property
    def process_id(self) -> int | None:
        """Of the process that encodes, while there is one."""
        return self._renditions.process_id

    @property
    def is_starting(self) -> bool:
        return self._renditions.is_starting

    @property
    def behind_s(self) -> float:
        """How much of the publisher's pictures waits for it."""
        return self._renditions.behind_s

    def saw(self, record: Record) -> None:
        """What the packager has just taken."""
        match record:
            case AskRecord(track):
                self._renditions.ask(track)
            case PacketRecord(kind=Kind.VIDEO, codec=codec):
                self._carried = codec in CARRIED
        for frame in self._packager.published():
            self._renditions.saw(frame)
        self._expect()

    def poll(self) -> tuple[list[TrackFrame], list[Event]]:
        """What was made since, and what is to be told."""
        for frame in self._packager.published():
            self._renditions.saw(frame)
        frames, events = self._renditions.poll()
        if events:
            self._expect()
        return frames, events

    def wants_keyframe(self, now_s: float) -> bool:
        """Whether the publisher is to be asked for a keyframe now."""
        if not self._renditions.awaiting_keyframe or now_s - self._asked_s < KEYFRAME_INTERVAL_S:
            return False
        self._asked_s = now_s
        return True

    def close(self) -> None:
        self._renditions.close()

    def _expect(self) -> None:
        """Where HLS cannot carry the publisher's pictures it begins with those that are made of them."""
        expected: set[str] = set()
        if not self._carried:
            expected = set(self._renditions.pictures) if self._renditions.planned else {_SOMETHING}
        for track in expected - self._expected:
            self._packager.expect(track)
        for track in self._expected - expected:
            self._packager.unexpect(track)
        self._expected = expected
