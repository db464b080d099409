"""HLS playlists as a player reads them (RFC 8216bis): media playlists with parts, and multivariant ones. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from loadtest.errors import PlaylistError

LINES_MAX = 50_000
_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)(?:,|$)')


@dataclass(frozen=True, slots=True)
class Piece:
    """Something to fetch: a part, or a segment that has no parts any more."""

    msn: int
    """Media sequence number of the segment it is (of)."""
    part: int | None
    """None: the whole segment."""
    uri: str
    duration_s: float
    independent: bool
    starts_at_s: float | None
    """By EXT-X-PROGRAM-DATE-TIME, in seconds since 1970; None when the playlist has none."""
    discontinuity: bool = False
    byte_range: tuple[int, int] | None = None
    """Length and offset."""


@dataclass(frozen=True, slots=True)
class InitSection:
    """EXT-X-MAP."""

    uri: str
    byte_range: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """`pieces` are in order: whole segments where parts are gone, else parts."""

    target_duration_s: float
    part_target_s: float | None
    media_sequence: int
    can_block: bool
    hold_back_s: float
    part_hold_back_s: float | None
    init: InitSection | None
    pieces: tuple[Piece, ...]
    next_msn: int
    """Of the segment that is not whole yet."""
    next_part: int
    """Number of the part that comes next in it."""
    ended: bool


@dataclass(frozen=True, slots=True)
class Variant:
    """EXT-X-STREAM-INF; `audio` is where its sound is when that is apart."""

    uri: str
    bandwidth_bps: int
    codecs: str
    audio: str | None
    score: float = 0.0
    """What the server prefers, the more the better; 0 where it does not say."""


@dataclass(frozen=True, slots=True)
class MultivariantPlaylist:
    """Variants in the order of the playlist."""

    variants: tuple[Variant, ...]


def parse_playlist(text: str) -> MediaPlaylist | MultivariantPlaylist:
    """Raises `PlaylistError` with the line's number."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != "#EXTM3U":
        raise PlaylistError("a playlist begins with #EXTM3U")
    if len(lines) > LINES_MAX:
        raise PlaylistError(f"the playlist has more than {LINES_MAX} lines")
    try:
        if any(line.startswith("#EXT-X-STREAM-INF:") for line in lines):
            return _multivariant(lines)
        return _MediaReader().read(lines)
    except (ValueError, KeyError, IndexError) as error:
        raise PlaylistError(f"not a playlist: {error!r}") from None


def _multivariant(lines: list[str]) -> MultivariantPlaylist:
    sounds: dict[str, str] = {}
    for line in lines:
        if line.startswith("#EXT-X-MEDIA:"):
            found = _attributes(line)
            is_default = found.get("DEFAULT") == "YES"
            if found.get("TYPE") == "AUDIO" and "URI" in found:
                group = found["GROUP-ID"]
                if is_default or group not in sounds:
                    sounds[group] = found["URI"]
    variants = []
    for number, line in enumerate(lines):
        if line.startswith("#EXT-X-STREAM-INF:"):
            found = _attributes(line)
            uri = next((each.strip() for each in lines[number + 1 :] if each.strip() and each[0] != "#"), "")
            if not uri:
                raise ValueError("a variant has no address")
            bandwidth_bps, score = int(found["BANDWIDTH"]), float(found.get("SCORE", 0))
            audio = sounds.get(found.get("AUDIO", ""))
            variants.append(Variant(uri, bandwidth_bps, found.get("CODECS", ""), audio, score))
    return MultivariantPlaylist(tuple(variants))


