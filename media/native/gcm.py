"""Calls media/native/srtp.c: SRTP with AES-GCM for the RTP packets that one peer is sent.

The cipher is the system's libcrypto, as Python's own `ssl` uses it. Where there is none, or the library was not
compiled, `open_gcm` says so by `None`, and libsrtp does it.
"""

import contextlib
import ctypes.util
import functools
from typing import Any

import cffi
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from .library import open_library

SALT_BYTES = 12
_NAMES = ("libcrypto.so.3", "libcrypto.so.1.1")
_LIBCRYPTO = """
    void *EVP_CIPHER_CTX_new(void);
    void EVP_CIPHER_CTX_free(void *);
    const void *EVP_aes_128_gcm(void);
    const void *EVP_aes_256_gcm(void);
    int EVP_EncryptInit_ex(void *, const void *, void *, const uint8_t *, const uint8_t *);
    int EVP_EncryptUpdate(void *, uint8_t *, int *, const uint8_t *, int);
    int EVP_EncryptFinal_ex(void *, uint8_t *, int *);
    int EVP_CIPHER_CTX_ctrl(void *, int, int, void *);
"""
_ENCRYPTION, _SALT = 0, 2  # labels of RFC 3711 section 4.3.2


class GcmLibrary:
    """Makes senders. Raises `OSError` when something of it is not there."""

    def __init__(self) -> None:
        self.ffi, library = open_library()
        self._crypto_ffi = cffi.FFI()
        self._crypto_ffi.cdef(_LIBCRYPTO)
        self._crypto: Any = _open_libcrypto(self._crypto_ffi)
        self.protect: Any = library.harmonie_protect_gcm
        """`protect(pointer, packet, length_pointer) -> status`, in place: libsrtp's numbers, 0 when protected; the
        length then includes the tag.
        """
        self.protect_address = _address(self.ffi, library, "harmonie_protect_gcm")
        self._cipher: Any = self.ffi.new("struct cipher *")
        for name, function in (
            ("init", "EVP_EncryptInit_ex"),
            ("update", "EVP_EncryptUpdate"),
            ("final", "EVP_EncryptFinal_ex"),
            ("control", "EVP_CIPHER_CTX_ctrl"),
        ):
            address = _address(self._crypto_ffi, self._crypto, function)
            setattr(self._cipher, name, self.ffi.cast("void *", address))

    def sender(self, master: bytes) -> "GcmSender":
        """From the master key (16 or 32 bytes) and the master salt (12) behind it, as DTLS exports them."""
        key, salt = master[:-SALT_BYTES], master[-SALT_BYTES:]
        crypto, null = self._crypto, self._crypto_ffi.NULL
        context = self._crypto_ffi.gc(crypto.EVP_CIPHER_CTX_new(), crypto.EVP_CIPHER_CTX_free)
        kind = {16: crypto.EVP_aes_128_gcm, 32: crypto.EVP_aes_256_gcm}[len(key)]()
        session_key = _derived(key, salt, _ENCRYPTION, len(key))
        if context == null or crypto.EVP_EncryptInit_ex(context, kind, null, session_key, null) != 1:
            raise OSError("libcrypto has no AES-GCM")
        state = self.ffi.new("struct gcm *")
        state.cipher = self._cipher
        state.context = context
        state.salt = _derived(key, salt, _SALT, SALT_BYTES)
        return GcmSender(self, state, context)


class GcmSender:
    """What is known of one peer: its key, and how far each SSRC's packets have come."""

    __slots__ = ("_context", "library", "pointer")

    def __init__(self, library: GcmLibrary, pointer: Any, context: Any) -> None:
        self.library = library
        self.pointer = pointer
        self._context = context


@functools.cache
def open_gcm() -> GcmLibrary | None:
    """The one of this process, or `None` where it cannot be."""
    try:
        library = GcmLibrary()
        library.sender(bytes(16 + SALT_BYTES))
    except (OSError, AttributeError):  # cffi's for a function that is not in a library
        return None
    return library


def _address(interface: Any, library: Any, function: str) -> int:
    return int(interface.cast("uintptr_t", interface.addressof(library, function)))


def _open_libcrypto(interface: Any) -> Any:
    for name in _NAMES:
        with contextlib.suppress(OSError):
            return interface.dlopen(name)
    found = ctypes.util.find_library("crypto")  # takes longer: it asks other programs
    if found is None:
        raise FileNotFoundError("no libcrypto")
    return interface.dlopen(found)


def _derived(key: bytes, salt: bytes, label: int, size: int) -> bytes:
    """A session key or salt: AES in counter mode from the salt with the label in it (RFC 3711 section 4.3, RFC 7714
    section 11).
    """
    start = bytearray(salt.ljust(16, b"\0"))
    start[7] ^= label
    encryptor = Cipher(AES(key), CTR(bytes(start))).encryptor()
    return encryptor.update(bytes(size))
