"""Reads many datagrams with one system call: what lets one process be hundreds of viewers.

`recvmmsg` by cffi's ABI mode (no compiler needed); where the system has none, one `recv_into` per datagram. A reader
who only counts need not have whole packets copied either.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Any

import cffi

STRIDE_BYTES = 2048  # per datagram; longer ones are cut, media never is
BRIEF_BYTES = 256  # enough for headers, and whole for STUN, RTCP reports and DTLS alerts
MAX_DATAGRAMS = 32


class BatchReceiver:
    """A receive buffer that all sockets of one thread share.

    The datagrams of a batch are in `memory` at 0, STRIDE_BYTES, 2 * STRIDE_BYTES, ... until the next `receive`.
    """

    def __init__(self) -> None:
        self.memory = bytearray(MAX_DATAGRAMS * STRIDE_BYTES)
        self._single = 0
        self._library: Any = None
        self._messages: Any = None
        with contextlib.suppress(OSError, AttributeError):  # not Linux: read one by one
            self._prepare()

    def receive(self, sock: socket.socket, limit: int, *, whole: bool) -> int:
        """Read up to `limit` (at most MAX_DATAGRAMS) datagrams that are there; errors count as none.

        Unless `whole`, all but the first BRIEF_BYTES of each may be left out.
        """
        if self._library is None:
            try:
                self._single = sock.recv_into(self.memory, STRIDE_BYTES)
            except OSError:
                return 0
            return 1
        messages = self._whole if whole else self._brief
        flags = socket.MSG_DONTWAIT | socket.MSG_TRUNC
        count: int = self._library.recvmmsg(sock.fileno(), messages, limit, flags, self._null)
        self._messages = messages
        return count if count > 0 else 0  # -1: there was nothing, or the ICMP error of an earlier send

    def length_bytes(self, start: int) -> int:
        """The real length of the datagram at `start`."""
        if self._library is None:
            return self._single
        length: int = self._messages[start // STRIDE_BYTES].msg_len
        return length

    def datagram(self, start: int) -> bytes:
        """A copy of what is there of the datagram at `start`."""
        return bytes(self.memory[start : start + min(STRIDE_BYTES, self.length_bytes(start))])

    def place(self, datagram: bytes) -> None:
        """Put a datagram that was kept at 0, as if it had just been received."""
        self.memory[: len(datagram)] = datagram
        self._single = len(datagram)
        if self._library is not None:
            self._messages[0].msg_len = len(datagram)

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
        self._null = c.NULL
        self._pinned: Any = c.from_buffer("char[]", self.memory, require_writable=True)
        self._vectors: Any = c.new("struct iovec[]", 2 * MAX_DATAGRAMS)
        self._brief: Any = self._make_headers(c, BRIEF_BYTES, 0)
        self._whole: Any = self._make_headers(c, STRIDE_BYTES, MAX_DATAGRAMS)
        self._messages = self._whole
        self._library = library

    def _make_headers(self, c: Any, size_bytes: int, first_vector: int) -> Any:
        messages = c.new("struct mmsghdr[]", MAX_DATAGRAMS)
        for index in range(MAX_DATAGRAMS):
            vector = self._vectors + (first_vector + index)
            vector.iov_base = self._pinned + index * STRIDE_BYTES
            vector.iov_len = size_bytes
            messages[index].msg_hdr.msg_iov = vector
            messages[index].msg_hdr.msg_iovlen = 1
        return messages
