"""Sign-In with Ethereum messages (EIP-4361): a strict parser, a renderer, and the checks a message has to pass.

A core. What is accepted is what the specification's ABNF produces and nothing else, so that ``render(parse(text))`` is
``text`` for every text accepted. In three points it is stricter: the address must have its EIP-55 capitals, the chain
id no leading zero, the domain may not be empty. The signature is ``accounts.ethereum``'s matter, and whether the nonce
is unspent its keeper's.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts import uris
from accounts.errors import SiweMalformed, SiweRejected
from accounts.ethereum import Address, is_checksummed

MESSAGE_MAX_CHARACTERS = 4_096
NONCE_LIFETIME = timedelta(minutes=10)
CLOCK_SKEW = timedelta(seconds=30)
VERSION = "1"

_OPENING = " wants you to sign in with your Ethereum account:"
_CHAIN_ID = re.compile(r"[1-9][0-9]{0,77}")
_NONCE = re.compile(r"[A-Za-z0-9]{8,}")
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiweMessage:
    """The fields of a message. Times are kept as written (RFC 3339), so that it can be rendered again."""

    scheme: str | None = None
    domain: str
    address: Address
    statement: str | None = None
    uri: str
    chain_id: int
    nonce: str
    issued_at: str
    expiration_time: str | None = None
    not_before: str | None = None
    request_id: str | None = None
    resources: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class SiweExpectation:
    """What a message has to be for: where this server is reached, and the chain wallets are on."""

    origin: str
    """Scheme, host and port as browsers write an origin: ``https://stage.example.org``."""
    chain_id: int

    @property
    def scheme(self) -> str:
        return self.origin.partition("://")[0]

    @property
    def domain(self) -> str:
        return self.origin.partition("://")[2]


def parse(text: str) -> SiweMessage:
    """The message in ``text``. Raises ``SiweMalformed``, which says where it stops being one."""
    if len(text) > MESSAGE_MAX_CHARACTERS:
        raise SiweMalformed(f"the message has more than {MESSAGE_MAX_CHARACTERS} characters")
    lines = _Lines(text.split("\n"))
    scheme, domain = _opening(lines.take("the opening line"))
    address = lines.take("the address")
    if not is_checksummed(address):
        raise lines.malformed("expected an address with the capitals of EIP-55")
    lines.blank()
    # Without a statement two empty lines follow the address; with one, the statement stands between them.
    statement = None
    if lines.next_is_uri_after_blank():
        lines.blank()
    else:
        statement = lines.take("the statement")
        if uris.STATEMENT.fullmatch(statement) is None:
            raise lines.malformed("the statement has a character it cannot have")
        lines.blank()
    uri = lines.field("URI: ", uris.URI)
    lines.field("Version: ", re.compile(VERSION))
    chain_id = int(lines.field("Chain ID: ", _CHAIN_ID))
    nonce = lines.field("Nonce: ", _NONCE)
    issued_at = lines.time("Issued At: ")
    message = SiweMessage(
        scheme=scheme,
        domain=domain,
        address=Address(address),
        statement=statement,
        uri=uri,
        chain_id=chain_id,
        nonce=nonce,
        issued_at=issued_at,
        expiration_time=lines.optional_time("Expiration Time: "),
        not_before=lines.optional_time("Not Before: "),
        request_id=lines.optional_field("Request ID: ", uris.PCHARS),
        resources=lines.resources(),
    )
    lines.end()
    return message


def render(message: SiweMessage) -> str:
    """The text a wallet shows and signs."""
    lines = [
        f"{'' if message.scheme is None else message.scheme + '://'}{message.domain}{_OPENING}",
        message.address,
        "",
        *([] if message.statement is None else [message.statement]),
        "",
        f"URI: {message.uri}",
        f"Version: {VERSION}",
        f"Chain ID: {message.chain_id}",
        f"Nonce: {message.nonce}",
        f"Issued At: {message.issued_at}",
    ]
    optional = (
        ("Expiration Time: ", message.expiration_time),
        ("Not Before: ", message.not_before),
        ("Request ID: ", message.request_id),
    )
    lines += [name + value for name, value in optional if value is not None]
    if message.resources is not None:
        lines += ["Resources:", *(f"- {each}" for each in message.resources)]
    return "\n".join(lines)


