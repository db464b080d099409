"""Reads many datagrams with one system call: what lets one process be hundreds of viewers.

`recvmmsg` by cffi's ABI mode (no compiler needed), and UDP_GRO: what a server sent with one UDP GSO message comes
through the loopback, and from many network cards, as one message of several datagrams. Where the system has neither,
one `recv_into` for each datagram.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import Any

import cffi

MESSAGES = 16
MESSAGE_BYTES = 1 << 16  # a message of several datagrams is no longer than a datagram may be

SO_SNDBUFFORCE, SO_RCVBUFFORCE = 32, 33
_SOL_UDP, _UDP_GRO = 17, 104
_SO_TIMESTAMPNS = 35
_CONTROL_BYTES = 64
_FLAGS = int(socket.MSG_DONTWAIT)
_HEADER_BYTES = 64  # struct mmsghdr
_LENGTHS = struct.Struct("=40xQi4xI4x")
"""Of it: msg_controllen, msg_flags, msg_len."""
_CONTROL_HEAD = struct.Struct("=Qii")
_SEGMENT = struct.Struct("=i")
_TIMESPEC = struct.Struct("=qq")
_NOTE_BYTES = _CONTROL_HEAD.size + _TIMESPEC.size
"""Of a control message with the time of arrival, which is all there is beside a datagram of its own."""


def enlarge(sock: socket.socket, buffer_bytes: int) -> None:
    """Have the kernel keep so much that was not read or sent yet; past its own limits where it lets us."""
    for forced, usual in ((SO_RCVBUFFORCE, socket.SO_RCVBUF), (SO_SNDBUFFORCE, socket.SO_SNDBUF)):
        try:
            sock.setsockopt(socket.SOL_SOCKET, forced, buffer_bytes)
        except OSError:  # not Linux, or not privileged: as much as the system allows
            sock.setsockopt(socket.SOL_SOCKET, usual, buffer_bytes)


def prepare(sock: socket.socket) -> None:
    """Have the kernel tell when datagrams came, and leave together what came together; where it can."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    with contextlib.suppress(OSError):
        sock.setsockopt(_SOL_UDP, _UDP_GRO, 1)


