"""What one listener was shown of the accepted lines: each once, or how many not, and how many twice. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Accepted:
    """A line the server took."""

    id: str
    sent_ns: int


class LineLog:
    """Of one listener, over all of its connections.

    A line counts as shown once it came as an event, or stood in the snapshot of a room that began anew. It came twice
    when two events of one epoch brought it. A snapshot repeats nothing, because it replaces all there was; nor does an
    event after it, such as that of a line whose server was killed before it knew that everybody had been told.
    """

    def __init__(self, since_ns: int) -> None:
        self._since_ns = since_ns
        self._events: dict[str, int] = {}
        self._repeated = 0
        self._shown: set[str] = set()
        """Before the room began anew, and by its snapshots."""

    def said(self, line: str) -> None:
        """An event brought it."""
        self._events[line] = self._events.get(line, 0) + 1

    def began_anew(self, snapshot: object) -> None:
        """Everything that was shown is replaced by this."""
        self._repeated = self.repeated
        self._shown |= self._events.keys()
        self._events.clear()
        match snapshot:
            case {"chat": {"messages": list(messages)}}:
                for message in messages:
                    self._shown.add(str(message["id"]))

    def missed(self, accepted: Iterable[Accepted]) -> int:
        """How many lines, written since it listens, it was never shown."""
        return sum(
            line.id not in self._events and line.id not in self._shown
            for line in accepted
            if line.sent_ns >= self._since_ns
        )

    @property
    def repeated(self) -> int:
        """How many lines came more than once."""
        return self._repeated + sum(times > 1 for times in self._events.values())


def lines_of(messages: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """The data of every event in a frame of messages; those that a `joined` brings are among them."""
    for message in messages:
        if message["type"] == "event" and isinstance(message.get("data"), dict):
            yield message["data"]
        elif message["type"] == "joined":
            yield from lines_of(message.get("events") or ())
