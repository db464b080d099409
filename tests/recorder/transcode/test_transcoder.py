"""What comes out of a transcoder: whole, in step, and with keyframes where the source has them. Without a process."""

from itertools import pairwise

import pytest

from media.description import Kind
from recorder.frames import TimedFrame
from recorder.transcode.pictures import KEYFRAME_INTERVAL_S
from recorder.transcode.plan import Codec, Rendition
from recorder.transcode.wire import Broken, Command, Configure, Handled, Made, Take
from recorder.transcode.worker import Lane
from tests.recorder.show import FPS, LOOP_FRAMES, Show, out_of_step_s, play
from tests.recorder.transcode.watching import timed, watch

IN_STEP_S = 0.04
SMALL = Rendition("48p", Codec.H264, 300_000, asked=False, width=80, height=48)
SAME = Rendition("96p", Codec.H264, 600_000, asked=True, width=160, height=96)
AAC = Rendition("aac", Codec.AAC, 160_000, asked=True)
LIGHT = Rendition("light", Codec.OPUS, 96_000, asked=False)


def transcode(
    frames: list[TimedFrame], *renditions: Rendition, encoder: str = "libx264"
) -> dict[str, list[TimedFrame]]:
    made: dict[str, list[TimedFrame]] = {each.name: [] for each in renditions}
    for kind in Kind:
        lane = Lane(kind, encoder)
        wanted = tuple(each for each in renditions if each.kind is kind)
        commands: list[Command] = [
            Configure(kind, wanted),
            *(Take(each) for each in frames if each.kind is kind),
        ]
        for command in (*commands, Configure(kind, ())):
            *answers, last = lane.handle(command)
            assert last == Handled(kind)
            for answer in answers:
                assert isinstance(answer, Made), answer
                made[answer.rendition].append(answer.frame)
    return made


def keyframes(frames: list[TimedFrame]) -> list[float]:
    return [round(each.time_s, 4) for each in frames if each.kind is Kind.VIDEO and each.frame.keyframe]


@pytest.mark.parametrize("codec", ["H264", "VP8", "VP9", "AV1"])
def test_renditions_are_whole_in_step_and_begin_together(codec: str) -> None:
    sent = timed(play(Show(codec, end_s=8)))
    made = transcode(sent, SMALL, SAME, AAC, LIGHT)
    for picture, sound, decoder in ((SMALL, AAC, "aac"), (SAME, LIGHT, "opus")):
        seen = watch([*made[picture.name], *made[sound.name]], decoder)
        assert [number for _, number in seen.pictures] == [n % LOOP_FRAMES for n in range(8 * FPS)]
        assert seen.size == (picture.width, picture.height)
        assert len(seen.clicks_s) == 8
        assert out_of_step_s(seen) < IN_STEP_S
        assert keyframes(made[picture.name]) == keyframes(sent)
    sizes = {
        (each.frame.picture.width, each.frame.picture.height) for each in made["48p"] if each.frame.picture
    }
    assert sizes == {(80, 48)}
    assert {each.frame.sound.parameters for each in made["aac"] if each.frame.sound} == {b"\x11\x90"}


def test_keyframes_come_even_where_the_publisher_sends_none() -> None:
    sent = timed(play(Show("VP8", end_s=12)))
    once = [each for each in sent if each.kind is Kind.VIDEO][:12]  # up to the second keyframe
    long = [
        TimedFrame(Kind.VIDEO, index / FPS, once[0 if index == 0 else 1].frame) for index in range(9 * FPS)
    ]
    times = keyframes(transcode(long, SMALL)["48p"])
    assert times == pytest.approx([turn * KEYFRAME_INTERVAL_S for turn in range(5)], abs=0.15)


def test_drift_losses_a_takeover_and_another_size_stay_in_step() -> None:
    first = Show("VP8", end_s=24, audio_drift=400, loss=0.001)
    second = first.then(end_s=36, width=128, height=64, audio_drift=-400)
    third = second.then(codec="H264", end_s=48)
    made = transcode(timed(play(first, second, third)), SMALL, AAC)
    seen = watch([*made["48p"], *made["aac"]])
    assert len(seen.pictures) > 38 * FPS
    assert len(seen.clicks_s) > 42
    assert seen.size == (80, 48)
    assert out_of_step_s(seen) < IN_STEP_S


def test_a_break_stays_a_break() -> None:
    first = Show("H264", end_s=4)
    later = Show("H264", begin_s=12, end_s=16, follows=True, seed=2)
    made = transcode(timed(play(first, later)), SMALL, AAC)
    for track in made.values():
        gaps = [after.time_s - before.time_s for before, after in pairwise(track)]
        assert max(gaps) == pytest.approx(8, abs=0.3)
    assert out_of_step_s(watch([*made["48p"], *made["aac"]])) < IN_STEP_S


def test_a_rendition_comes_and_goes_while_others_go_on() -> None:
    sent = timed(play(Show("H264", end_s=4)))
    sent = [each for each in sent if each.kind is Kind.VIDEO]
    transcoder = Lane(Kind.VIDEO, "libx264")
    made: list[Made] = []
    transcoder.handle(Configure(Kind.VIDEO, (SMALL,)))
    for index, frame in enumerate(sent):
        if index == len(sent) // 2:
            transcoder.handle(Configure(Kind.VIDEO, (SMALL, SAME)))
        made += [each for each in transcoder.handle(Take(frame)) if isinstance(each, Made)]
    made += [each for each in transcoder.handle(Configure(Kind.VIDEO, ())) if isinstance(each, Made)]
    assert len([each for each in made if each.rendition == "48p"]) == 4 * FPS
    added = [each for each in made if each.rendition == "96p"]
    assert added[0].frame.frame.keyframe
    assert 1.9 < added[0].frame.time_s < 2.6


def test_what_cannot_be_decoded_costs_pictures_up_to_the_next_keyframe() -> None:
    sent = timed(play(Show("AV1", end_s=4, sound=False)))
    damaged = [
        TimedFrame(
            each.kind, each.time_s, type(each.frame)(each.frame.codec, 0, keyframe=False, data=b"\xff" * 40)
        )
        if index == 40
        else each
        for index, each in enumerate(sent)
    ]
    made = transcode(damaged, SMALL)["48p"]
    assert 4 * FPS - 12 <= len(made) < 4 * FPS


def test_an_encoder_that_does_not_open_is_said_once() -> None:
    lane = Lane(Kind.VIDEO, "h264_nvenc")  # there is no such card where tests run
    lane.handle(Configure(Kind.VIDEO, (SMALL,)))
    sent = [each for each in timed(play(Show("VP8", end_s=1))) if each.kind is Kind.VIDEO]
    (broken,) = [each for frame in sent for each in lane.handle(Take(frame)) if not isinstance(each, Handled)]
    assert isinstance(broken, Broken)
    assert (broken.rendition, "h264_nvenc" in broken.detail) == ("48p", True)
