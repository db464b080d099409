"""Whatever a broadcast does, every playlist of it keeps the rules of RFC 8216bis, and so does every reload."""

from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from recorder.hls.multivariant import Variant, multivariant
from recorder.hls.tracks import VIDEO, TrackFrame

from .rules import Media, check_media, check_multivariant, check_update, merge
from .show import Show, picture_frame, sound_frame


@dataclass(frozen=True)
class Stretch:
    """Some seconds of a broadcast. A keyframe comes every `keyframes` frames."""

    lasts_s: float
    rate: int
    keyframes: int
    width: int
    sound: bool
    pictures: bool
    jitter: tuple[float, ...]
    then: str


stretches = st.builds(
    Stretch,
    lasts_s=st.floats(0.3, 9.0),
    rate=st.sampled_from([20, 24, 25, 30]),
    keyframes=st.sampled_from([10, 30, 60, 125]),
    width=st.sampled_from([320, 640]),
    sound=st.booleans() | st.just(True),
    pictures=st.booleans() | st.just(True),
    jitter=st.lists(st.floats(-0.004, 0.004), min_size=1, max_size=7).map(tuple),
    then=st.sampled_from(["", "", "takeover", "stall", "hole", "late"]),
)


def frames_of(show: Show, plan: list[Stretch]) -> list[TrackFrame | None]:
    """In order of arrival; `None` is another publisher."""
    result: list[TrackFrame | None] = []
    start_s = 1.0
    for stretch in plan:
        timed: list[TrackFrame] = []
        if stretch.pictures:
            for number in range(max(1, int(stretch.lasts_s * stretch.rate))):
                jitter_s = stretch.jitter[number % len(stretch.jitter)]
                at_s = start_s + number / stretch.rate + jitter_s
                timed.append(picture_frame(at_s, number % stretch.keyframes == 0, stretch.width))
        if stretch.sound:
            timed += [sound_frame(start_s + number * 0.02) for number in range(int(stretch.lasts_s * 50))]
        timed.sort(key=lambda frame: frame.time_s + (frame.track == VIDEO) * 0.01)
        result += timed
        start_s += stretch.lasts_s
        match stretch.then:
            case "takeover":
                result.append(None)
                start_s += 1.2
            case "stall":
                start_s += 0.8
            case "hole":
                start_s += 5.0
    return result


def play(plan: list[Stretch]) -> Show:
    show = Show(window_s=20.0)
    before: dict[str, Media] = {}

    def look() -> None:
        for name in show.playlists:
            now = check_media(show.render(name))
            assert not now.broken, show.render(name)
            if name in before:
                assert not check_update(before[name], now), (
                    show.render(name),
                    check_update(before[name], now),
                )
                merged = merge(before[name], check_media(show.render(name, skip=True)))
                assert [each.msn for each in merged.segments] == [each.msn for each in now.segments]
                assert [each.discontinuities for each in merged.segments] == [
                    each.discontinuities for each in now.segments
                ]
            before[name] = now

    now_s = 0.0
    for number, frame in enumerate(frames_of(show, plan)):
        if frame is None:
            show.segmenter.discontinuity()
            continue
        now_s = max(now_s, frame.time_s)
        changed = show.push(frame, now_s)
        if number % 5 == 0:
            changed |= show.poll(now_s)
        if changed and number % 4 == 0:
            look()
    look()
    show.end(now_s)
    look()
    return show


@settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.lists(stretches, min_size=1, max_size=5))
def test_every_playlist_and_every_reload_keeps_the_rules(plan: list[Stretch]) -> None:
    show = play(plan)
    numbers = [
        [(each.msn, each.discontinuities) for each in show.ended if each.track == name]
        for name in show.playlists
    ]
    # Segments of all tracks are numbered alike, each once.
    for each in numbers:
        assert [msn for msn, _ in each] == list(range(each[0][0], each[0][0] + len(each)))
    assert len({each[-1] for each in numbers}) <= 1
    for one in numbers:
        assert all(dict(other).get(msn, number) == number for other in numbers for msn, number in one)


