"""Which bytes of a file a request wants, by its conditions and its ``Range`` (RFC 9110 sections 13 and 14).

A core. The file has one strong entity tag; it has no date, so that a condition on one never holds. Of several ranges in
one request the whole is given, which a server may do (section 14.2).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=\s*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Whole:
    """Status 200."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Status 206. ``length`` is at least 1."""

    first: int
    length: int

    def content_range(self, size: int) -> str:
        return f"bytes {self.first}-{self.first + self.length - 1}/{size}"


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """Status 416: nothing of what is wanted is there."""


@dataclass(frozen=True, slots=True)
class NotModified:
    """Status 304."""


@dataclass(frozen=True, slots=True)
class PreconditionFailed:
    """Status 412."""


Wanted = Whole | Slice | Unsatisfiable | NotModified | PreconditionFailed


def wanted(headers: Mapping[str, str], size: int, entity_tag: str) -> Wanted:
    """``headers`` of a GET or HEAD, looked up without regard to case; ``entity_tag`` with its quotes."""
    if_match, if_none_match = headers.get("If-Match"), headers.get("If-None-Match")
    if if_match is not None and not _names(if_match, entity_tag, weakly=False):
        return PreconditionFailed()
    if if_none_match is not None and _names(if_none_match, entity_tag, weakly=True):
        return NotModified()
    if_range = headers.get("If-Range")
    if if_range is not None and if_range.strip() != entity_tag:
        return Whole()
    return _slice(headers.get("Range", ""), size)


def _slice(text: str, size: int) -> Wanted:
    """What is not understood is as if it were not there (section 14.2)."""
    found = _RANGE.fullmatch(text)
    if found is None:
        return Whole()
    if found[3] is not None:
        length = min(int(found[3]), size)
        return Slice(size - length, length) if length else Unsatisfiable()
    first = int(found[1])
    last = int(found[2]) if found[2] else size - 1
    if found[2] and last < first:
        return Whole()
    if first >= size:
        return Unsatisfiable()
    return Slice(first, min(last, size - 1) - first + 1)


def _names(listed: str, entity_tag: str, *, weakly: bool) -> bool:
    each = [tag.strip() for tag in listed.split(",")]
    if weakly:
        each = [tag.removeprefix("W/") for tag in each]
    return "*" in each or entity_tag in each
