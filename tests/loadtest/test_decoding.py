"""What a decoding viewer says it saw is what was published: every picture by its number, sound by its clock."""

import struct
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from loadtest.decoding import DecodedView
from loadtest.frames import HOLD_S, FrameAssembler
from loadtest.media import Material, MaterialSpec, load_material
from loadtest.playback import Playback, SenderReport

WRAPS_SOON = 65_500


def packets(material: Material, frames: int) -> Iterator[tuple[bytes, bytes, int]]:
    """Header, payload and sequence number of the first pictures."""
    sequence = WRAPS_SOON
    for number in range(frames):
        frame = material.video.frames[number % len(material.video.frames)]
        for position, payload in enumerate(frame.payloads):
            marker = 0x80 if position == len(frame.payloads) - 1 else 0
            timestamp = 4_294_960_000 + number * material.video.frame_ticks & 0xFFFFFFFF
            yield (
                struct.pack("!BBHII", 0x80, marker | 102, sequence & 0xFFFF, timestamp, 1),
                payload,
                sequence,
            )
            sequence += 1


def watch(material: Material, *, lose: set[int], swap: bool = False, frames: int = 60) -> DecodedView:
    """Shown packets 20 ms apart, without those whose number since the beginning is in `lose`."""
    now = [0.0]
    view = DecodedView(material, now_s=lambda: now[0])
    sent = [each for number, each in enumerate(packets(material, frames)) if number not in lose]
    if swap:
        for index in range(3, len(sent) - 1, 7):
            sent[index], sent[index + 1] = sent[index + 1], sent[index]
    for packet, payload, sequence in sent:
        now[0] += 0.02
        view.receive("video", "H264", packet, payload, sequence & 0xFFFF)
    view.start()
    view.stop()
    view._thread.join()
    return view


def test_every_picture_is_seen_though_packets_come_in_another_order(material: Material) -> None:
    seen = watch(material, lose=set(), swap=True).take()
    assert (seen.pictures, seen.skipped, seen.unread) == (60, 0, 0)


def test_a_lost_packet_costs_the_pictures_up_to_the_next_keyframe(material: Material) -> None:
    keyframes = [number for number, frame in enumerate(material.video.frames) if frame.keyframe]
    assert keyframes == [0], "one keyframe in 60 pictures"
    view = watch(material, lose={20}, frames=120)
    seen = view.take()
    assert view.given_up == 1
    assert 60 < seen.pictures < 100
    assert seen.pictures + seen.skipped == 120


def test_an_assembler_waits_for_a_retransmission() -> None:
    assembler = FrameAssembler("opus")
    assert len(assembler.receive(1, 0, b"a", marker=False, now_s=0.0)) == 1
    assert assembler.receive(3, 1920, b"c", marker=False, now_s=0.1) == []
    assert [frame.data for frame in assembler.receive(2, 960, b"b", marker=False, now_s=0.2)] == [b"b", b"c"]
    assert assembler.receive(5, 3840, b"e", marker=False, now_s=0.3) == []
    late = assembler.receive(6, 4800, b"f", marker=False, now_s=0.31 + HOLD_S)
    assert [frame.data for frame in late] == [b"e", b"f"]
    assert assembler.given_up == 1


@pytest.mark.parametrize("late_ms", [0, 120, -45])
def test_sound_that_does_not_fit_is_measured(late_ms: int) -> None:
    """The picture's timestamps say that it is to be shown later than the sound that belongs to it."""
    playback = Playback(turn_s=8.0, pictures=240)
    playback.report("video", SenderReport(1_000.0, 0xFFFFFF00))
    playback.report("audio", SenderReport(1_000.5, 24_000))
    playback.sound(7.9, int(7.9 * 48_000))
    # Picture 3 of the next turn, 0.2 s after that sound.
    timestamp = 0xFFFFFF00 + 90 * (8_100 + late_ms) & 0xFFFFFFFF
    playback.picture(3, timestamp, 1.0)
    assert playback.take().sync_us[0] == pytest.approx(late_ms * 1_000, abs=10)


def test_a_picture_that_stands_still_is_a_freeze() -> None:
    playback = Playback(turn_s=8.0, pictures=240)
    moments_s = [number / 30 for number in range(30)] + [1.0 + number / 30 for number in range(15, 30)]
    for number, shown_s in enumerate(moments_s):
        playback.picture(number if number < 30 else number + 15, 0, shown_s)
    seen = playback.take()
    assert (seen.freezes, seen.skipped) == (1, 15)
    assert 500 <= seen.frozen_ms < 600


def test_a_given_file_is_played_with_numbers_in_its_pictures(tmp_path: Path) -> None:
    """A second of another size and rate, without sound: it goes round, and every picture can be told."""
    own = tmp_path / "own.mp4"
    with av.open(str(own), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 400, 200, "yuv420p"
        for _ in range(25):
            picture = av.VideoFrame.from_ndarray(np.full((200, 400, 3), 90, np.uint8), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    spec = MaterialSpec(width=320, height=180, video_bps=200_000, duration_s=2, source=str(own))
    played = load_material(spec, tmp_path)
    assert len(played.audio.frames) == 2 * 50
    assert not played.has_sound_clock
    seen = watch(played, lose=set()).take()
    assert (seen.pictures, seen.skipped, seen.unread) == (60, 0, 0)
