"""Opus packets (RFC 6716) as RTP carries them (RFC 7587): one packet, one frame of a file."""

from collections.abc import Sequence

from .errors import MalformedPayload
from .payload_format import Assembled

CLOCK_HZ = 48_000
_SILK, _HYBRID, _CELT = (480, 960, 1920, 2880), (480, 960), (120, 240, 480, 960)
_MAX_SAMPLES = 5760


class OpusFormat:
    def surely_begins(self, payload: bytes) -> bool:
        return True

    def assemble(self, payloads: Sequence[bytes]) -> Assembled:
        if len(payloads) != 1:
            raise MalformedPayload("two packets have one timestamp")
        samples(payloads[0])
        return Assembled(payloads[0], None)


def samples(packet: bytes) -> int:
    """How long a packet sounds, in samples at 48 kHz (section 3.1). Raises `MalformedPayload`."""
    if not packet:
        raise MalformedPayload("an empty Opus packet")
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        size = _SILK[config & 3]
    elif config < 16:
        size = _HYBRID[config & 1]
    else:
        size = _CELT[config & 3]
    if code == 3 and len(packet) < 2:
        raise MalformedPayload("an Opus packet without its frame count")
    count = packet[1] & 0x3F if code == 3 else 1 if code == 0 else 2
    if not 0 < size * count <= _MAX_SAMPLES:
        raise MalformedPayload("an Opus packet that is too long")
    return size * count
