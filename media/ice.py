"""ICE-lite (RFC 8445 section 2.5) for one session: answers connectivity checks, follows nomination, watches
consent.

No I/O and no clock. The caller routes STUN requests here by the local user name fragment, sends what comes
back, and closes the session when `expires_s` has passed. Consent (RFC 7675) is the peer's own checks: they
must keep coming.
"""

import struct
from dataclasses import dataclass

from aioice import stun

from .errors import MalformedPacket

CONSENT_TIMEOUT_S = 30.0
DOUBT_TIMEOUT_S = 7.0
"""A peer that is there checks about every five seconds (RFC 7675 section 5.1)."""
MAX_ADDRESSES = 8
"""Validated addresses remembered per session; the oldest is forgotten first."""

_HEADER_BYTES = 20
_COOKIE = b"\x21\x12\xa4\x42"
_ATTRIBUTE = struct.Struct("!HH")
_USERNAME = 0x0006

Address = tuple[str, int] | tuple[str, int, int, int]
"""A socket address as `recvmsg` gives it, IPv4 or IPv6."""


@dataclass(frozen=True, slots=True)
class Respond:
    """Send `datagram` to `address`."""

    datagram: bytes
    address: Address


@dataclass(frozen=True, slots=True)
class AddressValidated:
    """Datagrams from `address` belong to this session from now on."""

    address: Address


@dataclass(frozen=True, slots=True)
class AddressForgotten:
    address: Address


@dataclass(frozen=True, slots=True)
class Nominated:
    """Media goes to `address` from now on."""

    address: Address


Effect = Respond | AddressValidated | AddressForgotten | Nominated


@dataclass(frozen=True, slots=True)
class Credentials:
    """Short-term credentials of one ICE generation."""

    local_ufrag: str
    local_pwd: str
    remote_ufrag: str


def parse(datagram: bytes) -> stun.Message:
    """Read a STUN message. Raises `MalformedPacket`, whatever the bytes are."""
    try:
        return stun.parse_message(datagram)
    except (ValueError, IndexError, KeyError, TypeError, struct.error) as error:
        raise MalformedPacket(f"STUN: {error}") from error


def peek_ufrag(datagram: bytes) -> str:
    """The local user name fragment a binding request is for, found without parsing the rest; `""` when there
    is none.
    """
    if len(datagram) < _HEADER_BYTES or datagram[:2] != b"\x00\x01" or datagram[4:8] != _COOKIE:
        return ""
    position = _HEADER_BYTES
    while position + 4 <= len(datagram):
        kind, length = _ATTRIBUTE.unpack_from(datagram, position)
        position += 4
        if kind == _USERNAME:
            return datagram[position : position + length].partition(b":")[0].decode("ascii", "replace")
        position += length + (-length % 4)
    return ""


class IceLite:
    """The controlled, lite agent of one session."""

    def __init__(self, credentials: Credentials, now_s: float) -> None:
        self.credentials = [credentials]
        self.nominated: Address | None = None
        self.expires_s = now_s + CONSENT_TIMEOUT_S
        """When consent ends unless another check arrives."""
        self._addresses: list[Address] = []

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Addresses that passed a check, oldest first."""
        return tuple(self._addresses)

    def doubt(self, now_s: float) -> None:
        """The peer may be gone, says a datagram that proves nothing: unless a check comes soon, consent ends."""
        self.expires_s = min(self.expires_s, now_s + DOUBT_TIMEOUT_S)

    def restart(self, credentials: Credentials) -> list[Credentials]:
        """Begin a new generation; the one before it stays valid for packets under way. Returns those that no
        longer are.
        """
        forgotten = self.credentials[:-1]
        self.credentials = [self.credentials[-1], credentials]
        return forgotten

    def handle_request(self, message: stun.Message, address: Address, now_s: float) -> list[Effect]:
        """Answer a binding request that names one of our user name fragments."""
        if message.message_method != stun.Method.BINDING or message.message_class != stun.Class.REQUEST:
            return []
        ufrag, _, remote = str(message.attributes.get("USERNAME", "")).partition(":")
        known = next(
            (c for c in self.credentials if c.local_ufrag == ufrag and c.remote_ufrag == remote), None
        )
        if known is None or not message.check_message_integrity(known.local_pwd.encode()):
            return [Respond(_error(message, 401, "Unauthenticated"), address)]
        if "ICE-CONTROLLED" in message.attributes:
            return [Respond(_error(message, 487, "Role Conflict", known.local_pwd), address)]
        self.expires_s = now_s + CONSENT_TIMEOUT_S
        # Told with every check: a session that showed one from this address since must not keep it.
        effects: list[Effect] = [AddressValidated(address)]
        if address not in self._addresses:
            self._addresses.append(address)
            effects.extend(self._trim())
        effects.append(Respond(_success(message, address, known.local_pwd), address))
        if (
            "USE-CANDIDATE" in message.attributes
            and known is self.credentials[-1]
            and address != self.nominated
        ):
            self.nominated = address
            effects.append(Nominated(address))
        return effects

    def _trim(self) -> list[Effect]:
        if len(self._addresses) <= MAX_ADDRESSES:
            return []
        oldest = next(address for address in self._addresses if address != self.nominated)
        self._addresses.remove(oldest)
        return [AddressForgotten(oldest)]


def _success(request: stun.Message, address: Address, password: str) -> bytes:
    response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, request.transaction_id)
    response.attributes["XOR-MAPPED-ADDRESS"] = address[:2]
    response.add_message_integrity(password.encode())
    return bytes(response)


def _error(request: stun.Message, code: int, reason: str, password: str | None = None) -> bytes:
    response = stun.Message(stun.Method.BINDING, stun.Class.ERROR, request.transaction_id)
    response.attributes["ERROR-CODE"] = (code, reason)
    if password is None:
        response.add_fingerprint()
    else:
        response.add_message_integrity(password.encode())
    return bytes(response)
