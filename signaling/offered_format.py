"""Reads the payload formats of one media section: `rtpmap`, `fmtp` and `rtcp-fb`, in whatever order they stand.

Names and parameters are kept as offered; `formats` decides what they are worth.
"""

import re
from dataclasses import dataclass

from .errors import MalformedSdp
from .lines import Line, parse_number, quote


@dataclass(frozen=True, slots=True)
class OfferedFormat:
    """One payload type with its `rtpmap`, `fmtp`, `rtcp-fb`; a parameter without `=` has an empty value."""

    payload_type: int
    name: str
    clock_rate: int
    channels: int | None
    fmtp: tuple[tuple[str, str], ...]
    feedback: frozenset[str]

    def parameter(self, key: str, default: str = "") -> str:
        return next((value for name, value in self.fmtp if name.lower() == key), default)


def read_formats(attributes: list[Line], tokens: tuple[str, ...]) -> tuple[OfferedFormat, ...]:
    """Those of the payload types in `tokens` that have an `rtpmap`, in that order. Raises MalformedSdp."""
    maps: dict[int, tuple[str, int, int | None]] = {}
    parameters: dict[int, tuple[tuple[str, str], ...]] = {}
    feedback: dict[int | None, set[str]] = {}
    for line in attributes:
        match line.name:
            case "a=rtpmap":
                payload_type, rest = _payload_type_and_rest(line)
                maps.setdefault(payload_type, _encoding(line, rest))
            case "a=fmtp":
                payload_type, rest = _payload_type_and_rest(line)
                parameters.setdefault(payload_type, _parameters(rest))
            case "a=rtcp-fb":
                target, _, value = line.value.partition(" ")
                subject = None if target == "*" else parse_number(line, target, 127)
                feedback.setdefault(subject, set()).add(" ".join(value.split()))
    order = [int(token) for token in tokens if token.isascii() and token.isdigit() and len(token) <= 3]
    common = feedback.get(None, set())
    return tuple(
        OfferedFormat(
            payload_type=payload_type,
            name=maps[payload_type][0],
            clock_rate=maps[payload_type][1],
            channels=maps[payload_type][2],
            fmtp=parameters.get(payload_type, ()),
            feedback=frozenset(common | feedback.get(payload_type, set())),
        )
        for payload_type in dict.fromkeys(order)
        if payload_type in maps
    )


_ENCODING = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,64})/([0-9]{1,9})(?:/([0-9]{1,3}))?")


def _encoding(line: Line, value: str) -> tuple[str, int, int | None]:
    match = _ENCODING.fullmatch(value)
    if match is None:
        raise MalformedSdp(
            f'line {line.number}: expected "<name>/<clock rate>[/<channels>]", got {quote(value)}'
        )
    return match[1], int(match[2]), int(match[3]) if match[3] else None


def _parameters(value: str) -> tuple[tuple[str, str], ...]:
    pairs = (part.partition("=") for part in value.split(";"))
    return tuple((key.strip(), item.strip()) for key, _, item in pairs if key.strip())


def _payload_type_and_rest(line: Line) -> tuple[int, str]:
    head, _, rest = line.value.partition(" ")
    return parse_number(line, head, 127), rest.strip()
