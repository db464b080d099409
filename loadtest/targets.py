"""Where a server of which make takes publishers and viewers. No I/O.

Paths: Harmonie's own; MediaMTX and Broadcast Box as their documentation gives them; Janus by the plain WHEP front of
its example projects. `custom` templates name everything themselves; `{channel}` stands for the channel, `{host}` for
the host of the base address (MediaMTX serves HLS on another port).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlsplit

from loadtest.errors import ScenarioError


class Make(StrEnum):
    """Servers whose paths are known."""

    HARMONIE = "harmonie"
    MEDIAMTX = "mediamtx"
    BROADCAST_BOX = "broadcast-box"
    JANUS = "janus"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class _Paths:
    whip: str
    whep: str
    hls: str = ""
    """Empty: it has none, or on a port that has to be told."""
    key_watches: bool = False
    """Whether viewers send the key as well: Broadcast Box knows a stream by its bearer token only."""


_PATHS = {
    Make.HARMONIE: _Paths("/whip/{channel}", "/whep/{channel}", "/hls/{channel}/index.m3u8"),
    Make.MEDIAMTX: _Paths("/{channel}/whip", "/{channel}/whep", "http://{host}:8888/{channel}/index.m3u8"),
    Make.BROADCAST_BOX: _Paths("/api/whip", "/api/whep", key_watches=True),
    Make.JANUS: _Paths("/whip/endpoint/{channel}", "/whep/endpoint/{channel}"),
}


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where one channel is published and watched."""

    whip: str
    whep: str
    hls: str
    """Empty where it is not known."""
    key_watches: bool


def endpoints(
    make: Make, base: str, channel: str, *, whip: str = "", whep: str = "", hls: str = ""
) -> Endpoints:
    """`whip`, `whep` and `hls` are templates that replace the make's own. Raises `ScenarioError`."""
    known = _PATHS.get(make, _Paths("", ""))
    templates = (whip or known.whip, whep or known.whep)
    if not all(templates):
        raise ScenarioError("target.make: a custom target needs target.whip and target.whep")
    named = quote(channel, safe="")
    whip, whep, hls = (
        _full(base, template.replace("{channel}", named)) if template else ""
        for template in (*templates, hls or known.hls)
    )
    return Endpoints(whip, whep, hls, known.key_watches)


def _full(base: str, template: str) -> str:
    host = urlsplit(base).hostname or ""
    template = template.replace("{host}", f"[{host}]" if ":" in host else host)
    url = template if "://" in template else base.rstrip("/") + template
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ScenarioError(f"target: {url!r} is no http or https address")
    return url
