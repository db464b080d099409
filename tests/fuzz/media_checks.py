"""What must hold of the media parsers whatever bytes arrive: nothing but `MalformedPacket` leaves them.

The plane is fuzzed twice: with datagrams as a stranger sends them, and behind keys that fit, as a hostile publisher
or viewer with a session of its own does.
"""

import asyncio
import struct
from collections.abc import Mapping
from typing import Any, cast

from aioice import stun
from aiortc import rtp as aiortc

from media import ice, rtcp, rtp
from media.demultiplexer import Demultiplexer
from media.description import (
    CodecFormat,
    DtlsRole,
    Fingerprint,
    InboundTrack,
    Kind,
    OutboundTrack,
    RemotePeer,
)
from media.dtls import SrtpPair
from media.errors import MalformedPacket
from media.ice import Address, AddressValidated, Credentials, IceLite
from media.keyframes import starts_keyframe
from media.plane import MediaPlane
from media.session import Session
from media.srtp import InboundSrtp
from media.transport_feedback import TransportFeedback
from tests.media.keys import outbound
from tests.media.scene import make_wire

CODECS = ("H264", "VP8", "VP9", "AV1", "opus")
PUBLISHER: Address = ("192.0.2.1", 4000)
VIEWER: Address = ("192.0.2.2", 4000)
STRANGER: Address = ("192.0.2.3", 4000)
VIDEO_SSRC = 1000
_CREDENTIALS = Credentials("ours", "our-password-of-22-chars", "theirs", "their-password-of-22-chrs")
_REMOTE = RemotePeer("theirs", "x" * 22, (Fingerprint("sha-256", "00"),), DtlsRole.SERVER)
_DATAGRAMS_PER_PUBLISHER = 300
_TRANSPORT_CC_ID = 5
_OPUS = CodecFormat("opus", 111, 48_000, 2, feedback=frozenset({"transport-cc"}))
_VIDEO = tuple(
    CodecFormat(name, number, 90_000, feedback=frozenset({"nack", "nack pli"}), rtx_payload_type=number + 1)
    for name, number in (("VP8", 96), ("H264", 98), ("VP9", 100), ("AV1", 102))
)


def check_stun(data: bytes) -> None:
    """A binding request for a session, or anything else."""
    ufrag = ice.peek_ufrag(data)
    try:
        message = ice.parse(data)
    except MalformedPacket:
        return
    agent = IceLite(_CREDENTIALS, 0.0, b"a secret of ours")
    for effect in agent.handle_request(message, STRANGER, 1.0):
        if isinstance(effect, ice.Respond):
            ice.parse(effect.datagram)
        else:
            assert ufrag == "ours" or "USERNAME" in message.attributes


def check_rtp(data: bytes) -> None:
    """Agrees with aiortc's reader wherever that one reads the packet."""
    try:
        read = rtp.parse(data, _TRANSPORT_CC_ID)
    except MalformedPacket:
        read = None
    try:
        expected = aiortc.RtpPacket.parse(data)
    except ValueError:
        return  # it also refuses extensions that we skip
    assert read is not None
    assert (read.payload_type, read.marker) == (expected.payload_type, bool(expected.marker))
    assert (read.sequence, read.timestamp, read.ssrc) == (
        expected.sequence_number,
        expected.timestamp,
        expected.ssrc,
    )
    assert read.payload == expected.payload


def check_rtcp(data: bytes) -> None:
    try:
        messages = rtcp.parse(data)
    except MalformedPacket:
        return
    for message in messages:
        if isinstance(message, rtcp.Nack):
            assert all(0 <= sequence < 65536 for sequence in message.sequences)


def check_keyframes(data: bytes) -> None:
    for codec in CODECS:
        assert starts_keyframe(codec, data) in (True, False)


