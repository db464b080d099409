"""The fan-out in Python, for systems where media/native/fanout.c was not compiled: the same work with a loop of the
interpreter around it. The native one is tested against `PlainFanout`.
"""

import errno
import socket
import struct
from collections.abc import Iterable
from itertools import repeat
from typing import Any, Final

import cffi
import structlog
from pylibsrtp._binding import ffi

from .burst import Run
from .destinations import Destination, DestinationSet
from .stats import Counters
from .udp import UdpEndpoint

_SLOTS = 24
"""Viewers per `sendmmsg`. Larger saves nothing measurable; this many bursts still fit in the second-level
cache.
"""
_SLOT_BYTES = 32 << 10
_MAX_PACKETS = 64
"""Packets per run, as many segments as the kernel takes in one message."""
_UDP_SEGMENT = 103
_USUAL_PATH_BYTES = 1400
_CONTROL = struct.Struct("@NiiH6x")  # struct cmsghdr and one uint16, as CMSG_SPACE pads it
_GSO_REFUSED = frozenset((errno.EIO, errno.EINVAL, errno.EMSGSIZE, errno.EOPNOTSUPP, errno.ENOPROTOOPT))

_log = structlog.get_logger(__name__)


class PlainFanout:
    """One `sendto` per packet: works everywhere, and is the reference the others are tested against."""

    kernel: Final = "plain"

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def send(self, runs: Iterable[Run], destinations: DestinationSet) -> None:
        """See `fanout.Fanout`."""
        counters = self._counters
        for run in runs:
            memory = ffi.new("char[]", len(run.template))
            length = ffi.new("int *")
            for destination in destinations:
                ffi.memmove(memory, run.template, len(run.template))
                position = 0
                for size in run.sizes:
                    length[0] = size
                    failed = destination.srtp.protect_in_place(destination.pointer, memory + position, length)
                    datagram: bytes = ffi.buffer(memory + position, length[0])[:]
                    position += size + destination.srtp.tag_bytes
                    if failed or not destination.endpoint.send(datagram, destination.address):
                        counters.packets_dropped += 1
                    else:
                        counters.packets_out += 1
                        counters.bytes_out += len(datagram)


