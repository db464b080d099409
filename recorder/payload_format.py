"""What the assembler needs of a codec's RTP payload format."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .frames import Picture


@dataclass(frozen=True, slots=True)
class Assembled:
    """`picture` is set when a decoder can start here."""

    data: bytes
    picture: Picture | None


class PayloadFormat(Protocol):
    """One codec's format. May remember what earlier frames held, such as parameter sets."""

    def surely_begins(self, payload: bytes) -> bool:
        """Whether nothing of a frame can come before this payload, which is of a keyframe."""

    def assemble(self, payloads: Sequence[bytes]) -> Assembled:
        """The frame whose payloads these are: all of them, in order. Raises `MalformedPayload`."""
