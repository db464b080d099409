"""Rules of RFC 8216bis (draft-pantos-hls-rfc8216bis) that hold for every playlist we serve, checked on its text alone.

It shares no code with what writes playlists.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s][^,\s]*)(?:,|$)')
_KNOWN = {
    "#EXTM3U", "#EXT-X-VERSION", "#EXT-X-TARGETDURATION", "#EXT-X-SERVER-CONTROL", "#EXT-X-PART-INF",
    "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-DISCONTINUITY-SEQUENCE", "#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-SKIP",
    "#EXT-X-MAP", "#EXT-X-PROGRAM-DATE-TIME", "#EXT-X-PART", "#EXTINF", "#EXT-X-GAP", "#EXT-X-DISCONTINUITY",
    "#EXT-X-PRELOAD-HINT", "#EXT-X-RENDITION-REPORT", "#EXT-X-ENDLIST", "#EXT-X-MEDIA", "#EXT-X-STREAM-INF",
}  # fmt: skip


@dataclass
class Part:
    duration_s: float
    uri: str
    independent: bool


@dataclass
class Segment:
    msn: int
    discontinuities: int
    map_uri: str
    at: datetime | None
    parts: list[Part] = field(default_factory=list)
    duration_s: float | None = None
    uri: str = ""
    gap: bool = False


@dataclass
class Media:
    """A media playlist as a client understands it; segments that were skipped are not in it."""

    target_s: int = 0
    part_target_s: float = 0.0
    skip_until_s: float = 0.0
    msn: int = 0
    discontinuities: int = 0
    skipped: int = 0
    segments: list[Segment] = field(default_factory=list)
    hint: str | None = None
    reports: dict[str, tuple[int, int]] = field(default_factory=dict)
    ended: bool = False
    broken: list[str] = field(default_factory=list)

    def rule(self, holds: bool, section: str, what: str) -> None:
        if not holds:
            self.broken.append(f"{section}: {what}")


def attributes(text: str) -> dict[str, str]:
    found = {match[1]: match[2].strip('"') for match in _ATTRIBUTE.finditer(text)}
    assert _ATTRIBUTE.sub("", text) == "", text
    return found


def check_media(text: str) -> Media:
    """Everything that one media playlist says about itself; what does not hold is in `broken`."""
    playlist = Media()
    rule = playlist.rule
    lines = text.split("\n")
    rule(lines[0] == "#EXTM3U", "4.4.1.1", "EXTM3U comes first")
    rule(lines[-1] == "", "4.1", "the last line ends")
    rule("\r" not in text and "\ufeff" not in text, "4.1", "no BOM, one kind of line end")
    tags = [line.partition(":")[0] for line in lines if line.startswith("#")]
    rule(set(tags) <= _KNOWN, "4.2", f"unknown tags {set(tags) - _KNOWN}")
    for once in (
        "#EXT-X-VERSION", "#EXT-X-TARGETDURATION", "#EXT-X-SERVER-CONTROL", "#EXT-X-PART-INF",
        "#EXT-X-MEDIA-SEQUENCE",
    ):  # fmt: skip
        rule(tags.count(once) == 1, "4.4", f"{once} is there once")
    for most in (
        "#EXT-X-DISCONTINUITY-SEQUENCE",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        "#EXT-X-SKIP",
        "#EXT-X-ENDLIST",
    ):
        rule(tags.count(most) <= 1, "4.4", f"{most} is not there twice")
    rule("#EXT-X-STREAM-INF" not in tags and "#EXT-X-MEDIA" not in tags, "4.1", "a playlist is of one kind")
    control: dict[str, str] = {}
    independent_segments = False
    current: Segment | None = None
    map_uri = ""
    discontinuities = 0
    at: datetime | None = None
    gap = discontinuity = False
    began = False

    def segment() -> Segment:
        nonlocal current, at, discontinuity, discontinuities
        if current is None:
            discontinuities += discontinuity
            msn = playlist.msn + playlist.skipped + len(playlist.segments)
            current = Segment(msn, discontinuities, map_uri, at)
            at, discontinuity = None, False
        return current

    for line in lines[1:-1]:
        name, _, value = line.partition(":")
        match name:
            case "#EXT-X-VERSION":
                needed = 9 if "#EXT-X-SKIP" in tags else 6
                rule(int(value) >= needed, "8", f"version {value} has no such tags")
            case "#EXT-X-TARGETDURATION":
                playlist.target_s = int(value)
            case "#EXT-X-SERVER-CONTROL":
                control = attributes(value)
            case "#EXT-X-PART-INF":
                playlist.part_target_s = float(attributes(value)["PART-TARGET"])
            case "#EXT-X-MEDIA-SEQUENCE":
                rule(not began, "4.4.3.2", "it comes before the first segment")
                playlist.msn = int(value)
            case "#EXT-X-DISCONTINUITY-SEQUENCE":
                rule(
                    not began and "#EXT-X-DISCONTINUITY" not in lines[: lines.index(line)], "4.4.3.3", "first"
                )
                playlist.discontinuities = discontinuities = int(value)
            case "#EXT-X-INDEPENDENT-SEGMENTS":
                independent_segments = True
            case "#EXT-X-SKIP":
                playlist.skipped = int(attributes(value)["SKIPPED-SEGMENTS"])
                rule(not playlist.segments, "4.4.5.2", "what is skipped is older than what is there")
                began = True
            case "#EXT-X-MAP":
                rule(current is None or not current.parts, "4.4.4.9", "a map comes before the first part")
                map_uri = attributes(value)["URI"]
            case "#EXT-X-PROGRAM-DATE-TIME":
                rule(current is None, "4.4.4.6", "a date comes before its segment's first part")
                at = datetime.fromisoformat(value)
                rule(at.tzinfo is not None, "4.4.4.6", "a date has its zone")
            case "#EXT-X-DISCONTINUITY":
                rule(current is None, "4.4.4.9", "a discontinuity comes before its segment's first part")
                discontinuity = True
            case "#EXT-X-GAP":
                gap = True
            case "#EXT-X-PART":
                began = True
                told = attributes(value)
                segment().parts.append(
                    Part(float(told["DURATION"]), told["URI"], told.get("INDEPENDENT") == "YES")
                )
            case "#EXTINF":
                rule(
                    re.fullmatch(r"\d+\.\d+,", value) is not None,
                    "4.4.4.1",
                    "EXTINF is a decimal and a comma",
                )
                segment().duration_s = float(value.rstrip(","))
            case "#EXT-X-PRELOAD-HINT":
                told = attributes(value)
                rule(told["TYPE"] == "PART", "4.4.5.3", "what is hinted at is a part")
                playlist.hint = told["URI"]
            case "#EXT-X-RENDITION-REPORT":
                told = attributes(value)
                rule(not told["URI"].startswith(("http", "/")), "4.4.5.4", "a report's URI is relative")
                playlist.reports[told["URI"]] = (int(told["LAST-MSN"]), int(told.get("LAST-PART", -1)))
            case "#EXT-X-ENDLIST":
                playlist.ended = True
            case _ if not line.startswith("#"):
                began = True
                ended = segment()
                rule(ended.duration_s is not None, "4.4.4.1", "EXTINF comes before each segment")
                ended.uri, ended.gap = line, gap
                playlist.segments.append(ended)
                current, gap = None, False
    if current is not None:
        playlist.segments.append(current)
    _check_control(playlist, control)
    _check_segments(playlist, independent_segments)
    return playlist


def _check_control(playlist: Media, control: dict[str, str]) -> None:
    rule, target_s, part_s = playlist.rule, playlist.target_s, playlist.part_target_s
    rule(control.get("CAN-BLOCK-RELOAD") == "YES", "4.4.3.8", "reloads can block")
    playlist.skip_until_s = float(control["CAN-SKIP-UNTIL"])
    rule(playlist.skip_until_s >= 6 * target_s, "4.4.3.8", "CAN-SKIP-UNTIL is at least six target durations")
    rule(
        float(control["HOLD-BACK"]) >= 3 * target_s, "4.4.3.8", "HOLD-BACK is at least three target durations"
    )
    rule(
        float(control["PART-HOLD-BACK"]) >= 3 * part_s - 1e-6,
        "4.4.3.8",
        "PART-HOLD-BACK is at least three part targets",
    )
    rule(0 < part_s < target_s, "4.4.3.7", "parts are shorter than segments")


def _check_segments(playlist: Media, independent_segments: bool) -> None:
    rule, target_s, part_s = playlist.rule, playlist.target_s, playlist.part_target_s
    uris: set[str] = set()
    for number, each in enumerate(playlist.segments):
        is_open = each.duration_s is None
        rule(not is_open or number == len(playlist.segments) - 1, "4.4.4.9", "only the last segment is open")
        rule(bool(each.map_uri), "4.4.4.5", "every segment has its init segment")
        if each.duration_s is not None:
            rule(round(each.duration_s) <= target_s, "4.4.3.1", f"{each.duration_s} s is over the target")
            rule(each.duration_s > 0, "4.4.4.1", "a segment lasts")
            rule(each.uri not in uris, "6.2.1", "every segment has its own name")
            uris.add(each.uri)
        rule(each.at is not None, "4.4.4.6", "every segment tells its date (ours to keep)")
        for index, part in enumerate(each.parts):
            last = index == len(each.parts) - 1 and not is_open
            rule(part.duration_s <= part_s + 0.0011, "4.4.4.9", f"a part of {part.duration_s} s")
            rule(
                last or part.independent or part.duration_s >= 0.85 * part_s - 0.0011,
                "4.4.4.9",
                f"a part of only {part.duration_s} s",
            )
            rule(part.uri not in uris, "6.2.1", "every part has its own name")
            uris.add(part.uri)
        if independent_segments and each.parts:
            rule(each.parts[0].independent, "4.4.2.1", "segments begin with keyframes, as was said")
    rule(not (playlist.ended and playlist.hint), "4.4.5.3", "nothing is hinted at after the end")
    rule(playlist.ended or playlist.hint is not None, "6.2.2", "the next part is hinted at")
    rule(playlist.hint not in uris, "4.4.5.3", "what is hinted at is not there yet")
    rest_s = 0.0
    for each in reversed(playlist.segments):
        rule(
            rest_s <= 3 * target_s or not each.parts,
            "4.4.4.9",
            "parts are told of the newest three target durations only",
        )
        rest_s += each.duration_s or 0.0
    for earlier, later in zip(playlist.segments, playlist.segments[1:], strict=False):
        step = later.discontinuities - earlier.discontinuities
        if earlier.at is not None and later.at is not None and earlier.duration_s is not None and not step:
            drift_s = (later.at - earlier.at) / timedelta(seconds=1) - earlier.duration_s
            rule(abs(drift_s) < 0.5, "4.4.4.6", f"dates follow durations, off by {drift_s:.3f} s")


def check_update(before: Media, after: Media) -> list[str]:
    """What may not change from one reload of a playlist to the next (section 6.2.1)."""
    broken: list[str] = []

    def rule(holds: bool, section: str, what: str) -> None:
        if not holds:
            broken.append(f"{section}: {what}")

    rule(after.target_s == before.target_s, "4.4.3.1", "the target duration stays")
    rule(after.part_target_s == before.part_target_s, "4.4.3.7", "the part target stays")
    rule(after.msn >= before.msn, "4.4.3.2", "media sequence numbers do not go back")
    rule(after.discontinuities >= before.discontinuities, "4.4.3.3", "nor those of discontinuities")
    rule(not before.ended or after.ended, "6.2.1", "what has ended stays so")
    known = {each.msn: each for each in before.segments}
    for each in after.segments:
        old = known.get(each.msn)
        if old is None:
            continue
        rule(each.discontinuities == old.discontinuities, "6.2.1", "a segment keeps its discontinuity number")
        rule(each.map_uri == old.map_uri, "6.2.1", "a segment keeps its init segment")
        rule(each.at == old.at, "6.2.1", "a segment keeps its date")
        if old.duration_s is not None:
            rule(
                (each.uri, each.duration_s) == (old.uri, old.duration_s),
                "6.2.1",
                "a whole segment stays as it is",
            )
        if each.parts and old.parts:
            rule(
                [part.uri for part in each.parts][: len(old.parts)] == [part.uri for part in old.parts],
                "6.2.1",
                "parts are added at the end",
            )
    return broken


def merge(before: Media, delta: Media) -> Media:
    """What a client has after a delta update. Raises `AssertionError` when it lacks what was skipped."""
    known = {each.msn: each for each in before.segments}
    kept = [known[delta.msn + index] for index in range(delta.skipped)]
    assert all(each.duration_s is not None for each in kept)
    rest_s = sum(each.duration_s or sum(part.duration_s for part in each.parts) for each in delta.segments)
    assert not delta.skipped or rest_s >= delta.skip_until_s - 0.001, "4.4.5.2: too much is skipped"
    step = kept[-1].discontinuities if kept else delta.discontinuities
    for each in delta.segments:
        each.discontinuities += step - delta.discontinuities if kept else 0
    delta.segments = [*kept, *delta.segments]
    delta.skipped = 0
    return delta


def check_multivariant(text: str) -> list[str]:
    """A multivariant playlist (section 4.4.6)."""
    broken: list[str] = []
    lines = text.split("\n")
    groups = set()
    for number, line in enumerate(lines):
        name, _, value = line.partition(":")
        if name == "#EXT-X-MEDIA":
            told = attributes(value)
            if not {"TYPE", "GROUP-ID", "NAME", "URI"} <= told.keys():
                broken.append(f"4.4.6.1: {line}")
            groups.add(told["GROUP-ID"])
        if name == "#EXT-X-STREAM-INF":
            told = attributes(value)
            if not {"BANDWIDTH", "CODECS"} <= told.keys() or int(told["BANDWIDTH"]) <= 0:
                broken.append(f"4.4.6.2: {line}")
            has_pictures = any(each[:4] in ("avc1", "vp09", "av01") for each in told["CODECS"].split(","))
            if has_pictures and not {"RESOLUTION", "FRAME-RATE"} <= told.keys():
                broken.append(f"4.4.6.2: pictures have sizes and rates: {line}")
            if "AUDIO" in told and told["AUDIO"] not in groups:
                broken.append(f"4.4.6.2.1: no such group: {line}")
            if int(told.get("AVERAGE-BANDWIDTH", 0)) > int(told["BANDWIDTH"]):
                broken.append(f"4.4.6.2: the average is over the peak: {line}")
            if lines[number + 1].startswith("#") or not lines[number + 1]:
                broken.append("4.4.6.2: a URI follows")
    if lines[0] != "#EXTM3U" or "#EXTINF" in text or lines[-1]:
        broken.append("4.1: it is a multivariant playlist")
    return broken
