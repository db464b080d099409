"""What joiners are sent first: the packets since one keyframe, each chunk of them written once for everyone who
negotiated the same header.

No I/O. It lives as long as somebody still has to be sent of it; the layer's memory bounds what it holds.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from .burst import Run
from .track import ForwardedPacket

CHUNK_PACKETS = 6


@dataclass(frozen=True, slots=True)
class RememberedKeyframe:
    """One picture as its publisher sent it: all payloads, in order. It came at `since_s` of the event loop's clock."""

    codec: str
    payloads: tuple[bytes, ...]
    since_s: float


class RememberedInterval:
    """`packets` is the layer's own list and grows while the interval is the newest."""

    def __init__(self, packets: list[ForwardedPacket]) -> None:
        self.packets = packets
        self._written: dict[tuple[Hashable, int], list[Run]] = {}

    def runs(
        self,
        variant: Hashable,
        start: int,
        end: int,
        write: Callable[[Sequence[ForwardedPacket]], list[Run]],
    ) -> list[Run]:
        """The runs of the packets from `start` to before `end`, by `write` when nobody of this header `variant` was
        sent them yet. Whole chunks are kept; a stretch that ends at the newest packet is written each time.
        """
        if end - start != CHUNK_PACKETS or start % CHUNK_PACKETS:
            return write(self.packets[start:end])
        runs = self._written.get((variant, start))
        if runs is None:
            runs = self._written[variant, start] = write(self.packets[start:end])
        return runs