class BatchReceiver:
    """A receive buffer that all sockets of one thread share.

    `receive` tells where in `memory` datagrams begin; they are there until the next `receive`.
    """

    def __init__(self) -> None:
        self.memory = bytearray(MESSAGES * MESSAGE_BYTES)
        self.drained = True
        """Whether the last `receive` found less than it had room for."""
        self._lengths = [0] * MESSAGES
        self._segments = [0] * MESSAGES
        self._controls = bytearray(MESSAGES * _CONTROL_BYTES)
        self._headers = bytearray(MESSAGES * _HEADER_BYTES)
        self._library: Any = None
        with contextlib.suppress(OSError, AttributeError):  # not Linux: read one by one
            self._prepare()

    def receive(self, sock: socket.socket) -> list[range]:
        """Read datagrams that are there; errors count as none. What came together is one range of beginnings, its step
        the size of all but the last, its stop where that ends.
        """
        if self._library is None:
            return self._receive_one(sock)
        headers = self._headers
        headers[:] = self._fresh
        count: int = self._library.recvmmsg(sock.fileno(), self._pinned_headers, MESSAGES, _FLAGS, self._null)
        self.drained = count < MESSAGES
        runs: list[range] = []
        for index in range(count):  # -1: there was nothing, or the ICMP error of an earlier send
            noted_bytes, _, length = _LENGTHS.unpack_from(headers, index * _HEADER_BYTES)
            start = index * MESSAGE_BYTES
            self._lengths[index] = length
            segment = self._segment_bytes(index) if noted_bytes > _NOTE_BYTES else 0
            self._segments[index] = segment
            if length:
                runs.append(range(start, start + length, segment or length))
        return runs

    def datagram(self, start: int) -> bytes:
        """A copy of the datagram at `start`."""
        return bytes(self.memory[start : self.end(start)])

    def end(self, start: int) -> int:
        """Where the datagram at `start` ends."""
        index, offset = divmod(start, MESSAGE_BYTES)
        length, segment = self._lengths[index], self._segments[index]
        return start + (min(segment, length - offset) if segment else length)

    def arrived_ns(self, start: int) -> int | None:
        """When the datagram at `start` reached the socket, on the system's clock; `None`: the kernel did not say."""
        if self._library is None:
            return None
        noted = self._noted(start // MESSAGE_BYTES, socket.SOL_SOCKET, _SO_TIMESTAMPNS)
        if noted is None:
            return None
        seconds, nanoseconds = _TIMESPEC.unpack_from(self._controls, noted)
        return int(seconds * 1_000_000_000 + nanoseconds)

    def place(self, datagram: bytes) -> int:
        """Put a datagram that was kept back, as if it had just been received; returns where."""
        self.memory[: len(datagram)] = datagram
        self._lengths[0], self._segments[0] = len(datagram), 0
        self._headers[:_HEADER_BYTES] = bytes(_HEADER_BYTES)
        return 0

    def _receive_one(self, sock: socket.socket) -> list[range]:
        try:
            self._lengths[0] = sock.recv_into(self.memory, MESSAGE_BYTES)
        except OSError:
            self.drained = True
            return []
        self.drained = False
        return [range(0, self._lengths[0], self._lengths[0])] if self._lengths[0] else []

    def _segment_bytes(self, index: int) -> int:
        behind = index * _CONTROL_BYTES + _NOTE_BYTES  # where the kernel puts it, behind the time of arrival
        _, level, kind = _CONTROL_HEAD.unpack_from(self._controls, behind)
        if (level, kind) == (_SOL_UDP, _UDP_GRO):
            return int(_SEGMENT.unpack_from(self._controls, behind + _CONTROL_HEAD.size)[0])
        noted = self._noted(index, _SOL_UDP, _UDP_GRO)
        return 0 if noted is None else int(_SEGMENT.unpack_from(self._controls, noted)[0])

    def _noted(self, index: int, level: int, kind: int) -> int | None:
        """Where in `_controls` the data of this control message of a message is."""
        at = index * _CONTROL_BYTES
        end = at + _LENGTHS.unpack_from(self._headers, index * _HEADER_BYTES)[0]
        while at + _CONTROL_HEAD.size <= end:
            size, its_level, its_kind = _CONTROL_HEAD.unpack_from(self._controls, at)
            if (its_level, its_kind) == (level, kind):
                return at + _CONTROL_HEAD.size
            at += max(size + 7 & ~7, _CONTROL_HEAD.size)
        return None

    def _prepare(self) -> None:
        c = cffi.FFI()
        c.cdef(
            """
            struct iovec { void *iov_base; size_t iov_len; };
            struct msghdr { void *msg_name; uint32_t msg_namelen; struct iovec *msg_iov; size_t msg_iovlen;
                            void *msg_control; size_t msg_controllen; int msg_flags; };
            struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
            int recvmmsg(int, struct mmsghdr *, unsigned int, int, void *);
            """
        )
        library = c.dlopen(None)
        library.recvmmsg  # noqa: B018 - looked up now, so that its absence shows here
        if c.sizeof("struct mmsghdr") != _HEADER_BYTES:
            raise OSError("not a system of 64 bits")
        self._null = c.NULL
        self._pinned: Any = [
            c.from_buffer("char[]", each, require_writable=True) for each in (self.memory, self._controls)
        ]
        self._pinned_headers: Any = c.from_buffer("struct mmsghdr[]", self._headers, require_writable=True)
        self._vectors: Any = c.new("struct iovec[]", MESSAGES)
        for index in range(MESSAGES):
            self._vectors[index].iov_base = self._pinned[0] + index * MESSAGE_BYTES
            self._vectors[index].iov_len = MESSAGE_BYTES
            header = self._pinned_headers[index].msg_hdr
            header.msg_iov, header.msg_iovlen = self._vectors + index, 1
            header.msg_control, header.msg_controllen = (
                self._pinned[1] + index * _CONTROL_BYTES,
                _CONTROL_BYTES,
            )
        self._fresh = bytes(self._headers)
        self._library = library
