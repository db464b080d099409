from __future__ import annotations

import os

import pytest
from aiortc.codecs.h264 import h264_depayload
from aiortc.codecs.vpx import vp8_depayload

from loadtest.media import Material
from loadtest.packetize import packetize_h264, packetize_vp8, split_nal_units, starts_keyframe
from loadtest.rtp import MAX_PAYLOAD_BYTES, RtpHeader, payload_of


def nal(kind: int, size: int) -> bytes:
    return bytes((0x60 | kind,)) + bytes(byte | 1 for byte in os.urandom(size - 1))


@pytest.mark.parametrize("size", [2, 1200, 1201, 2400, 50_000])
def test_a_packetized_picture_is_the_same_after_depacketizing(size: int) -> None:
    units = [nal(7, 12), nal(8, 5), nal(5, size)]
    payloads = packetize_h264(b"".join(b"\0\0\0\1" + unit for unit in units))
    assert list(split_nal_units(b"".join(map(h264_depayload, payloads)))) == units
    assert max(map(len, payloads)) <= MAX_PAYLOAD_BYTES


def test_the_pieces_of_a_picture_differ_by_one_byte_at_most() -> None:
    sizes = [len(payload) for payload in packetize_h264(b"\0\0\1" + nal(1, 10_001))]
    assert max(sizes) - min(sizes) <= 1


def test_only_the_first_payload_of_a_keyframe_starts_it() -> None:
    payloads = packetize_h264(b"\0\0\1" + nal(7, 12) + b"\0\0\1" + nal(8, 5) + b"\0\0\1" + nal(5, 5_000))
    assert starts_keyframe("H264", payloads[0])
    assert not starts_keyframe("H264", payloads[-1])
    assert not starts_keyframe("H264", packetize_h264(b"\0\0\1" + nal(1, 5_000))[0])


def test_vp8_pieces_join_to_the_frame() -> None:
    frame = os.urandom(4_000)
    assert b"".join(vp8_depayload(payload) for payload in packetize_vp8(frame)) == frame


def test_the_payload_is_found_behind_extensions_and_before_padding() -> None:
    header = RtpHeader(1, 96, send_time_id=2, transport_cc_id=3)
    packet = header.build(sequence=1, timestamp=2, marker=True, now_s=1.5, transport_sequence=9) + b"music"
    assert payload_of(packet) == b"music"
    padded = bytes((packet[0] | 0x20,)) + packet[1:] + b"\0\0\3"
    assert payload_of(padded) == b"music"
    with pytest.raises(ValueError, match="longer"):
        payload_of(bytes((0xA0,)) + packet[1:12] + b"\xff")


def test_the_material_has_its_keyframes_and_no_two_packets_alike(material: Material) -> None:
    assert [index for index, frame in enumerate(material.video.frames) if frame.keyframe] == [0]
    assert len(material.video.frames) == 60
    assert len(material.audio.frames) == 100
    payloads = list(material.payloads())
    assert len(payloads) == material.packet_count == len(set(payloads))
