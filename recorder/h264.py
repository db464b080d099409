"""H264 payloads (RFC 6184, packetization modes 0 and 1: single NAL units, STAP-A, FU-A) to access units."""

from collections.abc import Sequence

from .bits import BitReader
from .errors import MalformedPayload
from .frames import Picture
from .h264_sps import picture_size
from .payload_format import Assembled

START_CODE = b"\0\0\0\1"
_SLICE, _IDR, _SPS, _PPS, _DELIMITER, _STAP_A, _FU_A = 1, 5, 7, 8, 9, 24, 28
_MAX_PARAMETER_SET_BYTES = 4096
_MAX_PARAMETER_SETS = 16
"""Of each kind; the one longest unchanged is forgotten."""


class H264Format:
    """Remembers parameter sets: senders may tell them once and refer to them for ever."""

    def __init__(self) -> None:
        self._sps: dict[int, bytes] = {}
        self._pps: dict[int, bytes] = {}

    def surely_begins(self, payload: bytes) -> bool:
        """A delimiter or a sequence parameter set comes before any slice (ITU-T H.264 section 7.4.1.2.3)."""
        kind = payload[0] & 0x1F
        if kind == _STAP_A and len(payload) > 3:
            kind = payload[3] & 0x1F
        return kind in (_SPS, _DELIMITER)

    def assemble(self, payloads: Sequence[bytes]) -> Assembled:
        nals = _nal_units(payloads)
        kinds = [nal[0] & 0x1F for nal in nals]
        for nal, kind in zip(nals, kinds, strict=True):
            if kind == _SPS:
                _remember(self._sps, _identifier(nal, 4), nal)
            elif kind == _PPS:
                _remember(self._pps, _identifier(nal, 1), nal)
        data = b"".join(START_CODE + nal for nal in nals)
        if _IDR not in kinds:
            return Assembled(data, None)
        first = next(nal for nal, kind in zip(nals, kinds, strict=True) if _SLICE <= kind <= _IDR)
        if len(first) < 2 or not first[1] & 0x80:  # first_mb_in_slice is not 0
            raise MalformedPayload("the first slice of the picture is missing")
        if not self._sps or not self._pps:
            return Assembled(data, None)
        parameters = b"".join(START_CODE + nal for nal in (*self._sps.values(), *self._pps.values()))
        width, height, pixel_format = picture_size(next(reversed(self._sps.values())))
        return Assembled(data, Picture(width, height, pixel_format, parameters))


def _nal_units(payloads: Sequence[bytes]) -> list[bytes]:
    nals: list[bytes] = []
    fragments: list[bytes] | None = None
    for payload in payloads:
        kind = payload[0] & 0x1F
        if payload[0] & 0x80:
            raise MalformedPayload("the forbidden bit is set")
        if kind == _FU_A:
            if len(payload) < 3:
                raise MalformedPayload("a fragment without content")
            start, end = payload[1] & 0x80, payload[1] & 0x40
            if bool(start) == (fragments is not None):
                raise MalformedPayload("fragments do not follow one another")
            if start:
                fragments = [bytes((payload[0] & 0xE0 | payload[1] & 0x1F,))]
            assert fragments is not None
            fragments.append(payload[2:])
            if end:
                nals.append(b"".join(fragments))
                fragments = None
            continue
        if fragments is not None:
            raise MalformedPayload("a NAL unit is not whole")
        if kind == _STAP_A:
            nals += _aggregated(payload)
        elif 1 <= kind <= 23:
            nals.append(payload)
        else:
            raise MalformedPayload(f"NAL unit type {kind} was not agreed on")
    if fragments is not None:
        raise MalformedPayload("a NAL unit is not whole")
    return nals


def _aggregated(payload: bytes) -> list[bytes]:
    nals = []
    at = 1
    while at < len(payload):
        size = int.from_bytes(payload[at : at + 2], "big")
        nal = payload[at + 2 : at + 2 + size]
        if not nal or len(nal) < size:
            raise MalformedPayload("an aggregated NAL unit is truncated")
        nals.append(nal)
        at += 2 + size
    return nals


def _identifier(nal: bytes, offset: int) -> int:
    if len(nal) > _MAX_PARAMETER_SET_BYTES:
        raise MalformedPayload("a parameter set is too long")
    return BitReader(nal[offset : offset + 8]).exp_golomb()


def _remember(sets: dict[int, bytes], identifier: int, nal: bytes) -> None:
    if sets.get(identifier) == nal:
        return
    sets.pop(identifier, None)
    sets[identifier] = nal
    if len(sets) > _MAX_PARAMETER_SETS:
        del sets[next(iter(sets))]
