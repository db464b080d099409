"""AV1 payloads (RTP Payload Format For AV1, AOM) to temporal units in the low-overhead format: OBUs with sizes."""

from collections.abc import Sequence

from .av1_sequence import sequence_header
from .bits import BitReader, leb128, to_leb128
from .errors import MalformedPayload
from .frames import Picture
from .payload_format import Assembled

_SEQUENCE_HEADER, _TEMPORAL_DELIMITER, _FRAME_HEADER, _FRAME, _TILE_LIST = 1, 2, 3, 6, 8
_KEY_FRAME = 0


class Av1Format:
    def surely_begins(self, payload: bytes) -> bool:
        """The first packet of a coded video sequence, which continues no fragment (section 4.4)."""
        return payload[0] & 0x88 == 0x08

    def assemble(self, payloads: Sequence[bytes]) -> Assembled:
        obus = [
            obu for obu in map(_parse, _elements(payloads)) if obu[0] not in (_TEMPORAL_DELIMITER, _TILE_LIST)
        ]
        data = b"".join(header + to_leb128(len(body)) + body for _, header, body in obus)
        sequence = next((each for each in obus if each[0] == _SEQUENCE_HEADER), None)
        frame = next((each for each in obus if each[0] in (_FRAME_HEADER, _FRAME)), None)
        if sequence is None or frame is None or not _is_keyframe(frame[2]):
            return Assembled(data, None)
        told = sequence_header(sequence[2])
        parameters = sequence[1] + to_leb128(len(sequence[2])) + sequence[2]
        return Assembled(data, Picture(told.width, told.height, parameters=parameters))


def _elements(payloads: Sequence[bytes]) -> list[bytes]:
    """OBU elements, the fragments of each joined (section 4.3)."""
    elements: list[bytes] = []
    continues = False
    for payload in payloads:
        if bool(payload[0] & 0x80) != continues:
            raise MalformedPayload("fragments of an OBU do not follow one another")
        count = payload[0] >> 4 & 3
        at = 1
        found = 0
        while at < len(payload):
            found += 1
            if found == count:
                end = len(payload)
            else:
                size, at = leb128(payload, at)
                end = at + size
                if end > len(payload):
                    raise MalformedPayload("an OBU is truncated")
            if found == 1 and continues:
                elements[-1] += payload[at:end]
            else:
                elements.append(payload[at:end])
            at = end
        if not found or (count and found != count):
            raise MalformedPayload("OBUs are missing")
        continues = bool(payload[0] & 0x40)
    if continues:
        raise MalformedPayload("an OBU is not whole")
    return elements


def _parse(element: bytes) -> tuple[int, bytes, bytes]:
    """Type, header with the flag for a size set, and body of one OBU (AV1 specification section 5.3)."""
    if not element or element[0] & 0x80:
        raise MalformedPayload("no OBU")
    at = 2 if element[0] & 0x04 else 1
    if len(element) < at:
        raise MalformedPayload("an OBU's header is truncated")
    header = bytes((element[0] | 0x02,)) + element[1:at]
    end = len(element)
    if element[0] & 0x02:
        size, at = leb128(element, at)
        end = at + size
        if end > len(element):
            raise MalformedPayload("an OBU is truncated")
    return element[0] >> 3 & 0x0F, header, element[at:end]


def _is_keyframe(frame: bytes) -> bool:
    """Section 5.9.2, of a sequence that is no still picture."""
    reader = BitReader(frame[:1])
    return not reader.flag() and reader.read(2) == _KEY_FRAME
