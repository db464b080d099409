"""Which of a viewer's formats can decode a publisher's."""

import pytest

from media.codecs import pick_format
from media.description import CodecFormat


def fmt(name: str, payload_type: int = 96, clock_rate: int = 90_000, **fmtp: str) -> CodecFormat:
    parameters = tuple((key.replace("_", "-"), value) for key, value in fmtp.items())
    return CodecFormat(name, payload_type, clock_rate, fmtp=parameters)


def h264(level_id: str = "", mode: str = "1", payload_type: int = 96) -> CodecFormat:
    parameters = {"packetization-mode": mode} if mode else {}
    if level_id:
        parameters["profile-level-id"] = level_id
    return CodecFormat("H264", payload_type, 90_000, fmtp=tuple(parameters.items()))


@pytest.mark.parametrize(
    ("published", "offered", "fits"),
    [
        (fmt("VP8"), fmt("VP8"), True),
        (fmt("VP8"), fmt("VP9"), False),
        (fmt("opus", clock_rate=48_000), fmt("opus", clock_rate=48_000, stereo="1"), True),
        (fmt("opus", clock_rate=48_000), fmt("opus", clock_rate=16_000), False),
        (fmt("VP9"), fmt("VP9", profile_id="0"), True),
        (fmt("VP9", profile_id="2"), fmt("VP9"), False),
        (fmt("VP9", profile_id="2"), fmt("VP9", profile_id="2"), True),
        (fmt("AV1"), fmt("AV1", profile="0"), True),
        (fmt("AV1", profile="1"), fmt("AV1"), False),
        (h264("42e01f"), h264("42e01f"), True),
        (h264("42E01F"), h264("42e034"), True),  # the level is asymmetric: the first four digits count
        (h264("42e01f"), h264("42001f"), True),
        (h264("42001f"), h264("4d001f"), True),
        (h264("42e01f"), h264("64001f"), True),
        (h264("4d001f"), h264("64001f"), True),
        (h264("4d001f"), h264("42e01f"), False),
        (h264("64001f"), h264("4d001f"), False),
        (h264("64001f"), h264("f4001f"), False),
        (h264(""), h264("42001f"), True),  # baseline when absent
        (h264("42e01f", "1"), h264("42e01f", "0"), False),  # mode 0 has no fragments
        (h264("42e01f", "1"), h264("42e01f", ""), False),
        (h264("42e01f", "0"), h264("42e01f", "1"), True),
        (h264("42e01f", ""), h264("42e01f", "1"), True),
    ],
)
def test_a_format_fits_when_its_decoder_can(published: CodecFormat, offered: CodecFormat, fits: bool) -> None:
    assert pick_format(published, [offered]) == (offered if fits else None)


def test_the_exact_profile_wins_over_one_that_is_wider() -> None:
    wide, exact = h264("64001f", payload_type=100), h264("42e01f", payload_type=101)
    assert pick_format(h264("42e01f"), [wide, exact]) is exact
    assert pick_format(h264("42001f"), [wide, exact]) is wide


def test_the_viewers_order_decides_between_equals() -> None:
    first, second = fmt("VP8", 100), fmt("VP8", 101)
    assert pick_format(fmt("VP8", 96), [first, second]) is first


def test_nothing_offered_is_nothing_to_pick() -> None:
    assert pick_format(fmt("VP8"), []) is None
