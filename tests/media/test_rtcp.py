"""RTCP: what we write is read by aiortc, what aiortc writes is read by us."""

import struct

import pytest
from aiortc import rtp as aiortc
from hypothesis import given
from hypothesis import strategies as st

from media import rtcp
from media.errors import MalformedPacket

REPORT = aiortc.RtcpReceiverInfo(
    ssrc=9, fraction_lost=13, packets_lost=-2, highest_sequence=70_000, jitter=8, lsr=21, dlsr=22
)


def test_sender_report_and_its_blocks_are_read() -> None:
    info = aiortc.RtcpSenderInfo(ntp_timestamp=1 << 63, rtp_timestamp=77, packet_count=1, octet_count=2)
    data = bytes(aiortc.RtcpSrPacket(ssrc=5, sender_info=info, reports=[REPORT]))
    assert rtcp.parse(data) == [
        rtcp.SenderReport(5, 1 << 63, 77),
        rtcp.ReceptionReport(9, 13, -2, 8, 21, 22),
    ]


def test_a_compound_is_read_in_order_and_the_rest_of_it_ignored() -> None:
    data = (
        bytes(aiortc.RtcpRrPacket(ssrc=1, reports=[REPORT]))
        + bytes(aiortc.RtcpSdesPacket([aiortc.RtcpSourceInfo(1, [(1, b"fan")])]))
        + bytes(aiortc.RtcpRtpfbPacket(aiortc.RTCP_RTPFB_NACK, 1, 2, [3, 5, 40]))
        + bytes(aiortc.RtcpRtpfbPacket(15, 1, 2))  # transport feedback
        + bytes(aiortc.RtcpPsfbPacket(aiortc.RTCP_PSFB_PLI, 1, 6))
        + bytes(aiortc.RtcpPsfbPacket(aiortc.RTCP_PSFB_APP, 1, 0, aiortc.pack_remb_fci(9000, [2])))
        + struct.pack("!BBH", 0x80, 204, 0)  # APP
        + bytes(aiortc.RtcpByePacket([1, 2]))
    )
    assert rtcp.parse(data) == [
        rtcp.ReceptionReport(9, 13, -2, 8, 21, 22),
        rtcp.Nack(2, (3, 5, 40)),
        rtcp.KeyframeRequest(6),
        rtcp.Goodbye((1, 2)),
    ]


def test_fir_names_its_targets_in_its_entries() -> None:
    fci = struct.pack("!IB3xIB3x", 11, 1, 12, 4)
    data = bytes(aiortc.RtcpPsfbPacket(aiortc.RTCP_PSFB_FIR, 1, 0, fci))
    assert rtcp.parse(data) == [rtcp.KeyframeRequest(11), rtcp.KeyframeRequest(12)]
    cut = bytes(aiortc.RtcpPsfbPacket(aiortc.RTCP_PSFB_FIR, 1, 0, fci[:12]))
    assert rtcp.parse(cut) == [rtcp.KeyframeRequest(11)]


def test_requested_numbers_wrap_to_16_bits() -> None:
    data = bytes.fromhex("81cd0003 00000001 00000002 ffff0003")
    assert rtcp.parse(data) == [rtcp.Nack(2, (65535, 0, 1))]


@pytest.mark.parametrize(
    "data",
    [
        b"\x80",
        bytes.fromhex("81c90007 00000001"),  # length beyond the datagram
        bytes.fromhex("41c90001 00000001"),  # version 1
        bytes.fromhex("a0c90001 00000000"),  # padding of none
        bytes.fromhex("81c90001 00000001"),  # a block that is not there
        bytes.fromhex("81cd0001 00000001"),  # feedback without a media source
        bytes.fromhex("84cb0001 00000001"),  # four sources announced, one there
    ],
)
def test_lengths_that_do_not_fit_are_malformed(data: bytes) -> None:
    with pytest.raises(MalformedPacket):
        rtcp.parse(data)


@given(
    start=st.integers(0, 200_000),
    distances=st.lists(st.integers(1, 40), max_size=200),
)
def test_a_nack_asks_for_exactly_what_is_lost_across_the_wrap(start: int, distances: list[int]) -> None:
    lost = [start]
    for distance in distances:
        lost.append(lost[-1] + distance)
    assert rtcp.parse(rtcp.nack(1, 2, lost)) == [rtcp.Nack(2, tuple(number % 65536 for number in lost))]


def test_a_nack_packs_seventeen_neighbours_into_one_entry() -> None:
    assert len(rtcp.nack(1, 2, range(65530, 65547))) == 12 + 4
    assert len(rtcp.nack(1, 2, range(65530, 65548))) == 12 + 8


def test_a_sender_report_is_a_compound_with_the_cname() -> None:
    data = rtcp.sender_report(rtcp.SenderReport(5, 123 << 32, (1 << 32) + 9), "stage", 1 << 33, 77)
    report, description = aiortc.RtcpPacket.parse(data)
    assert isinstance(report, aiortc.RtcpSrPacket)
    assert report.ssrc == 5
    assert report.sender_info == aiortc.RtcpSenderInfo(123 << 32, 9, 0, 77)
    assert isinstance(description, aiortc.RtcpSdesPacket)
    assert description.chunks == [aiortc.RtcpSourceInfo(5, [(1, b"stage")])]


@pytest.mark.parametrize("ntp", [-1, -(1 << 63), 1 << 64])
def test_a_clock_beyond_64_bits_wraps(ntp: int) -> None:
    """A publisher whose clock jumps between two reports must not stop ours."""
    read = rtcp.parse(rtcp.sender_report(rtcp.SenderReport(5, ntp, 0), "stage", 0, 0))
    assert read == [rtcp.SenderReport(5, ntp % (1 << 64), 0)]


def test_a_receiver_report_carries_its_blocks() -> None:
    assert rtcp.parse(rtcp.receiver_report(4, [REPORT])) == [rtcp.ReceptionReport(9, 13, -2, 8, 21, 22)]
    assert rtcp.parse(rtcp.receiver_report(4, [])) == []


def test_picture_loss_names_the_media_source() -> None:
    (packet,) = aiortc.RtcpPacket.parse(rtcp.picture_loss(3, 8))
    assert packet == aiortc.RtcpPsfbPacket(aiortc.RTCP_PSFB_PLI, 3, 8)


@given(st.integers(1, 1 << 40))
def test_remb_is_within_its_precision(bitrate_bps: int) -> None:
    (packet,) = aiortc.RtcpPacket.parse(rtcp.remb(3, bitrate_bps, [8, 9]))
    assert isinstance(packet, aiortc.RtcpPsfbPacket)
    read_bps, ssrcs = aiortc.unpack_remb_fci(packet.fci)
    assert bitrate_bps * (1 - 2**-17) <= read_bps <= bitrate_bps
    assert ssrcs == [8, 9]


def test_goodbye_is_a_compound() -> None:
    data = rtcp.goodbye([3, 4])
    assert data[1] == aiortc.RTCP_RR
    assert rtcp.parse(data) == [rtcp.Goodbye((3, 4))]


def test_ntp_time_counts_from_1900() -> None:
    assert rtcp.ntp_from_unix(0.5) == 2_208_988_800 << 32 | 1 << 31
    assert rtcp.ntp_from_unix(2_085_978_496) == 0  # the era ends on 7 February 2036
