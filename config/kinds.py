"""The kinds of value a setting can have: how each is read from text and from TOML, and what it expects.

A kind turns a value into its type or raises ``ValueError`` with the reason; it never sees the setting's name.
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config.ice import EXPECTED as ICE_SERVER_EXPECTED
from config.ice import parse_ice_server

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_PRICE = re.compile(r"(?=.*[1-9])[0-9]{1,15}(?:\.[0-9]{1,18})?")
_COIN_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_RUNGS = frozenset(
    {"off", "audio", *(f"{height}p" for height in (2160, 1440, 1080, 720, 540, 480, 432, 360, 240))}
)
_CHAIN_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value. ``from_text`` reads the environment and flags, ``from_toml`` a TOML value."""

    expected: str
    from_text: Callable[[str], Any]
    from_toml: Callable[[Any], Any]
    metavar: str = "VALUE"
    is_switch: bool = False


def secret_text(minimum_characters: int) -> Kind:
    """A secret of at least so many characters; empty is none."""

    def check(value: str) -> None:
        if value and len(value) < minimum_characters:
            raise ValueError

    return text(f"at least {minimum_characters} characters", "TEXT", check)


def text(expected: str = "text", metavar: str = "TEXT", check: Callable[[str], object] | None = None) -> Kind:
    """A string, checked by a function that raises ``ValueError``."""

    def read(value: str) -> str:
        if check is not None:
            check(value)
        return value

    return Kind(expected, read, lambda value: read(_only(value, str)), metavar)


def choice(*values: str) -> Kind:
    """One of a few words."""

    def read(value: str) -> str:
        if value.lower() not in values:
            raise ValueError
        return value.lower()

    return Kind(f"one of {', '.join(values)}", read, lambda value: read(_only(value, str)), "|".join(values))


def switch() -> Kind:
    """True or false."""

    def read(value: str) -> bool:
        if value.lower() in _TRUE:
            return True
        if value.lower() in _FALSE:
            return False
        raise ValueError

    return Kind("true or false", read, lambda value: _only(value, bool), "true|false", is_switch=True)


def integer(minimum: int, maximum: int) -> Kind:
    """A whole number within bounds, both included."""

    def check(value: int) -> int:
        if not minimum <= value <= maximum:
            raise ValueError
        return value

    expected = f"a whole number from {minimum} to {maximum}"
    return Kind(expected, lambda value: check(int(value)), lambda value: check(_only(value, int)), "N")


def port() -> Kind:
    """A port; 0 lets the system choose a free one."""
    return integer(0, 65_535)


def seconds(maximum_s: float) -> Kind:
    """A duration from 0 to a maximum."""

    def check(value: float) -> float:
        if not 0 <= value <= maximum_s:
            raise ValueError
        return value

    def from_toml(value: Any) -> float:
        return check(float(_only(value, int, float)))

    expected = f"a number of seconds from 0 to {maximum_s:g}"
    return Kind(expected, lambda value: check(float(value)), from_toml, "SECONDS")


def path(expected: str = "a path") -> Kind:
    """A path; ``~`` is the home directory."""

    def read(value: str) -> Path:
        if not value:
            raise ValueError
        return Path(value).expanduser()

    return Kind(expected, read, lambda value: read(_only(value, str)), "PATH")


def words(expected: str, check: Callable[[str], object], metavar: str) -> Kind:
    """A list of strings: comma-separated in text, an array in TOML."""

    def read(values: list[str]) -> tuple[str, ...]:
        kept = tuple(value.strip() for value in values if value.strip())
        for value in kept:
            check(value)
        return kept

    def from_toml(value: Any) -> tuple[str, ...]:
        return read([_only(item, str) for item in _only(value, list)])

    return Kind(
        f"a list (commas between, in TOML an array) of {expected}",
        lambda value: read(value.split(",")),
        from_toml,
        metavar,
    )


def ladder() -> Kind:
    """A list of heights such as ``720p``, ``audio``, or ``off`` alone."""

    def check(value: str) -> None:
        if value not in _RUNGS:
            raise ValueError

    kind = words(
        "2160p, 1440p, 1080p, 720p, 540p, 480p, 432p, 360p, 240p, audio; or off alone", check, "RUNG,..."
    )

    def alone(values: tuple[str, ...]) -> tuple[str, ...]:
        if "off" in values and len(values) > 1:
            raise ValueError
        return values

    return replace(
        kind,
        from_text=lambda value: alone(kind.from_text(value.lower())),
        from_toml=lambda value: alone(kind.from_toml(value)),
    )


def ip_addresses() -> Kind:
    """A list of IPv4 or IPv6 addresses."""
    return words("IP addresses", ipaddress.ip_address, "ADDRESS,...")


