"""Does this RTP payload begin a keyframe? One small look per codec; nothing is decoded.

H264: RFC 6184. VP8: RFC 7741. VP9: RFC 9628. AV1: RTP Payload Format For AV1 (AOM, section 4.4).
"""

from collections.abc import Callable

_H264_IDR, _H264_SPS, _H264_DELIMITER, _H264_STAP_A, _H264_FU_A = 5, 7, 9, 24, 28


def starts_keyframe(codec: str, payload: bytes) -> bool:
    """Whether `payload` holds the first bytes of a picture from which a decoder can start.

    A payload too short to tell is no keyframe. `codec` is the registered encoding name.
    """
    look = _LOOKS.get(codec)
    return bool(payload) and look is not None and look(payload)


def begins_picture(codec: str, payload: bytes) -> bool:
    """Whether nothing of the picture comes before this packet, which `starts_keyframe`. H264 tells so only by its
    sequence parameter set; of the others only the first packet looks like a start.
    """
    if codec != "H264" or not payload:
        return True
    kind = payload[0] & 0x1F
    if kind == _H264_STAP_A and len(payload) > 3:
        kind = payload[3] & 0x1F
    return kind in (_H264_SPS, _H264_DELIMITER)


def _h264(payload: bytes) -> bool:
    nal = payload[0] & 0x1F
    if nal in (_H264_SPS, _H264_IDR):
        return True
    if nal == _H264_STAP_A:
        pos = 1
        while pos + 2 < len(payload):
            if payload[pos + 2] & 0x1F in (_H264_SPS, _H264_IDR):
                return True
            pos += 2 + int.from_bytes(payload[pos : pos + 2], "big")
        return False
    if nal == _H264_FU_A and len(payload) > 1:
        return payload[1] & 0x80 != 0 and payload[1] & 0x1F in (_H264_SPS, _H264_IDR)
    return False


def _vp8(payload: bytes) -> bool:
    first = payload[0]
    if not first & 0x10 or first & 0x07:  # S: start of a partition; PID: the first one
        return False
    pos = 1
    if first & 0x80:
        if len(payload) < 2:
            return False
        extension = payload[1]
        pos = 2
        if extension & 0x80:
            pos += 2 if len(payload) > 2 and payload[2] & 0x80 else 1
        if extension & 0x40:
            pos += 1
        if extension & 0x30:
            pos += 1
    return len(payload) > pos and not payload[pos] & 0x01


def _vp9(payload: bytes) -> bool:
    first = payload[0]
    inter_predicted, layered, start = first & 0x40, first & 0x20, first & 0x08
    if inter_predicted or not start:
        return False
    if not layered:
        return True
    pos = 1
    if first & 0x80:
        if len(payload) < 2:
            return False
        pos += 2 if payload[1] & 0x80 else 1
    return len(payload) > pos and (payload[pos] >> 1) & 0x07 == 0  # spatial layer 0


def _av1(payload: bytes) -> bool:
    return payload[0] & 0x88 == 0x08  # N: first packet of a coded video sequence; Z: no continued fragment


_LOOKS: dict[str, Callable[[bytes], bool]] = {"H264": _h264, "VP8": _vp8, "VP9": _vp9, "AV1": _av1}
