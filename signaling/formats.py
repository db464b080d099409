"""Which offered payload formats are supported, and with which parameters and feedback they are agreed.

Encoding names of `media.codecs` are matched without regard to case. RTX (RFC 4588) is agreed by its `apt`; RED,
FEC, comfort noise and DTMF are not formats of their own here and drop out.
"""

import re

from media.codecs import KIND_OF_CODEC
from media.description import CodecFormat

from .offer import OfferedMedia
from .offered_format import OfferedFormat

FEEDBACK = frozenset({"nack", "nack pli", "ccm fir", "goog-remb", "transport-cc"})
MAX_OPUS_BITRATE_BPS = 510_000
MIN_OPUS_BITRATE_BPS = 6_000
_NAME_OF = {name.lower(): name for name in KIND_OF_CODEC}
_OPUS_PARAMETERS = (
    "minptime",
    "maxptime",
    "ptime",
    "stereo",
    "sprop-stereo",
    "maxplaybackrate",
    "maxaveragebitrate",
    "useinbandfec",
    "usedtx",
    "cbr",
)
_CLOCK_RATE = {"opus": 48_000}
_KEPT_PARAMETERS = {"VP9": ("profile-id",), "AV1": ("profile", "level-idx", "tier")}
"""`max-fs` and `max-fr` limit the offerer's decoder; repeated, they would limit its encoder."""


def supported_formats(
    section: OfferedMedia, *, publishing: bool, transport_cc: bool
) -> tuple[CodecFormat, ...]:
    """The section's formats that we forward, in the order of the offer; empty when there are none.

    `publishing` says that the other side is the one that sends. `transport_cc` says that the header extension
    is agreed without which `transport-cc` feedback means nothing.
    """
    feedback = FEEDBACK if transport_cc else FEEDBACK - {"transport-cc"}
    repairs = _rtx_by_apt(section)
    agreed = []
    for offered in section.formats:
        name = _NAME_OF.get(offered.name.lower())
        if name is None or KIND_OF_CODEC[name] != section.kind or not _is_sound(name, offered):
            continue
        agreed.append(
            CodecFormat(
                name=name,
                payload_type=offered.payload_type,
                clock_rate=offered.clock_rate,
                channels=offered.channels,
                fmtp=_parameters(name, offered, publishing=publishing),
                feedback=offered.feedback & feedback,
                rtx_payload_type=repairs.get(offered.payload_type),
            )
        )
    return tuple(agreed)


def _is_sound(name: str, offered: OfferedFormat) -> bool:
    """RFC 5761 section 4: payload types 64 to 95 cannot be told from RTCP once both share a port."""
    if 64 <= offered.payload_type <= 95 or offered.clock_rate != _CLOCK_RATE.get(name, 90_000):
        return False
    if name == "opus":
        return offered.channels == 2
    if name == "H264":
        return _H264_PROFILE.fullmatch(offered.parameter("profile-level-id", "42000a")) is not None
    return True


_H264_PROFILE = re.compile(r"[0-9A-Fa-f]{6}")


def _rtx_by_apt(section: OfferedMedia) -> dict[int, int]:
    """Payload type of each format -> payload type of its RTX stream."""
    repairs: dict[int, int] = {}
    for offered in section.formats:
        apt = offered.parameter("apt")
        if offered.name.lower() != "rtx" or 64 <= offered.payload_type <= 95:
            continue
        if apt.isascii() and apt.isdigit() and len(apt) <= 3:
            repairs.setdefault(int(apt), offered.payload_type)
    return repairs


def _parameters(name: str, offered: OfferedFormat, *, publishing: bool) -> tuple[tuple[str, str], ...]:
    match name:
        case "opus":
            return _opus_parameters(offered, publishing=publishing)
        case "H264":
            return _h264_parameters(offered)
        case _:
            kept = _KEPT_PARAMETERS.get(name, ())
            return tuple((key.lower(), value) for key, value in offered.fmtp if key.lower() in kept)


def _h264_parameters(offered: OfferedFormat) -> tuple[tuple[str, str], ...]:
    """RFC 6184 section 8.2.2: profile and packetization mode are repeated; levels may differ by direction."""
    parameters = [("level-asymmetry-allowed", "1")]
    mode = offered.parameter("packetization-mode")
    if mode in ("0", "1", "2"):
        parameters.append(("packetization-mode", mode))
    profile = offered.parameter("profile-level-id")
    if profile:
        parameters.append(("profile-level-id", profile.lower()))
    return tuple(parameters)


def _opus_parameters(offered: OfferedFormat, *, publishing: bool) -> tuple[tuple[str, str], ...]:
    """RFC 7587 section 6.1. A publisher's encoder obeys the answer, so that repeats what it offered."""
    parameters: dict[str, str] = {}
    for key, value in ((key.lower(), value) for key, value in offered.fmtp):
        if key not in _OPUS_PARAMETERS or not (value.isascii() and value.isdigit() and len(value) <= 9):
            continue
        if key == "maxaveragebitrate":
            value = str(min(max(int(value), MIN_OPUS_BITRATE_BPS), MAX_OPUS_BITRATE_BPS))
        parameters[key] = value
    if publishing:
        parameters["useinbandfec"] = "1"
    return tuple(parameters.items())