class _MediaReader:
    """Reads line by line."""

    def __init__(self) -> None:
        self._target_s = 0.0
        self._part_target_s: float | None = None
        self._sequence = 0
        self._control: dict[str, str] = {}
        self._init: InitSection | None = None
        self._pieces: list[Piece] = []
        self._parts: list[Piece] = []
        self._msn = 0
        self._clock_s: float | None = None
        self._discontinuity = False
        self._duration_s = 0.0
        self._range: tuple[int, int] | None = None
        self._range_end = 0
        self._is_gap = False
        self._ended = False

    def read(self, lines: list[str]) -> MediaPlaylist:
        for line in lines:
            text = line.strip()
            if text.startswith("#EXT"):
                self._tag(*_split(text))
            elif text and not text.startswith("#"):
                self._segment(text)
        if not self._target_s:
            raise ValueError("there is no EXT-X-TARGETDURATION")
        hold_back = self._control.get("HOLD-BACK")
        part_hold_back = self._control.get("PART-HOLD-BACK")
        return MediaPlaylist(
            target_duration_s=self._target_s,
            part_target_s=self._part_target_s,
            media_sequence=self._sequence,
            can_block=self._control.get("CAN-BLOCK-RELOAD") == "YES",
            hold_back_s=float(hold_back) if hold_back else 3 * self._target_s,
            part_hold_back_s=float(part_hold_back) if part_hold_back else None,
            init=self._init,
            pieces=(*self._pieces, *self._parts),
            next_msn=self._msn,
            next_part=len(self._parts),
            ended=self._ended,
        )

    def _tag(self, name: str, value: str) -> None:
        match name:
            case "#EXT-X-TARGETDURATION":
                self._target_s = float(value)
            case "#EXT-X-PART-INF":
                self._part_target_s = float(_attributes(value)["PART-TARGET"])
            case "#EXT-X-MEDIA-SEQUENCE":
                self._sequence = self._msn = int(value)
            case "#EXT-X-SERVER-CONTROL":
                self._control = _attributes(value)
            case "#EXT-X-MAP":
                found = _attributes(value)
                self._init = InitSection(found["URI"], _byte_range(found.get("BYTERANGE"), 0))
            case "#EXT-X-PROGRAM-DATE-TIME":
                self._clock_s = datetime.fromisoformat(value).timestamp()
            case "#EXT-X-DISCONTINUITY":
                self._discontinuity = True
            case "#EXT-X-GAP":
                self._is_gap = True
            case "#EXT-X-BYTERANGE":
                self._range = _byte_range(value, self._range_end)
                self._range_end = sum(self._range) if self._range else 0
            case "#EXTINF":
                self._duration_s = float(value.partition(",")[0])
            case "#EXT-X-PART":
                self._part(_attributes(value))
            case "#EXT-X-ENDLIST":
                self._ended = True

    def _part(self, found: dict[str, str]) -> None:
        duration_s = float(found["DURATION"])
        starts_at_s = None
        if self._clock_s is not None:
            starts_at_s = self._clock_s + sum(part.duration_s for part in self._parts)
        if found.get("GAP") == "YES":
            uri = ""
        else:
            uri = found["URI"]
        previous = self._parts[-1].byte_range if self._parts else None
        self._parts.append(
            Piece(
                self._msn,
                len(self._parts),
                uri,
                duration_s,
                found.get("INDEPENDENT") == "YES",
                starts_at_s,
                self._discontinuity and not self._parts,
                _byte_range(found.get("BYTERANGE"), sum(previous) if previous else 0),
            )
        )

    def _segment(self, uri: str) -> None:
        if self._parts:
            self._pieces += self._parts
        else:
            self._pieces.append(
                Piece(
                    self._msn,
                    None,
                    "" if self._is_gap else uri,
                    self._duration_s,
                    independent=True,
                    starts_at_s=self._clock_s,
                    discontinuity=self._discontinuity,
                    byte_range=self._range,
                )
            )
        if self._clock_s is not None:
            self._clock_s += self._duration_s
        self._msn += 1
        self._parts = []
        self._discontinuity = self._is_gap = False
        self._range = None


def _split(text: str) -> tuple[str, str]:
    name, _, value = text.partition(":")
    return name, value


def _attributes(text: str) -> dict[str, str]:
    _, separator, rest = text.partition(":") if text.startswith("#") else ("", "", "")
    return dict(_pairs(rest if separator else text))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for found in _ATTRIBUTE.finditer(text):
        yield found[1], found[2].strip('"')


def _byte_range(text: str | None, follows: int) -> tuple[int, int] | None:
    if not text:
        return None
    length, _, offset = text.partition("@")
    return int(length), int(offset) if offset else follows