def check(message: SiweMessage, expected: SiweExpectation, *, now: datetime) -> None:
    """Raises ``SiweRejected`` unless the message is for this server, its chain, and this moment."""
    if message.domain.lower() != expected.domain:
        raise SiweRejected("the message is for another site")
    if message.scheme is not None and message.scheme.lower() != expected.scheme:
        raise SiweRejected("the message is for another scheme")
    if message.uri != expected.origin and not message.uri.startswith(expected.origin + "/"):
        raise SiweRejected("the message's URI is of another site")
    if message.chain_id != expected.chain_id:
        raise SiweRejected(f"the message is for the chain {message.chain_id}, not {expected.chain_id}")
    issued_at = moment(message.issued_at)
    if issued_at > now + CLOCK_SKEW:
        raise SiweRejected("the message was issued in the future; is the clock right?")
    if issued_at < now - NONCE_LIFETIME - CLOCK_SKEW:
        raise SiweRejected("the message is too old")
    if message.expiration_time is not None and moment(message.expiration_time) <= now - CLOCK_SKEW:
        raise SiweRejected("the message has expired")
    if message.not_before is not None and moment(message.not_before) > now + CLOCK_SKEW:
        raise SiweRejected("the message is not valid yet")


def moment(text: str) -> datetime:
    """An RFC 3339 date-time as an aware datetime. Raises ``SiweMalformed``."""
    if _DATE_TIME.fullmatch(text) is None:
        raise SiweMalformed("expected a time like 2026-07-01T20:30:00Z")
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        raise SiweMalformed("expected a time that exists") from None


def _opening(line: str) -> tuple[str | None, str]:
    before, found, after = line.partition(_OPENING)
    if not found or after:
        raise SiweMalformed(f"line 1: expected a domain and {_OPENING.strip()!r}")
    scheme, separator, domain = before.rpartition("://")
    if separator and uris.SCHEME.fullmatch(scheme) is None:
        raise SiweMalformed("line 1: expected a scheme before ://")
    if not domain or uris.AUTHORITY.fullmatch(domain) is None:
        raise SiweMalformed("line 1: expected a domain")
    return scheme if separator else None, domain


class _Lines:
    """Reads the message line by line; knows where it is for the one who has to find the mistake."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._next = 0

    def take(self, what: str) -> str:
        if self._next == len(self._lines):
            raise SiweMalformed(f"the message ends before {what}")
        self._next += 1
        return self._lines[self._next - 1]

    def blank(self) -> None:
        if self.take("an empty line"):
            raise self.malformed("expected an empty line")

    def next_is_uri_after_blank(self) -> bool:
        ahead = self._lines[self._next : self._next + 2]
        return len(ahead) == 2 and not ahead[0] and ahead[1].startswith("URI: ")

    def field(self, name: str, grammar: re.Pattern[str]) -> str:
        line = self.take(repr(name))
        value = line.removeprefix(name)
        if not line.startswith(name) or grammar.fullmatch(value) is None:
            raise self.malformed(f"expected {name!r} and its value")
        return value

    def optional_field(self, name: str, grammar: re.Pattern[str]) -> str | None:
        ahead = self._lines[self._next : self._next + 1]
        return self.field(name, grammar) if ahead and ahead[0].startswith(name) else None

    def time(self, name: str) -> str:
        value = self.field(name, _DATE_TIME)
        moment(value)
        return value

    def optional_time(self, name: str) -> str | None:
        value = self.optional_field(name, _DATE_TIME)
        if value is not None:
            moment(value)
        return value

    def resources(self) -> tuple[str, ...] | None:
        if self._lines[self._next : self._next + 1] != ["Resources:"]:
            return None
        self._next += 1
        found = []
        while self._next < len(self._lines):
            found.append(self.field("- ", uris.URI))
        return tuple(found)

    def end(self) -> None:
        if self._next < len(self._lines):
            self._next += 1
            raise self.malformed("nothing may follow here")

    def malformed(self, why: str) -> SiweMalformed:
        return SiweMalformed(f"line {self._next}: {why}")
