"""RTCP: reading with aiortc's parser, writing what it lacks.

Reading turns a compound packet into a few small values this package acts on; everything else in it is
ignored. Sources: RFC 3550 (SR, RR, SDES, BYE), RFC 4585 (NACK, PLI), RFC 5104 (FIR),
draft-alvestrand-rmcat-remb-03.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiortc import rtp as _rtp

from .errors import MalformedPacket

NTP_UNITS = 1 << 32
_NTP_EPOCH_S = 2_208_988_800  # 1900-01-01 to 1970-01-01
_SDES_CNAME = 1


@dataclass(frozen=True, slots=True)
class SenderReport:
    """`ntp` in 1/2^32 s since 1900; `rtp_timestamp` of the same instant."""

    ssrc: int
    ntp: int
    rtp_timestamp: int


@dataclass(frozen=True, slots=True)
class ReceptionReport:
    """`fraction_lost` in 1/256; `jitter` in timestamp units; `lsr` and `dlsr` in 1/65536 s."""

    ssrc: int
    fraction_lost: int
    packets_lost: int
    jitter: int
    lsr: int
    dlsr: int


@dataclass(frozen=True, slots=True)
class Nack:
    ssrc: int
    sequences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeyframeRequest:
    """A PLI or a FIR."""

    ssrc: int


@dataclass(frozen=True, slots=True)
class Goodbye:
    ssrcs: tuple[int, ...]


Message = SenderReport | ReceptionReport | Nack | KeyframeRequest | Goodbye


def parse(data: bytes) -> list[Message]:
    """Read a compound packet. Raises `MalformedPacket`."""
    try:
        packets = _rtp.RtcpPacket.parse(data)
    except (ValueError, IndexError, struct.error) as error:
        raise MalformedPacket(f"RTCP: {error}") from error
    messages: list[Message] = []
    for packet in packets:
        match packet:
            case _rtp.RtcpSrPacket():
                info = packet.sender_info
                messages.append(SenderReport(packet.ssrc, info.ntp_timestamp, info.rtp_timestamp))
                messages.extend(_reports(packet.reports))
            case _rtp.RtcpRrPacket():
                messages.extend(_reports(packet.reports))
            case _rtp.RtcpRtpfbPacket(fmt=_rtp.RTCP_RTPFB_NACK):
                messages.append(Nack(packet.media_ssrc, tuple(seq & 0xFFFF for seq in packet.lost)))
            case _rtp.RtcpPsfbPacket(fmt=_rtp.RTCP_PSFB_PLI):
                messages.append(KeyframeRequest(packet.media_ssrc))
            case _rtp.RtcpPsfbPacket(fmt=_rtp.RTCP_PSFB_FIR):
                fci = packet.fci
                messages.extend(
                    KeyframeRequest(int.from_bytes(fci[i : i + 4], "big")) for i in range(0, len(fci) - 7, 8)
                )
            case _rtp.RtcpByePacket():
                messages.append(Goodbye(tuple(packet.sources)))
            case _:
                pass
    return messages


def _reports(reports: Iterable[_rtp.RtcpReceiverInfo]) -> Iterable[ReceptionReport]:
    return (
        ReceptionReport(r.ssrc, r.fraction_lost, r.packets_lost, r.jitter, r.lsr, r.dlsr) for r in reports
    )


def sender_report(report: SenderReport, cname: str, packets: int, octets: int) -> bytes:
    """A compound SR + SDES CNAME (RFC 3550 section 6.1)."""
    info = _rtp.RtcpSenderInfo(
        ntp_timestamp=report.ntp & 0xFFFFFFFFFFFFFFFF,
        rtp_timestamp=report.rtp_timestamp & 0xFFFFFFFF,
        packet_count=packets & 0xFFFFFFFF,
        octet_count=octets & 0xFFFFFFFF,
    )
    source = _rtp.RtcpSourceInfo(ssrc=report.ssrc, items=[(_SDES_CNAME, cname.encode())])
    return bytes(_rtp.RtcpSrPacket(ssrc=report.ssrc, sender_info=info)) + bytes(
        _rtp.RtcpSdesPacket(chunks=[source])
    )


def receiver_report(ssrc: int, blocks: Sequence[_rtp.RtcpReceiverInfo]) -> bytes:
    """An RR from `ssrc`; at most 31 blocks."""
    return bytes(_rtp.RtcpRrPacket(ssrc=ssrc, reports=list(blocks)))


def nack(ssrc: int, media_ssrc: int, sequences: Sequence[int]) -> bytes:
    """A generic NACK for extended `sequences` in ascending order (aiortc's own writer fails where they
    wrap).
    """
    fci: list[int] = []
    first, mask = sequences[0], 0
    for sequence in sequences[1:]:
        distance = sequence - first
        if distance > 16:
            fci += (first & 0xFFFF, mask)
            first, mask = sequence, 0
        else:
            mask |= 1 << (distance - 1)
    fci += (first & 0xFFFF, mask)
    payload = struct.pack(f"!II{len(fci)}H", ssrc, media_ssrc, *fci)
    return bytes(_rtp.pack_rtcp_packet(_rtp.RTCP_RTPFB, _rtp.RTCP_RTPFB_NACK, payload))


def picture_loss(ssrc: int, media_ssrc: int) -> bytes:
    """A PLI."""
    return bytes(_rtp.RtcpPsfbPacket(_rtp.RTCP_PSFB_PLI, ssrc, media_ssrc))


def remb(ssrc: int, bitrate_bps: int, media_ssrcs: Sequence[int]) -> bytes:
    """A receiver estimated maximum bitrate."""
    fci = _rtp.pack_remb_fci(bitrate_bps, list(media_ssrcs))
    return bytes(_rtp.RtcpPsfbPacket(_rtp.RTCP_PSFB_APP, ssrc, 0, fci))


def goodbye(ssrcs: Sequence[int]) -> bytes:
    """An empty RR and a BYE (compound, RFC 3550 section 6.1)."""
    return receiver_report(ssrcs[0], ()) + bytes(_rtp.RtcpByePacket(sources=list(ssrcs)))


def ntp_from_unix(unix_s: float) -> int:
    """Unix time in seconds as a 64-bit NTP timestamp."""
    return int((unix_s + _NTP_EPOCH_S) * NTP_UNITS) & 0xFFFFFFFFFFFFFFFF