def test_a_long_keyframe_interval_makes_long_segments_and_says_so_at_once() -> None:
    show = play([Stretch(26.0, 25, 125, 320, True, True, (0.0,), "")])
    assert show.begun is not None
    assert show.begun.target_duration_s == 10
    pictures = [each for each in show.ended if each.track == VIDEO]
    # The first one does not wait for a keyframe, and the one after it begins without.
    assert [round(each.duration_s, 2) for each in pictures][:5] == [2.4, 2.6, 5.0, 5.0, 5.0]
    assert [each.begins_independent for each in pictures][:3] == [True, False, True]


def test_parts_of_slow_pictures_are_whole_numbers_of_frames() -> None:
    show = play([Stretch(6.0, 8, 16, 320, True, True, (0.0,), "")])
    assert {round(part.duration_s, 3) for part in show.parts if part.track == VIDEO} == {0.375, 0.125}


def test_a_picture_that_stays_is_told_of_as_a_whole_segment_only() -> None:
    show = Show()
    for number in range(200):
        # A picture stays for a second; sound goes on.
        if number < 60 or number >= 90:
            show.push(picture_frame(1 + number / 30, number % 45 == 0))
        for sound in range(2):
            show.push(sound_frame(1 + number / 30 + sound * 0.0166))
    text = show.render(VIDEO)
    assert not check_media(text).broken
    held = next(each for each in show.parts if each.duration_s > 0.5)
    assert f"{VIDEO}/{held.msn}.m4s" in text
    assert f"{VIDEO}/{held.msn}.0.m4s" not in text


def test_a_track_that_falls_behind_has_gaps_and_comes_back() -> None:
    show = Show()
    for number in range(600):
        at_s = 1 + number / 30
        show.push(picture_frame(at_s, number % 60 == 0))
        if not 200 <= number < 450:
            show.push(picture_frame(at_s, number % 60 == 0, 160, "240p"), at_s + 0.2)
        show.push(sound_frame(at_s))
        show.poll(at_s)
    gaps = [each.msn for each in show.ended if each.track == "240p" and not each.parts]
    assert len(gaps) in (3, 4)
    text = show.render("240p")
    assert text.count("#EXT-X-GAP") == len(gaps)
    assert not check_media(text).broken


def test_every_picture_is_offered_with_every_sound_and_sound_alone() -> None:
    tracks = [
        Variant("video", "v.m3u8", True, "avc1.42C01F", 2e6, 1.5e6, 1280, 720, 30.0),
        Variant("360p", "360p.m3u8", True, "avc1.42C01E", 5e5, 4e5, 640, 360, 30.0),
        Variant("audio", "audio.m3u8", False, "opus", 1e5, 9e4, channels=2),
        Variant("aac", "aac.m3u8", False, "mp4a.40.2", 1.3e5, 1.28e5, channels=2),
    ]
    text = multivariant(tracks)
    assert check_multivariant(text) == []
    assert text.count("#EXT-X-STREAM-INF") == 6
    assert check_multivariant(multivariant(tracks[:1])) == []
    assert check_multivariant(multivariant(tracks[2:3])) == []
    assert 'AUDIO="' not in multivariant(tracks[2:3])


def test_blocking_requests_know_what_is_there_and_what_is_absurd() -> None:
    show = Show()
    for number in range(100):
        show.push(picture_frame(1 + number / 25, number % 50 == 0))
    playlist = show.playlists[VIDEO]
    msn, there = playlist.report().msn, playlist.report().part + 1
    assert playlist.next_msn == msn == 1
    assert playlist.has(0, None)
    assert playlist.has(0, 99)  # stands for the first part of the next one
    assert playlist.has(msn, there - 1)
    assert not playlist.has(msn, there)
    assert not playlist.has(msn, None)
    assert not playlist.has(msn + 1, 0)
    assert not playlist.is_absurd(msn, there + 2)
    assert not playlist.is_absurd(msn + 1, 0)
    assert playlist.is_absurd(msn + 2, None)
    assert playlist.is_absurd(msn, there + 9)
    assert playlist.is_next(msn, there)
