"""SRTP sessions, and the only module that reaches below pylibsrtp's public interface.

`pylibsrtp.Session.protect` allocates and copies three times per packet. The fan-out needs an in-place call on memory it
owns: ours for AES-GCM (`native.gcm`), else libsrtp's, for which the raw session pointer and `srtp_protect` are taken
from the (exactly pinned) binding; tests/media/test_seams.py fails when they change.
"""

from typing import Any

import pylibsrtp
from pylibsrtp._binding import ffi, lib

from .errors import MediaError
from .native.gcm import GcmSender

MAX_DATAGRAM_BYTES = 2048
MAX_SSRCS = 64
"""SSRCs one peer may send under: libsrtp keeps state for each, in a list that it walks for every packet. Packets of
further ones are refused.
"""
_MAX_TRAILER_BYTES = 16 + 128 + 4

# cffi's objects have no types.
protect_in_place: Any = lib.srtp_protect
"""`srtp_protect(session, pointer, length_pointer) -> status`: 0 when protected; the length then includes the
tag.
"""
_PROTECT_ADDRESS = int(ffi.cast("uintptr_t", ffi.addressof(lib, "srtp_protect")))
"""Where the same function is, for native code."""


class SrtpError(MediaError):
    """A packet was refused: wrong key, replay, or malformed."""


class InboundSrtp:
    """Authenticates and decrypts what one peer sends."""

    def __init__(self, session: pylibsrtp.Session) -> None:
        self._session = session
        self._pointer: Any = session._srtp[0]
        self._scratch: Any = ffi.new("char[]", MAX_DATAGRAM_BYTES)
        self._view: Any = ffi.buffer(self._scratch)
        self._length: Any = ffi.new("int *")
        self._ssrcs: set[bytes] = set()

    def unprotect(self, datagram: bytes) -> bytes:
        """An RTP packet in clear. Raises `SrtpError`."""
        return self._process(datagram, lib.srtp_unprotect, datagram[8:12])

    def unprotect_rtcp(self, datagram: bytes) -> bytes:
        """A compound RTCP packet in clear. Raises `SrtpError`."""
        return self._process(datagram, lib.srtp_unprotect_rtcp, datagram[4:8])

    def _process(self, datagram: bytes, function: Any, ssrc: bytes) -> bytes:
        size = len(datagram)
        if size > MAX_DATAGRAM_BYTES:
            raise SrtpError(f"datagram of {size} bytes is too long")
        if ssrc not in self._ssrcs and len(self._ssrcs) >= MAX_SSRCS:
            raise SrtpError(f"more than {MAX_SSRCS} SSRCs")
        self._view[0:size] = datagram
        self._length[0] = size
        status = function(self._pointer, self._scratch, self._length)
        if status:
            raise SrtpError(_reason(status))
        self._ssrcs.add(ssrc)
        clear: bytes = self._view[0 : self._length[0]]
        return clear


class OutboundSrtp:
    """Protects what is sent to one peer: RTCP by libsrtp, RTP as well or, where there is one, by `gcm` of the same key.

    `protect_in_place(pointer, packet, length_pointer)` is the one of the two, and `address` where native code finds it.
    `tag_bytes` is what protecting adds to an RTP packet.
    """

    __slots__ = ("_gcm", "_rtcp", "_session", "address", "pointer", "protect_in_place", "tag_bytes")

    def __init__(self, session: pylibsrtp.Session, tag_bytes: int, gcm: GcmSender | None = None) -> None:
        self._session = session
        self._rtcp: Any = session._srtp[0]
        self._gcm = gcm
        self.tag_bytes = tag_bytes
        self.pointer: Any = self._rtcp
        self.protect_in_place: Any = protect_in_place
        self.address = _PROTECT_ADDRESS
        if gcm is not None:
            self.pointer = gcm.pointer
            self.protect_in_place = gcm.library.protect
            self.address = gcm.library.protect_address

    def protect(self, packet: bytes) -> bytes:
        """One RTP packet, protected. For the odd packet; bursts use `protect_in_place`. Raises
        `SrtpError`.
        """
        return _protect(self.pointer, packet, self.protect_in_place)

    def protect_rtcp(self, packet: bytes) -> bytes:
        """A compound RTCP packet, protected. Raises `SrtpError`."""
        return _protect(self._rtcp, packet, lib.srtp_protect_rtcp)


def _protect(pointer: Any, packet: bytes, function: Any) -> bytes:
    size = len(packet)
    scratch = ffi.new("char[]", size + _MAX_TRAILER_BYTES)
    ffi.memmove(scratch, packet, size)
    length = ffi.new("int *", size)
    status = function(pointer, scratch, length)
    if status:
        raise SrtpError(_reason(status))
    protected: bytes = ffi.buffer(scratch, length[0])[:]
    return protected


def _reason(status: int) -> str:
    return pylibsrtp.ERRORS[status] if 0 <= status < len(pylibsrtp.ERRORS) else f"status {status}"
