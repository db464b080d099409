"""Reads the text of an SDP offer into frozen values (RFC 8866 and the WebRTC attributes of RFC 8829).

Every attribute that negotiation needs is read strictly and reported with its line; all others are ignored.
Values are kept as offered (order of formats, raw format parameters), because the answer has to repeat them.
It decides nothing: what is acceptable is the business of `sdp`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from media.description import Fingerprint

from .errors import MalformedSdp, SdpTooLarge
from .lines import Line, first, has, named, parse_number, quote, read_lines
from .offered_format import OfferedFormat, read_formats

MAX_MEDIA_SECTIONS = 32
MAX_SSRCS = 64
"""Per media section; a browser announces at most eight."""


class Direction(StrEnum):
    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        return self in (Direction.SENDRECV, Direction.SENDONLY)

    @property
    def receives(self) -> bool:
        return self in (Direction.SENDRECV, Direction.RECVONLY)


@dataclass(frozen=True, slots=True)
class HeaderExtension:
    """An RTP header extension (RFC 8285)."""

    id: int
    uri: str


@dataclass(frozen=True, slots=True)
class Transport:
    """The ICE and DTLS attributes of a section or else of the session; empty where there are none."""

    ice_ufrag: str
    ice_pwd: str
    setup: str
    fingerprints: tuple[Fingerprint, ...]


@dataclass(frozen=True, slots=True)
class OfferedMedia:
    """One `m=` section.

    `format_tokens` are words of the `m=` line; `formats` those of them that have an `rtpmap`, in that order.
    `repairs` maps a repair SSRC to the SSRC it repairs (`ssrc-group:FID`).
    """

    line: int
    kind: str
    port: int
    protocol: str
    format_tokens: tuple[str, ...]
    mid: str
    direction: Direction
    formats: tuple[OfferedFormat, ...]
    extensions: tuple[HeaderExtension, ...]
    ssrcs: tuple[int, ...]
    repairs: tuple[tuple[int, int], ...]
    fec_ssrcs: frozenset[int]
    rtcp_mux: bool
    rtcp_rsize: bool
    bundle_only: bool
    simulcast: bool
    transport: Transport


@dataclass(frozen=True, slots=True)
class Offer:
    """`bundle` holds the mids of the first BUNDLE group in order; the first is the tagged one (RFC 9143)."""

    bundle: tuple[str, ...]
    media: tuple[OfferedMedia, ...]


def parse_offer(text: str) -> Offer:
    """The offer in `text`. Raises MalformedSdp or SdpTooLarge."""
    lines = read_lines(text)
    if not lines or (lines[0].name, lines[0].value) != ("v", "0"):
        raise MalformedSdp('line 1: an SDP offer starts with "v=0"')
    starts = [index for index, line in enumerate(lines) if line.name == "m"]
    if len(starts) > MAX_MEDIA_SECTIONS:
        raise SdpTooLarge(
            f"the offer has {len(starts)} media sections, at most {MAX_MEDIA_SECTIONS} are read"
        )
    if not starts:
        raise MalformedSdp('the offer has no media section (no "m=" line)')
    session = lines[: starts[0]]
    sections = [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]
    media = tuple(_parse_media(section, session) for section in sections)
    _require_unique_mids(media)
    return Offer(bundle=_bundle(session), media=media)


def _parse_media(section: list[Line], session: list[Line]) -> OfferedMedia:
    head, attributes = section[0], section[1:]
    kind, port, protocol, tokens = _media_line(head)
    formats = read_formats(attributes, tokens) if kind in ("audio", "video") else ()
    repairs, fec = _ssrc_groups(attributes)
    return OfferedMedia(
        line=head.number,
        kind=kind,
        port=port,
        protocol=protocol,
        format_tokens=tokens,
        mid=_mid(attributes),
        direction=_direction(attributes) or _direction(session) or Direction.SENDRECV,
        formats=formats,
        extensions=_extensions(attributes),
        ssrcs=_ssrcs(attributes),
        repairs=repairs,
        fec_ssrcs=fec,
        rtcp_mux=has(attributes, "a=rtcp-mux") or has(attributes, "a=rtcp-mux-only"),
        rtcp_rsize=has(attributes, "a=rtcp-rsize"),
        bundle_only=has(attributes, "a=bundle-only"),
        simulcast=has(attributes, "a=simulcast") or has(attributes, "a=rid"),
        transport=_transport(attributes, session),
    )


_MEDIA_LINE = re.compile(
    r"([A-Za-z0-9!#$%&'*+.^_`{|}~-]+) +([0-9]{1,5})(?:/[0-9]{1,5})? +([A-Za-z0-9/_.-]+)((?: +[^ ]+)+)"
)


def _media_line(line: Line) -> tuple[str, int, str, tuple[str, ...]]:
    match = _MEDIA_LINE.fullmatch(line.value)
    if match is None or int(match[2]) > 65_535:
        raise MalformedSdp(
            f'line {line.number}: expected "m=<media> <port> <protocol> <formats>", got {quote(line.value)}'
        )
    return match[1], int(match[2]), match[3], tuple(match[4].split())


def _extensions(attributes: list[Line]) -> tuple[HeaderExtension, ...]:
    extensions = []
    for line in named(attributes, "a=extmap"):
        words = line.value.split()
        if len(words) < 2:
            raise MalformedSdp(f'line {line.number}: expected "a=extmap:<id> <uri>", got {quote(line.value)}')
        extensions.append(HeaderExtension(parse_number(line, words[0].partition("/")[0], 65_535), words[1]))
    return tuple(extensions)


def _ssrcs(attributes: list[Line]) -> tuple[int, ...]:
    numbers = dict.fromkeys(
        parse_number(line, line.value.partition(" ")[0], 2**32 - 1) for line in named(attributes, "a=ssrc")
    )
    if len(numbers) > MAX_SSRCS:
        where = f"line {attributes[0].number}"
        raise SdpTooLarge(
            f"{where}: the section announces {len(numbers)} SSRCs, at most {MAX_SSRCS} are read"
        )
    return tuple(numbers)


def _ssrc_groups(attributes: list[Line]) -> tuple[tuple[tuple[int, int], ...], frozenset[int]]:
    repairs: dict[int, int] = {}
    fec: set[int] = set()
    for line in named(attributes, "a=ssrc-group"):
        semantics, *words = line.value.split() or [""]
        if semantics not in ("FID", "FEC-FR"):
            continue
        numbers = [parse_number(line, word, 2**32 - 1) for word in words]
        if len(numbers) != 2:
            raise MalformedSdp(
                f"line {line.number}: an ssrc-group {semantics} has two SSRCs, got {len(numbers)}"
            )
        if semantics == "FID":
            repairs[numbers[1]] = numbers[0]
        else:
            fec.add(numbers[1])
    return tuple(repairs.items()), frozenset(fec)


def _transport(attributes: list[Line], session: list[Line]) -> Transport:
    fingerprints = named(attributes, "a=fingerprint") or named(session, "a=fingerprint")
    return Transport(
        ice_ufrag=first(attributes, "a=ice-ufrag") or first(session, "a=ice-ufrag"),
        ice_pwd=first(attributes, "a=ice-pwd") or first(session, "a=ice-pwd"),
        setup=first(attributes, "a=setup") or first(session, "a=setup"),
        fingerprints=tuple(_fingerprint(line) for line in fingerprints[:8]),
    )


_FINGERPRINT = re.compile(r"([A-Za-z0-9-]{1,16}) +((?:[0-9A-Fa-f]{2}:){15,63}[0-9A-Fa-f]{2})")


def _fingerprint(line: Line) -> Fingerprint:
    match = _FINGERPRINT.fullmatch(line.value)
    if match is None:
        raise MalformedSdp(f'line {line.number}: expected "a=fingerprint:<hash> <hex pairs with colons>"')
    return Fingerprint(match[1].lower(), match[2].upper())


_MID = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,64}")


def _mid(attributes: list[Line]) -> str:
    for line in named(attributes, "a=mid"):
        if _MID.fullmatch(line.value) is None:
            raise MalformedSdp(f"line {line.number}: {quote(line.value)} is not a media identification")
        return line.value
    return ""


def _require_unique_mids(media: Iterable[OfferedMedia]) -> None:
    seen: set[str] = set()
    for section in media:
        if section.mid and section.mid in seen:
            raise MalformedSdp(
                f"line {section.line}: a second media section has the mid {quote(section.mid)}"
            )
        seen.add(section.mid)


def _bundle(session: list[Line]) -> tuple[str, ...]:
    for line in named(session, "a=group"):
        semantics, *mids = line.value.split() or [""]
        if semantics == "BUNDLE":
            return tuple(dict.fromkeys(mids))
    return ()


def _direction(lines: list[Line]) -> Direction | None:
    return next((direction for direction in Direction if has(lines, f"a={direction}")), None)
