"""How often a caller may do something: token buckets, and the limits there are.

A core: it is given ``now`` and never waits. A bucket holds up to ``quota`` tokens and fills evenly, a whole quota per
window, so a caller may use the quota at once and then go on at the average pace. A bucket nobody used for as long as it
takes to fill is forgotten, and with it the address it was for. At most ``max_buckets`` are kept; past that the one used
longest ago is forgotten, which gives that caller a full bucket: the bound protects memory first.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

MAX_BUCKETS = 50_000

LimitName = Literal[
    "api",
    "change",
    "stream",
    "sign_in",
    "account",
    "code",
    "register",
    "mail",
    "nonce",
    "expensive",
    "command",
    "command_address",
    "say",
    "react",
    "moderate",
    "demo_rpc",
    "announce",
]


@dataclass(frozen=True, slots=True)
class Limit:
    """``quota`` requests per ``window_s`` seconds, for each address and, once it is known, each identity."""

    name: str
    quota: int
    window_s: int

    @property
    def per_second(self) -> float:
        return self.quota / self.window_s


LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        limit.name: limit
        for limit in (
            # Everything below /api: a hall of people may stand behind one address.
            Limit("api", 1_200, 60),
            # Ordinary changes: titles, follows, profile.
            Limit("change", 60, 60),
            # Opening event streams; browsers come back by themselves when one ends.
            Limit("stream", 120, 60),
            # Anything that tries a password, a code or a signature.
            Limit("sign_in", 10, 60),
            # Passwords tried for one account, from wherever; counted by the address that is signed in with.
            Limit("account", 60, 600),
            # Second factors tried for one account: six digits have to last.
            Limit("code", 10, 900),
            # New accounts.
            Limit("register", 10, 3_600),
            # Whatever sends mail.
            Limit("mail", 5, 3_600),
            # Nonces to sign.
            Limit("nonce", 30, 60),
            # What costs much: exports, pictures to encode again.
            Limit("expensive", 10, 600),
            # Commands over the event socket, of one person over all of their connections.
            Limit("command", 300, 10),
            # The same of everyone anonymous behind one address: a hall of people that all come back at once.
            Limit("command_address", 3_000, 10),
            # Lines of one person, or of the guests behind one address.
            Limit("say", 40, 30),
            # Reactions and votes.
            Limit("react", 60, 30),
            # Decisions of those who moderate.
            Limit("moderate", 120, 60),
            # Questions of a page's demo wallet to the demonstration's chain, which follows its transactions.
            Limit("demo_rpc", 600, 60),
            # Transactions on their way; each costs questions to a node of the chain.
            Limit("announce", 20, 60),
        )
    }
)
"""By name. An endpoint names its own; ``api`` holds for all of them together."""


LONGEST_WINDOW_S = max(limit.window_s for limit in LIMITS.values())


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of one request."""

    limit: Limit
    allowed: bool
    remaining: int
    """Requests that would still be allowed now."""
    reset_s: float
    """Until the bucket is full again."""
    retry_after_s: float
    """Until one request is allowed; 0 when one is."""


class RateLimits:
    """Buckets by limit and subject. ``now`` is in seconds on one monotonic clock."""

    def __init__(self, max_buckets: int = MAX_BUCKETS) -> None:
        self._max_buckets = max_buckets
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def take(self, limit: Limit, subject: str, now: float) -> Decision:
        """Takes a token for ``subject``, if there is one; a refusal costs nothing further."""
        key = (limit.name, subject)
        tokens, at = self._buckets.pop(key, (float(limit.quota), now))
        tokens = min(limit.quota, tokens + max(0.0, now - at) * limit.per_second)
        allowed = tokens >= 1.0
        if allowed:
            tokens -= 1.0
        self._buckets[key] = (tokens, now)
        self._forget_idle(now)
        if len(self._buckets) > self._max_buckets:
            self._buckets.popitem(last=False)
        return Decision(
            limit,
            allowed,
            remaining=int(tokens),
            reset_s=(limit.quota - tokens) / limit.per_second,
            retry_after_s=0.0 if allowed else (1.0 - tokens) / limit.per_second,
        )

    def _forget_idle(self, now: float) -> None:
        # The oldest use is in front; each call drops what it finds there, so that none of them has much to do.
        while self._buckets and now - next(iter(self._buckets.values()))[1] >= LONGEST_WINDOW_S:
            self._buckets.popitem(last=False)

    def __len__(self) -> int:
        return len(self._buckets)
