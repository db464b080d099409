"""Which payload formats we forward, and which of a viewer's formats can decode a publisher's."""

from collections.abc import Iterable

from .description import CodecFormat, Kind

KIND_OF_CODEC = {
    "opus": Kind.AUDIO,
    "H264": Kind.VIDEO,
    "VP8": Kind.VIDEO,
    "VP9": Kind.VIDEO,
    "AV1": Kind.VIDEO,
}
"""Every codec we forward, by its registered encoding name."""

_H264_DEFAULT_PROFILE = "42"
# Decoders of the key's profile_idc also decode streams of these (ITU-T H.264, A.2).
_H264_DECODES = {"42": ("42",), "4d": ("4d", "42"), "64": ("64", "4d", "42")}


def pick_format(published: CodecFormat, offered: Iterable[CodecFormat]) -> CodecFormat | None:
    """The viewer's format in which `published` can be forwarded untouched, or `None`.

    An exact match of the profile wins over one that is merely a superset.
    """
    candidates = [
        fmt for fmt in offered if fmt.name == published.name and fmt.clock_rate == published.clock_rate
    ]
    if published.name != "H264":
        same = [fmt for fmt in candidates if _profile(fmt) == _profile(published)]
        return same[0] if same else None
    mode = published.parameter("packetization-mode", "0")
    candidates = [fmt for fmt in candidates if fmt.parameter("packetization-mode", "0") >= mode]
    exact = [fmt for fmt in candidates if _h264_profile(fmt) == _h264_profile(published)]
    if exact:
        return exact[0]
    idc = _h264_profile(published)[:2]
    return next((fmt for fmt in candidates if idc in _H264_DECODES.get(_h264_profile(fmt)[:2], ())), None)


def _profile(fmt: CodecFormat) -> str:
    """VP9 `profile-id` (RFC 9628 section 6) and AV1 `profile` default to 0; VP8 and Opus have none."""
    return {"VP9": fmt.parameter("profile-id", "0"), "AV1": fmt.parameter("profile", "0")}.get(fmt.name, "")


def _h264_profile(fmt: CodecFormat) -> str:
    """`profile_idc` and `profile_iop` as four hex digits (RFC 6184 section 8.1); baseline when absent."""
    level_id = fmt.parameter("profile-level-id").lower()
    return level_id[:4] if len(level_id) == 6 else _H264_DEFAULT_PROFILE + "00"