def check_transport_feedback(data: bytes) -> None:
    """Six bytes each: a number, and how many microseconds later (or earlier) it arrived."""
    feedback = TransportFeedback(1)
    now_us = 1 << 40
    for number, elapsed_us in struct.iter_unpack("!Hi", data[: len(data) // 6 * 6]):
        now_us += elapsed_us
        feedback.receive(number, now_us)
        if elapsed_us % 7 == 0:
            for packet in feedback.poll(2):
                aiortc.RtcpPacket.parse(packet)
    for packet in feedback.poll(2):
        aiortc.RtcpPacket.parse(packet)
    assert feedback.poll(2) == []


class _Open:
    """Stands in for a peer's inbound keys: everything is authentic."""

    def unprotect(self, datagram: bytes) -> bytes:
        return datagram

    def unprotect_rtcp(self, datagram: bytes) -> bytes:
        return datagram


class PlaneUnderFire:
    """A plane with a publisher and a viewer whose packets need no keys. Its loop turns once per datagram."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._failures: list[Mapping[str, Any]] = []
        self._loop.set_exception_handler(lambda _, context: self._failures.append(context))
        self._wire = make_wire()
        self._fed = 0
        # The wire is no socket, so that nothing leaves: the kernel is the one that asks for none.
        self._plane = MediaPlane(
            host="127.0.0.1", udp_port=0, public_addresses=(), grace_s=10.0, fanout="plain"
        )
        self._received = Demultiplexer(self._plane._sessions, self._plane._counters).datagram_received
        self._loop.run_until_complete(self._set_up())

    async def _set_up(self) -> None:
        self._plane.start()
        self._publish()
        tracks = (OutboundTrack(Kind.VIDEO, "0", _VIDEO), OutboundTrack(Kind.AUDIO, "1", (_OPUS,)))
        local = self._plane.view("stage", _REMOTE, tracks, client_address="192.0.2.2")
        self._connect(local.session_id, VIEWER)
        self.ufrag, self.pwd = local.ice_ufrag, local.ice_pwd
        self.ssrc = self._plane.track_identity("stage", Kind.VIDEO).ssrc

    def _publish(self) -> None:
        """A new publisher, who takes over: one that has heard too much rubbish follows no further source."""
        inbound = (
            InboundTrack(Kind.AUDIO, "0", (_OPUS,), transport_cc_id=_TRANSPORT_CC_ID),
            InboundTrack(Kind.VIDEO, "1", _VIDEO, transport_cc_id=_TRANSPORT_CC_ID),
        )
        local = self._plane.publish("stage", _REMOTE, inbound, client_address="192.0.2.1")
        self._connect(local.session_id, PUBLISHER)
        keyframe = rtp.header(96, True, 1, 1, VIDEO_SSRC) + b"\x10\x50"
        self._received(keyframe, PUBLISHER, self._wire, 0)

    def _connect(self, session_id: str, address: Address) -> None:
        session: Session = self._plane._sessions.get(session_id)
        session.endpoint, session.address = self._wire, address
        session.srtp = SrtpPair(cast(InboundSrtp, _Open()), outbound(seed=address[1]), "open")
        self._plane._sessions.readdressed(session, AddressValidated(address))
        session.role.connected(session._destination(session.srtp))

    def feed(self, data: bytes, address: Address) -> None:
        """One datagram. What leaves the plane, or a callback it left with the loop, is raised."""
        if not data:
            return  # the port hands on no empty datagram
        self._wire.sent.clear()
        self._loop.run_until_complete(self._receive(data, address))
        if self._failures:
            raise AssertionError(self._failures[0]["message"]) from self._failures[0].get("exception")

    async def _receive(self, data: bytes, address: Address) -> None:
        self._fed += 1
        if self._fed % _DATAGRAMS_PER_PUBLISHER == 0:
            self._publish()
        self._received(data, address, self._wire, 1_000_000)
        await asyncio.sleep(0)

    def close(self) -> None:
        self._loop.run_until_complete(self._plane.stop())
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()


def binding_request(ufrag: str = "ours", pwd: str = _CREDENTIALS.local_pwd) -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, transaction_id=b"fixed for us")
    message.attributes["USERNAME"] = f"{ufrag}:theirs"
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 1
    message.attributes["USE-CANDIDATE"] = None
    message.attributes["XOR-MAPPED-ADDRESS"] = ("2001:db8::1", 9)
    message.add_message_integrity(pwd.encode())
    return bytes(message)


STUN_SEEDS = (
    binding_request(),
    bytes(stun.Message(stun.Method.BINDING, stun.Class.INDICATION, transaction_id=b"fixed for us")),
)
RTP_SEEDS = (
    rtp.header(96, True, 2, 3000, VIDEO_SSRC) + b"\x10\x50picture",
    rtp.header(97, True, 2, 3000, VIDEO_SSRC + 1) + b"\x00\x02\x10\x51picture",
    rtp.header(98, False, 9, 3000, VIDEO_SSRC) + bytes.fromhex("780002674200026588"),
    rtp.header(100, False, 9, 3000, VIDEO_SSRC) + bytes.fromhex("a8070000ff"),
    rtp.header(102, False, 9, 3000, VIDEO_SSRC) + bytes.fromhex("180aff"),
    rtp.header(96, False, 3, 3000, VIDEO_SSRC, padded=True) + rtp.padding(200),
    bytes((0x92, 111, 0, 9)) + bytes(16) + struct.pack("!HHBHB", 0xBEDE, 1, 0x51, 7, 0) + b"sound",
    bytes((0x90, 96, 0, 9)) + bytes(8) + struct.pack("!HHBBHBB", 0x1000, 2, 5, 2, 7, 1, 0) + b"\0\0picture",
)


def rtcp_seeds(ssrc: int = VIDEO_SSRC) -> tuple[bytes, ...]:
    """Every message we act on, about `ssrc`."""
    block = aiortc.RtcpReceiverInfo(ssrc, 1, 2, 3, 4, 5, 6)
    info = aiortc.RtcpSenderInfo(1 << 62, 1, 2, 3)
    fir = struct.pack("!IB3x", ssrc, 1)
    return (
        rtcp.sender_report(rtcp.SenderReport(ssrc, 1 << 63, 9), "artist", 1, 1),
        rtcp.sender_report(rtcp.SenderReport(ssrc, (1 << 64) - 1, 9), "artist", 1, 1),
        bytes(aiortc.RtcpSrPacket(ssrc, info, [block])),
        rtcp.receiver_report(1, [block]) + rtcp.nack(1, ssrc, [0, 1, 2, 30]),
        rtcp.picture_loss(1, ssrc) + bytes(aiortc.RtcpPsfbPacket(aiortc.RTCP_PSFB_FIR, 1, 0, fir)),
        rtcp.remb(1, 1_000_000, [ssrc]) + rtcp.goodbye([ssrc]),
    )


TRANSPORT_FEEDBACK_SEEDS = (
    struct.pack("!Hi", 65_530, 0)
    + b"".join(struct.pack("!Hi", n % 65536, 700) for n in range(65_531, 65_560)),
    struct.pack("!HiHiHi", 5, 0, 9, -9_000_000, 7, 250),
)
