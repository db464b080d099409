"""The client half of ICE toward an ICE-lite server, without I/O (RFC 8445 section 2.4, RFC 7675).

The peer is controlling and nominates with its first check (USE-CANDIDATE in every request, which a lite peer
must accept). After that it renews consent. It gathers nothing, keeps no pair states and runs no triggered
checks; requests of a full peer are answered, which is all that such a peer needs to complete its own side.

The caller hands in every STUN datagram and calls `handle_timeout` at `deadline`; both return what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aioice import stun

Address = tuple[str, int]

FIRST_RETRY_S = 0.1
MAX_RETRY_S = 1.6
CONSENT_INTERVAL_S = 5.0
CONSENT_RETRY_S = 1.0
CONSENT_EXPIRY_S = 30.0
HOST_PRIORITY = (
    2130706431  # type preference 126, local preference 65535, component 1 (RFC 8445 section 5.1.2.1)
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """One side's ice-ufrag and ice-pwd."""

    ufrag: str
    pwd: str


@dataclass(frozen=True, slots=True)
class Transmit:
    """Send this datagram to this address."""

    data: bytes
    address: Address


@dataclass(frozen=True, slots=True)
class Selected:
    """The first check that was answered: media flows to this address from now on. Said once."""

    address: Address


@dataclass(frozen=True, slots=True)
class ConsentLost:
    """No answer for 30 s (RFC 7675 section 5.1), or nothing at all for as long as was said: stop sending. Said once."""


Effect = Transmit | Selected | ConsentLost


class IceClient:
    """Checks `addresses` until one answers, then keeps consent with it.

    `random_bytes(n)` makes transaction ids. Times are seconds of any monotonic clock.
    """

    def __init__(
        self,
        *,
        local: Credentials,
        remote: Credentials,
        addresses: Sequence[Address],
        random_bytes: Callable[[int], bytes],
        patience_s: float = CONSENT_EXPIRY_S,
    ) -> None:
        self._patience_s = patience_s
        self._local_key = local.pwd.encode()
        self._remote_key = remote.pwd.encode()
        self._username = f"{remote.ufrag}:{local.ufrag}"
        self._addresses = list(addresses)
        self._random_bytes = random_bytes
        self._tie_breaker = int.from_bytes(random_bytes(8), "big")
        self._pending: dict[bytes, Address] = {}
        self._retry_s = FIRST_RETRY_S
        self._last_answer: float | None = None
        self.selected: Address | None = None
        self.deadline: float | None = None

    def start(self, now: float) -> list[Effect]:
        """Begin the checks; returns the first requests."""
        return self.handle_timeout(now)

    def handle_timeout(self, now: float, heard: float = 0.0) -> list[Effect]:
        """Send what is due; call when `deadline` has passed (earlier is harmless but sends early). `heard` is when
        anything came from the selected address.
        """
        if self.selected is None:
            self.deadline = now + self._retry_s
            self._retry_s = min(self._retry_s * 2, MAX_RETRY_S)
            return [self._request(address) for address in self._addresses]
        assert self._last_answer is not None
        is_silent = now - max(heard, self._last_answer) >= self._patience_s
        if is_silent or now - self._last_answer >= CONSENT_EXPIRY_S:
            self.deadline = None
            return [ConsentLost()]
        self.deadline = now + CONSENT_RETRY_S
        return [self._request(self.selected)]

    def receive(self, data: bytes, address: Address, now: float) -> list[Effect]:
        """Take one datagram that looks like STUN; what is malformed or not authentic is ignored."""
        try:
            message = stun.parse_message(data)
        except ValueError:
            return []
        if message.message_method != stun.Method.BINDING:
            return []
        if message.message_class == stun.Class.REQUEST:
            return self._answer(message, address)
        if message.message_class == stun.Class.RESPONSE:
            return self._answered(message, now)
        return []

    def _request(self, address: Address) -> Transmit:
        message = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.REQUEST,
            transaction_id=self._random_bytes(12),
            attributes={
                "USERNAME": self._username,
                "PRIORITY": HOST_PRIORITY,
                "ICE-CONTROLLING": self._tie_breaker,
                "USE-CANDIDATE": None,
            },
        )
        message.add_message_integrity(self._remote_key)
        if len(self._pending) >= 16:  # bounded: the oldest unanswered check is given up
            self._pending.pop(next(iter(self._pending)))
        self._pending[message.transaction_id] = address
        return Transmit(bytes(message), address)

    def _answered(self, message: stun.Message, now: float) -> list[Effect]:
        address = self._pending.get(message.transaction_id)
        if address is None or not message.check_message_integrity(self._remote_key):
            return []
        self._pending.clear()
        self._last_answer = now
        self.deadline = now + CONSENT_INTERVAL_S
        if self.selected is not None:
            return []
        self.selected = address
        return [Selected(address)]

    def _answer(self, request: stun.Message, address: Address) -> list[Effect]:
        if not request.check_message_integrity(self._local_key):
            return []
        response = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.RESPONSE,
            transaction_id=request.transaction_id,
            attributes={"XOR-MAPPED-ADDRESS": address},
        )
        response.add_message_integrity(self._local_key)
        return [Transmit(bytes(response), address)]
