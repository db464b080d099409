"""Which renditions are made of what, and what is said of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.frames import Picture
from recorder.transcode.plan import RUNGS, Codec, Rendition, Source, codec_string, level, plan

LADDER = ("1080p", "720p", "480p", "audio")


def source(
    codec: str | None = "H264", width: int = 1920, height: int = 1080, *, sound: bool = True
) -> Source:
    return Source(codec, None if codec is None else Picture(width, height), sound)


def names(made: tuple[Rendition, ...]) -> list[str]:
    return [each.name + ("?" if each.asked else "") for each in made]


@pytest.mark.parametrize(
    ("ladder", "sent", "made"),
    [
        ((), source(), ["aac?"]),
        ((), source("VP8"), ["1080p", "aac?"]),
        ((), source("AV1", 1280, 720), ["720p?", "aac?"]),
        ((), source("VP9", 3840, 2160, sound=False), ["1080p?"]),
        (LADDER, source(), ["720p", "480p", "aac?", "light"]),
        (LADDER, source("VP8"), ["1080p", "720p", "480p", "aac?", "light"]),
        (LADDER, source("VP9", 3840, 2160), ["1080p", "720p", "480p", "aac?", "light"]),
        (LADDER, source("H264", 640, 480), ["aac?", "light"]),
        (LADDER, source("VP8", 320, 240), ["240p", "aac?", "light"]),
        (("240p",), source("VP8", 320, 240), ["240p", "aac?"]),
        (("audio",), source("VP8", 1280, 720), ["720p", "aac?", "light"]),
        (LADDER, source(None), ["aac?", "light"]),
        (("off",), source("VP8"), []),
    ],
)
def test_what_is_made(ladder: tuple[str, ...], sent: Source, made: list[str]) -> None:
    assert names(plan(ladder, sent)) == made


def test_a_portrait_picture_is_named_by_its_shorter_side() -> None:
    (first, *_) = plan(("720p",), source("H264", 1080, 1920))
    assert (first.name, first.width, first.height) == ("720p", 720, 1280)


def test_sound_is_stereo_at_a_rate_for_music() -> None:
    (aac,) = plan((), source(None))
    assert aac == Rendition("aac", Codec.AAC, 160_000, asked=True)


@given(
    st.lists(st.sampled_from([*(f"{rung}p" for rung in RUNGS), "audio"])),
    st.sampled_from(["H264", "VP8", "VP9", "AV1"]),
    st.integers(16, 5000),
    st.integers(16, 5000),
)
def test_nothing_is_made_larger_or_twice(ladder: list[str], codec: str, width: int, height: int) -> None:
    made = [each for each in plan(ladder, source(codec, width, height)) if each.codec is Codec.H264]
    assert len({each.name for each in made}) == len(made)
    assert len({(each.width, each.height) for each in made}) == len(made)
    assert codec == "H264" or made
    for each in made:
        assert not each.width % 2
        assert not each.height % 2
        assert each.width <= width + 1
        assert each.height <= height + 1
    rates = [each.bit_rate_bps for each in made]
    assert rates == sorted(rates, reverse=True)


@pytest.mark.parametrize(
    ("size", "expected"), [((1920, 1080), 4.2), ((1280, 720), 3.2), ((854, 480), 3.1), ((640, 360), 3.1)]
)
def test_levels_hold_sixty_pictures_a_second(size: tuple[int, int], expected: float) -> None:
    assert level(*size) == expected


def test_codecs_are_said_before_there_is_a_frame() -> None:
    said = [codec_string(each) for each in plan(LADDER, source())]
    assert said == ["avc1.640020", "avc1.64001f", "mp4a.40.2", "opus"]