class GsoFanout:
    """UDP GSO and `sendmmsg` (Linux). Raises `OSError` where there is no such call."""

    kernel: Final = "gso"

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._plain = PlainFanout(counters)
        self._ffi, self._libc = _load_sendmmsg()
        c = self._ffi
        self._memory: Any = ffi.new("char[]", _SLOTS * _SLOT_BYTES)
        self._lengths: Any = ffi.new("int[]", _MAX_PACKETS)
        self._length_pointers = [self._lengths + index for index in range(_MAX_PACKETS)]
        self._control: Any = c.new("char[]", _CONTROL.size)
        self._vectors: Any = c.new("struct iovec[]", _SLOTS)
        self._messages: Any = c.new("struct mmsghdr[]", _SLOTS)
        self._headers: list[Any] = []
        base = int(c.cast("uintptr_t", ffi.addressof(self._memory, 0)))
        for slot in range(_SLOTS):
            self._vectors[slot].iov_base = c.cast("void *", base + slot * _SLOT_BYTES)
            header = self._messages[slot].msg_hdr
            header.msg_iov = self._vectors + slot
            header.msg_iovlen = 1
            self._headers.append(header)

    def send(self, runs: Iterable[Run], destinations: DestinationSet) -> None:
        """See `fanout.Fanout`."""
        if not destinations:
            return
        endpoint = destinations.endpoint
        for run in runs:
            if endpoint.gso and len(run.template) <= _SLOT_BYTES and len(run.sizes) <= _MAX_PACKETS:
                self._send_run(run, destinations, endpoint)
            else:
                self._plain.send((run,), destinations)

    def _send_run(self, run: Run, destinations: DestinationSet, endpoint: UdpEndpoint) -> None:
        template, lengths, copy = run.template, self._lengths, ffi.memmove
        total = len(template)
        # Protecting writes each packet's new length over the old one: they are laid out anew for every viewer.
        sizes = struct.pack(f"@{len(run.sizes)}i", *run.sizes)
        sizes_bytes = len(sizes)
        pointers = self._length_pointers[: len(run.sizes)]
        headers = self._headers
        slots = self._prepare(run, min(len(destinations), _SLOTS))
        batch: list[Destination] = []
        used = 0
        refused = 0
        for destination in destinations:
            start, packets = slots[used]
            copy(start, template, total)
            copy(lengths, sizes, sizes_bytes)
            protect = destination.srtp.protect_in_place
            if any(map(protect, repeat(destination.pointer), packets, pointers)):
                refused += 1
                continue
            header = headers[used]
            header.msg_name = destination.name
            header.msg_namelen = destination.name_bytes
            batch.append(destination)
            used += 1
            if used == _SLOTS:
                self._flush(run, batch, endpoint)
                batch.clear()
                used = 0
        if used:
            self._flush(run, batch, endpoint)
        self._counters.packets_dropped += refused * len(run.sizes)

    def _prepare(self, run: Run, count: int) -> list[tuple[Any, list[Any]]]:
        """Set up the first `count` slots for this run; for each, its start and a pointer per packet."""
        total = len(run.template)
        segmented = len(run.sizes) > 1
        if segmented:
            self._ffi.memmove(
                self._control,
                _CONTROL.pack(18, socket.IPPROTO_UDP, _UDP_SEGMENT, run.segment_bytes),
                _CONTROL.size,
            )
        control = self._control if segmented else self._ffi.NULL
        slots = []
        for slot in range(count):
            self._vectors[slot].iov_len = total
            header = self._headers[slot]
            header.msg_control = control
            header.msg_controllen = _CONTROL.size if segmented else 0
            start = self._memory + slot * _SLOT_BYTES
            slots.append((start, [start + n * run.segment_bytes for n in range(len(run.sizes))]))
        return slots

    def _flush(self, run: Run, batch: list[Destination], endpoint: UdpEndpoint) -> None:
        """Send the filled slots. A message the kernel refuses is dropped, or sent without GSO when that was
        the reason.
        """
        sent = 0
        delivered = 0
        descriptor = endpoint.socket.fileno()
        while sent < len(batch):
            count = self._libc.sendmmsg(
                descriptor, self._messages + sent, len(batch) - sent, socket.MSG_DONTWAIT
            )
            if count > 0:
                sent += count
                delivered += count
                continue
            code = self._ffi.errno
            if code == errno.EINTR:
                continue
            if code in _GSO_REFUSED and len(run.sizes) > 1:
                self._send_apart(run, batch[sent], sent, endpoint, code)
            else:
                self._counters.packets_dropped += len(run.sizes)
            sent += 1
        self._counters.packets_out += delivered * len(run.sizes)
        self._counters.bytes_out += delivered * len(run.template)

    def _send_apart(
        self, run: Run, destination: Destination, slot: int, endpoint: UdpEndpoint, code: int
    ) -> None:
        """Send the already protected packets of one slot one by one. When they pass alone, it was GSO that the
        kernel refused, and it is not asked again.
        """
        protected: bytes = ffi.buffer(self._memory + slot * _SLOT_BYTES, len(run.template))[:]
        passed = False
        for start in range(0, len(protected), run.segment_bytes):
            datagram = protected[start : start + run.segment_bytes]
            if endpoint.send(datagram, destination.address):
                passed = True
                self._counters.packets_out += 1
                self._counters.bytes_out += len(datagram)
            else:
                self._counters.packets_dropped += 1
        if passed:
            give_up_gso(endpoint, run, code)


def give_up_gso(endpoint: UdpEndpoint, run: Run, code: int) -> None:
    """The kernel refused a GSO message with this `errno`, and its packets passed one by one. Do not ask it again,
    unless it was the packets' size that it refused.
    """
    if endpoint.gso and code != errno.EMSGSIZE and run.segment_bytes <= _USUAL_PATH_BYTES:
        endpoint.gso = False
        _log.warning("gso_refused", reason=errno.errorcode.get(code, str(code)))


def _load_sendmmsg() -> tuple[Any, Any]:
    """libc's `sendmmsg` by cffi's ABI mode: no compiler needed."""
    interface = cffi.FFI()
    interface.cdef(
        """
        struct iovec { void *iov_base; size_t iov_len; };
        struct msghdr { void *msg_name; uint32_t msg_namelen; struct iovec *msg_iov; size_t msg_iovlen;
                        void *msg_control; size_t msg_controllen; int msg_flags; };
        struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
        int sendmmsg(int, struct mmsghdr *, unsigned int, int);
        """
    )
    libc = interface.dlopen(None)
    if not hasattr(libc, "sendmmsg"):
        raise OSError("this system has no sendmmsg")
    return interface, libc
