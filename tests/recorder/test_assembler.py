"""From packets to frames: whole, byte for byte, in order, and never one that a decoder could not use."""

import os
import random
from collections.abc import Sequence

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.assembler import Assembler
from recorder.frames import Frame, Packet
from recorder.reordering import BEGINNING_S, WINDOW_S
from tests.recorder.encoded import (
    CODECS,
    KEYFRAME_EVERY,
    TICKS,
    EncodedFrame,
    encoded,
    packets_of,
    read_counter,
)

DECODERS = {"H264": "h264", "VP8": "vp8", "VP9": "vp9", "AV1": "libdav1d"}


def play(codec: str, packets: Sequence[Packet], *, step_s: float = 0.001) -> list[Frame]:
    assembler = Assembler(codec)
    frames = [frame for at, packet in enumerate(packets) for frame in assembler.push(packet, at * step_s)]
    return frames + assembler.flush()


def decode(codec: str, frames: Sequence[Frame]) -> list[int]:
    """The numbers in the pictures, by a decoder that bears no error."""
    context = av.CodecContext.create(DECODERS[codec], "r")
    assert isinstance(context, av.VideoCodecContext)
    context.options = {"err_detect": "explode"} if codec != "AV1" else {}
    pictures = [picture for frame in frames for picture in context.decode(av.Packet(frame.data))]
    return [read_counter(picture) for picture in [*pictures, *context.decode(None)]]


@pytest.mark.parametrize("codec", CODECS)
def test_without_loss_every_frame_comes_out_byte_for_byte(codec: str) -> None:
    sent = encoded(codec)
    frames = play(codec, packets_of(sent))
    assert [frame.data for frame in frames] == [frame.data for frame in sent]
    assert [frame.keyframe for frame in frames] == [frame.keyframe for frame in sent]
    assert [frame.timestamp for frame in frames] == [index * TICKS for index in range(len(sent))]
    assert any(len(frame.payloads) > 2 for frame in sent), "fragments are what this is about"


@pytest.mark.parametrize("codec", CODECS)
def test_what_comes_out_can_be_decoded(codec: str) -> None:
    sent = encoded(codec)
    assert decode(codec, play(codec, packets_of(sent))) == list(range(len(sent)))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(("width", "height"), [(160, 96), (322, 178)])
def test_a_keyframe_tells_its_size(codec: str, width: int, height: int) -> None:
    frames = play(codec, packets_of(encoded(codec, width, height, 3)))
    assert frames[0].picture is not None
    assert (frames[0].picture.width, frames[0].picture.height) == (width, height)
    assert frames[0].picture.pixel_format == "yuv420p"
    assert all(frame.picture is None for frame in frames[1:])


@pytest.mark.parametrize("codec", CODECS)
@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 1 << 32), loss=st.sampled_from([0.002, 0.01, 0.05, 0.3]), spread=st.integers(0, 12)
)
def test_any_loss_and_order_leaves_only_what_is_exact_and_decodable(
    codec: str, seed: int, loss: float, spread: int
) -> None:
    sent = encoded(codec)
    chance = random.Random(seed)
    packets = [packet for packet in packets_of(sent) if chance.random() >= loss]
    packets += chance.sample(packets, len(packets) // 20)  # duplicates
    packets.sort(key=lambda packet: packet.number + chance.random() * spread)
    check_emitted(sent, play(codec, packets))


def check_emitted(sent: Sequence[EncodedFrame], frames: Sequence[Frame]) -> None:
    """Each is one that was sent, unchanged; and between it and the keyframe before it none is missing."""
    numbers = [frame.timestamp // TICKS for frame in frames]
    assert numbers == sorted(set(numbers))
    for number, frame in zip(numbers, frames, strict=True):
        assert frame.data == sent[number].data
        assert frame.keyframe == sent[number].keyframe
        assert frame.keyframe or number - 1 in numbers


@pytest.mark.parametrize("codec", CODECS)
def test_whichever_packet_is_lost_all_is_back_at_the_next_keyframe(codec: str) -> None:
    sent = encoded(codec)
    packets = packets_of(sent)
    for lost in range(1, len(packets)):
        frames = play(codec, packets[:lost] + packets[lost + 1 :])
        check_emitted(sent, frames)
        hit = packets[lost].timestamp // TICKS
        back = (hit // KEYFRAME_EVERY + 1) * KEYFRAME_EVERY
        numbers = [frame.timestamp // TICKS for frame in frames]
        assert numbers == [*range(hit), *range(back, len(sent))]
    assert decode(codec, frames) == numbers


def test_a_late_packet_within_the_window_is_no_loss() -> None:
    packets = packets_of(encoded("VP8"))
    late = packets.pop(5)
    assembler = Assembler("VP8")
    assembler.push(packets[0], -BEGINNING_S)
    frames = [frame for packet in packets[1:40] for frame in assembler.push(packet, 0.0)]
    frames += assembler.push(late, WINDOW_S * 0.9)
    assert [frame.data for frame in frames] == [frame.data for frame in encoded("VP8")[: len(frames)]]
    assert assembler.lost == 0


def test_a_loss_is_given_up_after_the_window_even_if_nothing_else_comes() -> None:
    packets = packets_of(encoded("VP8", frames=KEYFRAME_EVERY + 1))
    lost = next(packet for packet in packets if packet.timestamp == 3 * TICKS)
    assembler = Assembler("VP8")
    assembler.push(packets[0], -BEGINNING_S)
    for packet in packets[1:]:
        if packet is not lost:
            assembler.push(packet, 0.0)
    assert not assembler.awaiting_keyframe
    assert assembler.poll(WINDOW_S * 0.9) == []
    after = assembler.poll(WINDOW_S)
    assert [frame.timestamp // TICKS for frame in after] == [KEYFRAME_EVERY]
    assert assembler.lost == 1


def test_padding_fills_its_number() -> None:
    sent = encoded("H264")
    packets: list[Packet] = []
    for packet in packets_of(sent):
        packets.append(Packet(2 * packet.number, packet.timestamp, packet.marker, packet.payload))
        packets.append(Packet(2 * packet.number + 1, packet.timestamp, False, b""))
    assert [frame.data for frame in play("H264", packets)] == [frame.data for frame in sent]


def test_parameter_sets_told_once_hold_for_later_keyframes() -> None:
    frames = encoded("H264")
    bare = [frames[0]]
    for frame in frames[1:]:
        payloads = tuple(payload for payload in frame.payloads if payload[0] & 0x1F != 24)
        bare.append(EncodedFrame(b"", payloads, frame.keyframe))
    got = play("H264", packets_of(bare))
    keyframes = [frame for frame in got if frame.keyframe]
    assert len(keyframes) == 3
    assert len({frame.picture for frame in keyframes}) == 1


def test_every_opus_packet_that_came_is_a_frame() -> None:
    packets = [Packet(n, n * 960, False, bytes((0xFC, n))) for n in range(50) if n % 7 != 3]
    frames = play("opus", packets)
    assert [frame.data for frame in frames] == [packet.payload for packet in packets]
    assert all(frame.keyframe for frame in frames)


def test_encoding_leaves_the_priority_of_this_process_alone() -> None:
    before = os.sched_getscheduler(0)
    encoded.__wrapped__("AV1", frames=2)
    assert os.sched_getscheduler(0) == before
