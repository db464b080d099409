"""The UDP port: one socket per address family on the same number, read in batches, demultiplexed by the
first byte (RFC 7983).

It knows datagrams and addresses only; what they mean is the receiver's business.
"""

import asyncio
import contextlib
import socket
import struct
import time
from dataclasses import dataclass
from typing import Protocol

import structlog

from .arrival import arrival_us
from .ice import Address

_RECEIVE_BYTES = 2048
_BATCH = 128
"""Datagrams read per readiness event before the loop gets its turn."""
_TURN_US = 12_000
"""A batch ends after this long: with many viewers each packet takes milliseconds to forward, and whatever else needs
several turns of the loop (joining, pages, chat) would wait for seconds. Of a full core 8 ms were too few for media, and
20 ms too many for the others.
"""
_BUFFER_BYTES = 4 << 20
_SO_TIMESTAMPNS = 35
_MSG_TRUNC = int(socket.MSG_TRUNC)
"""A flag's own `&` is Python, and took a twentieth of what receiving takes."""
_TIMESPEC = struct.Struct("@ll")

_log = structlog.get_logger(__name__)


class DatagramReceiver(Protocol):
    """Takes datagrams; must not raise."""

    def datagram_received(
        self, datagram: bytes, address: Address, endpoint: "UdpEndpoint", arrival_us: int
    ) -> None:
        """`arrival_us` is the kernel's receive time in microseconds; only differences mean something."""


@dataclass(eq=False, slots=True)
class UdpEndpoint:
    """One bound socket. `gso` turns false when the kernel or the interface refuses UDP_SEGMENT."""

    socket: socket.socket
    family: int
    gso: bool

    def send(self, datagram: bytes, address: Address) -> bool:
        """Send one datagram; `False` when the kernel had no room or no route (it is lost, as on any
        network).
        """
        try:
            self.socket.sendto(datagram, address)
        except OSError:
            return False
        return True


class UdpPort:
    """Opens, reads and closes the sockets of the media port."""

    def __init__(self, host: str, port: int, receiver: DatagramReceiver) -> None:
        self._host = host
        self._port = port
        self._receiver = receiver
        self._buffer = bytearray(_RECEIVE_BYTES)
        self.endpoints: tuple[UdpEndpoint, ...] = ()

    @property
    def port(self) -> int:
        """The bound number (useful when 0 was asked for)."""
        number: int = self.endpoints[0].socket.getsockname()[1]
        return number

    def open(self) -> None:
        """Bind. Raises `OSError` when the port is taken or the address is not ours."""
        endpoints: list[UdpEndpoint] = []
        port = self._port
        try:
            for family, host in _bind_addresses(self._host):
                try:
                    endpoint = _bind(family, host, port)
                except OSError as error:
                    if family == socket.AF_INET6 and endpoints and error.errno != 98:
                        _log.warning("ipv6_unavailable", reason=error.strerror)
                        continue
                    raise
                endpoints.append(endpoint)
                port = endpoint.socket.getsockname()[1]
        except OSError:
            for endpoint in endpoints:
                endpoint.socket.close()
            raise
        self.endpoints = tuple(endpoints)
        loop = asyncio.get_running_loop()
        for endpoint in endpoints:
            loop.add_reader(endpoint.socket.fileno(), self._read, endpoint)

    def close(self) -> None:
        """Stop reading and give the port back."""
        loop = asyncio.get_running_loop()
        for endpoint in self.endpoints:
            loop.remove_reader(endpoint.socket.fileno())
            endpoint.socket.close()

    def _read(self, endpoint: UdpEndpoint) -> None:
        receive = endpoint.socket.recvmsg_into
        buffer = self._buffer
        buffers = [buffer]
        until_us = time.monotonic_ns() // 1000 + _TURN_US
        for _ in range(_BATCH):
            try:
                size, ancillary, flags, address = receive(buffers, 64)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # an ICMP error of an earlier send: says nothing about this socket
                continue
            if flags & _MSG_TRUNC or not size:
                continue
            steady_us = time.monotonic_ns() // 1000
            self._receiver.datagram_received(
                bytes(buffer[:size]), address, endpoint, _arrival_us(ancillary, steady_us)
            )
            if steady_us > until_us:
                return


def _arrival_us(ancillary: list[tuple[int, int, bytes]], steady_us: int) -> int:
    """On the steady clock. The clocks are read for each datagram: a batch takes milliseconds to forward."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            stamp_us = int(seconds * 1_000_000 + nanoseconds // 1000)
            return arrival_us(stamp_us, time.time_ns() // 1000, steady_us)
    return steady_us


def _bind_addresses(host: str) -> list[tuple[int, str]]:
    """Which families to bind for a `host` setting: the wildcard and the loopback mean both."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104  # what the operator asked for
        return [(socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")]  # noqa: S104
    if host in ("127.0.0.1", "::1", "localhost"):
        return [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
    return [(socket.AF_INET6 if ":" in host else socket.AF_INET, host)]


def _bind(family: int, host: str, port: int) -> UdpEndpoint:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            _set_buffer(sock, option)
        with contextlib.suppress(OSError):  # elsewhere than Linux: arrival is when we read
            sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        sock.bind((host, port))
        return UdpEndpoint(sock, family, _segmentation_offload(sock))
    except BaseException:
        sock.close()
        raise


_SO_FORCE = {
    socket.SO_RCVBUF: 33,
    socket.SO_SNDBUF: 32,
}  # SO_RCVBUFFORCE, SO_SNDBUFFORCE: beyond the system's limit, when root


def _set_buffer(sock: socket.socket, option: int) -> None:
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_FORCE[option], _BUFFER_BYTES)
    except OSError:
        sock.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)


def _segmentation_offload(sock: socket.socket) -> bool:
    """Whether the kernel knows UDP_SEGMENT (Linux 4.18)."""
    try:
        sock.getsockopt(socket.IPPROTO_UDP, 103)
    except OSError:
        return False
    return True
