"""Reads and writes `application/trickle-ice-sdpfrag` (RFC 8840 section 9), the body of a PATCH.

A trickled candidate is checked and then forgotten: an ICE-lite server sends to where checks come from.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from media.description import HostCandidate, LocalPeer

from .answer import ICE_OPTIONS, candidate_lines
from .errors import MalformedSdp
from .lines import Line, first, has, quote, read_lines

_CANDIDATE = re.compile(
    r"[^ ]{1,64} [0-9]{1,3} [A-Za-z0-9-]{1,16} [0-9]{1,10} [^ ]{1,255} [0-9]{1,5} typ [a-z]+( [^ ]+)*"
)
_ICE_UFRAG = re.compile(r"[!-~]{4,256}")
_ICE_PWD = re.compile(r"[!-~]{22,256}")


@dataclass(frozen=True, slots=True)
class Fragment:
    """`ice_ufrag` and `ice_pwd` are both empty when the fragment has none.

    `media_line` (without `m=`) and `mid` are those of its first media section, empty without one.
    """

    ice_ufrag: str
    ice_pwd: str
    media_line: str
    mid: str
    candidates: int
    end_of_candidates: bool


def parse_fragment(text: str) -> Fragment:
    """The fragment in `text`. Raises MalformedSdp or SdpTooLarge."""
    lines = read_lines(text)
    for line in lines:
        if line.name == "a=candidate" and _CANDIDATE.fullmatch(line.value) is None:
            raise MalformedSdp(f"line {line.number}: {quote(line.value)} is not a candidate")
        if line.name not in ("m", "c") and not line.name.startswith("a="):
            raise MalformedSdp(f'line {line.number}: a fragment has only "a=" and "m=" lines')
    ufrag = _credential(lines, "a=ice-ufrag", _ICE_UFRAG)
    pwd = _credential(lines, "a=ice-pwd", _ICE_PWD)
    if bool(ufrag) != bool(pwd):
        raise MalformedSdp("a=ice-ufrag and a=ice-pwd are given together or not at all")
    return Fragment(
        ice_ufrag=ufrag,
        ice_pwd=pwd,
        media_line=first(lines, "m"),
        mid=first(lines, "a=mid"),
        candidates=sum(line.name == "a=candidate" for line in lines),
        end_of_candidates=has(lines, "a=end-of-candidates"),
    )


def restart_answer(fragment: Fragment, local: LocalPeer, candidates: Sequence[HostCandidate]) -> str:
    """The fragment that answers an ICE restart; candidates need a media section to stand in."""
    credentials = [f"a=ice-ufrag:{local.ice_ufrag}", f"a=ice-pwd:{local.ice_pwd}"]
    lines = ["a=ice-lite", f"a=ice-options:{ICE_OPTIONS}"]
    if fragment.media_line:
        lines.append(f"m={fragment.media_line}")
        lines += [f"a=mid:{fragment.mid}"] if fragment.mid else []
        lines += [*credentials, *candidate_lines(candidates)]
    else:
        lines += credentials
    return "\r\n".join(lines) + "\r\n"


def _credential(lines: list[Line], name: str, form: re.Pattern[str]) -> str:
    values = {line.value for line in lines if line.name == name}
    if len(values) > 1:
        raise MalformedSdp(f"{name} is given twice with different values")
    value = next(iter(values), "")
    if values and form.fullmatch(value) is None:
        number = next(line.number for line in lines if line.name == name)
        raise MalformedSdp(f"line {number}: {name} has the wrong length or characters (RFC 8839 section 5.4)")
    return value