def networks() -> Kind:
    """A list of addresses or CIDR ranges."""

    def check(value: str) -> None:
        ipaddress.ip_network(value, strict=False)

    return words("IP addresses or networks such as 10.0.0.0/8", check, "NETWORK,...")


def ice_servers() -> Kind:
    """A list of STUN and TURN URLs."""
    return words(ICE_SERVER_EXPECTED, parse_ice_server, "URL,...")


def origins() -> Kind:
    """A list of web origins, or ``*``; ``none`` is an empty list where an empty text means the default."""

    def check(value: str) -> None:
        scheme, separator, host = value.partition("://")
        if value != "*" and (scheme not in ("http", "https") or not separator or not host or "/" in host):
            raise ValueError

    kind = words("origins such as https://example.org, or *, or none", check, "ORIGIN,...")
    return replace(kind, from_text=lambda value: () if value.strip() == "none" else kind.from_text(value))


def origin() -> Kind:
    """One web origin, without a path; empty is none."""

    def check(value: str) -> None:
        if not value:
            return
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise ValueError
        if parts.path.rstrip("/") or parts.query or parts.fragment or (parts.port or 1) < 1:
            raise ValueError

    return text("an origin such as https://stage.example.org", "URL", check)


def file_store() -> Kind:
    """Where files are kept: a bucket that speaks S3, or a directory; empty is none."""

    def check(value: str) -> None:
        if not value:
            return
        parts = urlsplit(value)
        is_bucket = parts.scheme == "s3" and parts.hostname and parts.username is None
        is_directory = parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")
        if not (is_bucket or is_directory) or parts.query or parts.fragment:
            raise ValueError

    return text("s3://BUCKET/PREFIX or file:///DIRECTORY", "URL", check)


def url(expected: str, *schemes: str) -> Kind:
    """A URL of one of these schemes, with a host; empty is none."""

    def check(value: str) -> None:
        if value:
            _check_url(value, schemes)

    return text(expected, "URL", check)


def redis_url() -> Kind:
    """Where a Redis server is; empty is none."""

    def check(value: str) -> None:
        if not value:
            return
        parts = urlsplit(value)
        if parts.scheme == "unix":
            if not parts.path.startswith("/"):
                raise ValueError
        elif parts.scheme not in ("redis", "rediss") or not parts.hostname or (parts.port or 1) < 1:
            raise ValueError

    return text("redis://USER:PASSWORD@HOST:PORT/NUMBER, rediss://... or unix:///PATH", "URL", check)


def urls(expected: str, *schemes: str) -> Kind:
    """A list of such URLs."""
    return words(f"URLs such as {expected}", lambda value: _check_url(value, schemes), "URL,...")


def chain_address() -> Kind:
    """The address of an account or a contract; empty is none. Its capitals are not looked at."""

    def check(value: str) -> None:
        if value:
            _check_chain_address(value)

    return text("0x and 40 hexadecimal digits", "ADDRESS", check)


def chain_addresses() -> Kind:
    """A list of such addresses."""
    return words("addresses: 0x and 40 hexadecimal digits", _check_chain_address, "ADDRESS,...")


def coin_prices() -> Kind:
    """A list of ``COIN=PRICE``; a coin is ``native`` or the address of a token."""
    return words("prices such as native=0.42 or 0x...=1", _coin_check(_PRICE), "COIN=PRICE,...")


def coin_names() -> Kind:
    """A list of ``COIN=NAME``: what somebody else calls a coin."""
    return words("names such as native=coredaoorg or 0x...=tether", _coin_check(_COIN_NAME), "COIN=NAME,...")


def currency() -> Kind:
    """Three capital letters; empty is none."""

    def check(value: str) -> None:
        if value and _CURRENCY.fullmatch(value) is None:
            raise ValueError

    return text("three capital letters such as USD", "CURRENCY", check)


def mail_address() -> Kind:
    """``name@host`` or ``Name <name@host>``; empty is none."""

    def check(value: str) -> None:
        address = parseaddr(value)[1]
        if value and (not all(address.partition("@")) or "\n" in value or "\r" in value):
            raise ValueError

    return text("an address such as stage@example.org, or Stage <stage@example.org>", "ADDRESS", check)


def _only(value: Any, *types: type) -> Any:
    # bool is an int to Python, not to a reader of harmonie.toml.
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise ValueError
    return value


def _check_url(value: str, schemes: tuple[str, ...]) -> None:
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.hostname or (parts.port or 1) < 1:
        raise ValueError


def _check_chain_address(value: str) -> None:
    if _CHAIN_ADDRESS.fullmatch(value) is None:
        raise ValueError


def _coin_check(value_of: re.Pattern[str]) -> Callable[[str], None]:
    def check(each: str) -> None:
        coin, separator, value = each.partition("=")
        if coin != "native":
            _check_chain_address(coin)
        if not separator or value_of.fullmatch(value) is None:
            raise ValueError

    return check
