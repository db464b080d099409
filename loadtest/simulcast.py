"""Simulcast in SDP: several layers of one picture in one media section (RFC 8853, RFC 8851, RFC 8852). No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
EXTENSION_IDS = {4: MID, 10: RID, 11: REPAIRED_RID}


def offered_lines(rids: Sequence[str]) -> list[str]:
    """Of a section that sends these layers, the best first."""
    return [*(f"a=rid:{rid} send" for rid in rids), f"a=simulcast:send {';'.join(rids)}"]


def accepted_layers(answer: str, mid: str) -> tuple[str, ...]:
    """Those that the answer's section `mid` takes now, in its order: the first of alternatives, none that is paused."""
    for section in answer.split("\nm=")[1:]:
        lines = [line.strip() for line in section.splitlines()]
        if f"a=mid:{mid}" in lines:
            taken = next((_received(line) for line in lines if line.startswith("a=simulcast:")), "")
            alternatives = [each.split(",")[0] for each in taken.split(";")]
            return tuple(rid for rid in alternatives if rid and not rid.startswith("~"))
    return ()


def _received(line: str) -> str:
    """The list of `recv` (section 5.1: directions and lists in turns)."""
    words = line.removeprefix("a=simulcast:").split()
    return next((list_ for word, list_ in pairwise(words) if word == "recv"), "")
