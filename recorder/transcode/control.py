"""Which renditions of one broadcast are to be made now: as the publisher sends, as is configured, as players ask.

No I/O; `now_s` is of any steady clock.
"""

from collections.abc import Sequence

from media.description import Kind
from recorder.frames import TimedFrame

from .plan import Rendition, Source, plan

ASKED_S = 60.0
"""How long something that was asked for is made after it was asked for last."""


class Control:
    """Told of every frame and every question; `wanted` is what is to be made."""

    def __init__(self, ladder: Sequence[str]) -> None:
        self._ladder = tuple(ladder)
        self._source = Source(None, None, sound=False)
        self._asked_s: dict[str, float] = {}
        self._broken: set[str] = set()
        self.planned: tuple[Rendition, ...] = ()
        """What can be had of this broadcast, largest first: also what is made only when asked for."""

    @property
    def has_pictures(self) -> bool:
        """Whether the publisher has sent any."""
        return self._source.picture is not None

    def saw(self, timed: TimedFrame) -> bool:
        """The publisher has sent a frame; whether `planned` is another one now."""
        source, frame = self._source, timed.frame
        if timed.kind is Kind.AUDIO:
            if source.sound:
                return False
            self._source = Source(source.codec, source.picture, sound=True)
        else:
            picture = frame.picture
            known = source.picture
            same_size = known and picture and (known.width, known.height) == (picture.width, picture.height)
            if picture is None or (same_size and frame.codec == source.codec):
                return False
            self._source = Source(frame.codec, picture, source.sound)
        return self._plan()

    def ask(self, name: str, now_s: float) -> None:
        """A player has asked for a rendition; of names there is nothing to know before the publisher's first frame."""
        if len(self._asked_s) < _MAX_ASKED or name in self._asked_s:
            self._asked_s[name] = now_s

    def broke(self, name: str) -> None:
        """It cannot be made, and is not tried again."""
        self._broken.add(name)
        self._plan()

    def wanted(self, now_s: float) -> tuple[Rendition, ...]:
        """What is to be made now."""
        self._asked_s = {name: at_s for name, at_s in self._asked_s.items() if now_s - at_s < ASKED_S}
        return tuple(each for each in self.planned if not each.asked or each.name in self._asked_s)

    def _plan(self) -> bool:
        before = self.planned
        self.planned = tuple(
            each for each in plan(self._ladder, self._source) if each.name not in self._broken
        )
        return self.planned != before


_MAX_ASKED = 16
