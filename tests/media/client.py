"""A WebRTC peer for tests of the plane: aioice's STUN, our DTLS, raw RTP, nothing of the fan-out."""

import asyncio
import secrets
import socket
from collections.abc import Callable
from typing import Any, cast

from aioice import stun

from media import rtp
from media.description import DtlsRole, HostCandidate, LocalPeer, RemotePeer
from media.dtls import Certificate, DtlsConnection, SrtpPair
from media.errors import MalformedPacket
from media.ice import Address, parse
from media.srtp import SrtpError

PATIENCE_S = 30.0
"""Only a failure takes as long."""
CERTIFICATE = Certificate.generateCertificate()


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop work until `condition` holds; fails the test when it never does."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.001)


class Client(asyncio.DatagramProtocol):
    """One peer with one socket."""

    def __init__(self) -> None:
        self.ufrag, self.pwd = secrets.token_hex(4), secrets.token_hex(16)
        self.srtp: SrtpPair | None = None
        self.rtp: list[rtp.RtpPacket] = []
        self.rtcp: list[bytes] = []
        self.datagrams = 0
        self.closed = False
        self.checked = 0
        self.answers_checks = True
        self._transport: asyncio.DatagramTransport | None = None
        self._answers: dict[bytes, asyncio.Future[stun.Message]] = {}
        self._dtls: DtlsConnection | None = None
        self._waiting: list[bytes] = []

    @classmethod
    async def open(cls, server: HostCandidate) -> "Client":
        family = socket.AF_INET6 if ":" in server.ip else socket.AF_INET
        local = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        loop = asyncio.get_running_loop()
        _, client = await loop.create_datagram_endpoint(
            cls, local_addr=(local, 0), remote_addr=(server.ip, server.port)
        )
        return client

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.datagrams += 1
        if data[0] < 4:
            self._take_stun(parse(data))
        elif data[0] < 64:
            if self._dtls is None:
                self._waiting.append(data)
            else:
                self._dtls.receive(data)
        elif self.srtp is None:
            self._waiting.append(data)
        else:
            self._take_media(data)

    def _take_stun(self, message: stun.Message) -> None:
        if message.message_class is not stun.Class.REQUEST:
            self._answers.pop(message.transaction_id).set_result(message)
            return
        self.checked += 1
        if self.answers_checks and message.check_message_integrity(self.pwd.encode()):
            answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, message.transaction_id)
            answer.attributes["XOR-MAPPED-ADDRESS"] = ("127.0.0.1", 9)
            answer.add_message_integrity(self.pwd.encode())
            self.send(bytes(answer))

    def _take_media(self, data: bytes) -> None:
        assert self.srtp is not None
        try:
            if rtp.is_rtcp(data):
                self.rtcp.append(self.srtp.inbound.unprotect_rtcp(data))
            else:
                self.rtp.append(rtp.parse(self.srtp.inbound.unprotect(data)))
        except (SrtpError, MalformedPacket) as error:
            raise AssertionError("the server sent what its peer cannot read") from error

    @property
    def address(self) -> Address:
        """Where the server sees this peer."""
        assert self._transport is not None
        return cast(Address, self._transport.get_extra_info("sockname"))

    def send(self, datagram: bytes) -> None:
        assert self._transport is not None
        self._transport.sendto(datagram)

    def remote(self, role: DtlsRole = DtlsRole.SERVER) -> RemotePeer:
        """What this peer's offer would say; `role` is the server's."""
        return RemotePeer(self.ufrag, self.pwd, (CERTIFICATE.fingerprint,), role)

    def check(self, local: LocalPeer, *, nominate: bool = True, pwd: str | None = None) -> stun.Message:
        """A connectivity check, as a controlling full agent makes it."""
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = f"{local.ice_ufrag}:{self.ufrag}"
        message.attributes["PRIORITY"] = 1
        message.attributes["ICE-CONTROLLING"] = 1
        if nominate:
            message.attributes["USE-CANDIDATE"] = None
        message.add_message_integrity((pwd or local.ice_pwd).encode())
        return message

    async def ask(self, message: stun.Message) -> stun.Message:
        """Send a STUN request and wait for its answer."""
        answer: asyncio.Future[stun.Message] = asyncio.get_running_loop().create_future()
        self._answers[message.transaction_id] = answer
        self.send(bytes(message))
        return await asyncio.wait_for(answer, PATIENCE_S)

    async def connect(self, local: LocalPeer, plane_fingerprint: Any) -> None:
        """ICE and DTLS, in the role the server left to us."""
        answer = await self.ask(self.check(local))
        assert answer.message_class is stun.Class.RESPONSE
        role = DtlsRole.SERVER if local.dtls_role is DtlsRole.CLIENT else DtlsRole.CLIENT
        self._dtls = DtlsConnection(CERTIFICATE, role, (plane_fingerprint,), self.send, self._on_closed)
        early, self._waiting = self._waiting, []
        for data in early:
            self._dtls.receive(data)
        self.srtp = await self._dtls.connect()
        early, self._waiting = self._waiting, []
        for data in early:
            self._take_media(data)

    def _on_closed(self) -> None:
        self.closed = True

    def send_rtp(self, payload_type: int, sequence: int, payload: bytes, *, ssrc: int = 1000) -> None:
        """One packet of media, a frame by itself."""
        assert self.srtp is not None
        packet = rtp.header(payload_type, True, sequence, sequence * 3000, ssrc) + payload
        self.send(self.srtp.outbound.protect(packet))

    def send_rtcp(self, compound: bytes) -> None:
        assert self.srtp is not None
        self.send(self.srtp.outbound.protect_rtcp(compound))

    async def hang_up(self) -> None:
        """Say goodbye in DTLS and go."""
        if self._dtls is not None:
            await self._dtls.close()
        self.vanish()

    def vanish(self) -> None:
        """Go without a word."""
        if self._transport is not None:
            self._transport.close()
