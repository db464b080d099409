"""What may listen to a stream beside its viewers: packets as the publisher sent them, in clear."""

from typing import Protocol

from .description import Kind
from .publisher import Incoming
from .rtcp import SenderReport


class Tap(Protocol):
    """Called on the event loop, in the media path: every method returns at once, and raises nothing.

    Packets come in order of arrival, each once, losses that were repaired among them.
    """

    def publisher_changed(self) -> None:
        """What follows is of another publisher, with numbers and clocks of its own."""

    def packet(self, incoming: Incoming) -> None: ...

    def report(self, kind: Kind, report: SenderReport) -> None:
        """A sender report of the source that sends this kind, as it came."""

    def ended(self) -> None:
        """The broadcast is over. Nothing follows."""
