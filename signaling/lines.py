"""Splits SDP, or a fragment of it, into lines (RFC 8866 section 5), within bounds that are checked first.

It knows no attribute; `offer` and `sdpfrag` do.
"""

from dataclasses import dataclass

from .errors import MalformedSdp, SdpTooLarge

MAX_CHARS = 65_536
MAX_LINES = 2_000
MAX_LINE_CHARS = 2_048


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the text: `number` counts from 1, `name` is `a=mid` of `a=mid:0`, else `v` of `v=0`."""

    number: int
    name: str
    value: str


def read_lines(text: str) -> list[Line]:
    """Splits SDP or a fragment into lines, which end in CRLF or LF. Raises MalformedSdp or SdpTooLarge."""
    if len(text) > MAX_CHARS:
        raise SdpTooLarge(f"the text has {len(text)} characters, at most {MAX_CHARS} are read")
    raw_lines = text.rstrip("\r\n").split("\n")
    if len(raw_lines) > MAX_LINES:
        raise SdpTooLarge(f"the text has {len(raw_lines)} lines, at most {MAX_LINES} are read")
    return [_read_line(number, raw.removesuffix("\r")) for number, raw in enumerate(raw_lines, start=1)]


def _read_line(number: int, raw: str) -> Line:
    if len(raw) > MAX_LINE_CHARS:
        raise SdpTooLarge(f"line {number} has {len(raw)} characters, at most {MAX_LINE_CHARS} are read")
    if not raw.isprintable() and any(not char.isprintable() and char != "\t" for char in raw):
        raise MalformedSdp(f"line {number} contains a control character")
    if len(raw) < 2 or raw[1] != "=" or not "a" <= raw[0] <= "z":
        raise MalformedSdp(f'line {number} is not of the form "x=value": {quote(raw)}')
    if raw[0] != "a":
        return Line(number, raw[0], raw[2:].strip())
    name, _, value = raw[2:].partition(":")
    return Line(number, f"a={name.strip()}", value.strip())


def parse_number(line: Line, text: str, highest: int) -> int:
    """`text`, which is a part of `line`, as a decimal number up to `highest`. Raises MalformedSdp."""
    if text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= highest:
        return int(text)
    raise MalformedSdp(f"line {line.number}: expected a number from 0 to {highest}, got {quote(text)}")


def first(lines: list[Line], name: str) -> str:
    """The value of the first line called `name` (such as `a=mid`), or an empty string."""
    return next((line.value for line in lines if line.name == name), "")


def named(lines: list[Line], name: str) -> list[Line]:
    """Every line called `name`, in order."""
    return [line for line in lines if line.name == name]


def has(lines: list[Line], name: str) -> bool:
    """Whether any line is called `name`."""
    return any(line.name == name for line in lines)


def quote(text: str) -> str:
    """A part of the text for an error message: escaped and shortened."""
    return repr(text if len(text) <= 40 else text[:40] + "...")
