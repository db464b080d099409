"""API keys: ``hk_<prefix>_<secret>``. The prefix is shown and names the key, the secret is shown once. A core."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from accounts.errors import DisplayNameInvalid, ScopeInvalid
from accounts.identity import Scope
from accounts.opaque_tokens import new_token

MARK = "hk"
PREFIX_CHARACTERS = 8
NAME_MAX_CHARACTERS = 60

_KEY = re.compile(r"hk_([a-z0-9]{8})_([A-Za-z0-9_-]{43})")
_PREFIX_ALPHABET = "abcdefghijkmnopqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class ApiKeyText:
    """A key taken apart."""

    prefix: str
    secret: str = field(repr=False)

    def __str__(self) -> str:
        return f"{MARK}_{self.prefix}_{self.secret}"


def new_api_key() -> ApiKeyText:
    return ApiKeyText(
        "".join(secrets.choice(_PREFIX_ALPHABET) for _ in range(PREFIX_CHARACTERS)), new_token()
    )


def looks_like_api_key(token: str) -> bool:
    """Whether a bearer token is meant to be one; a stream key or access token is not."""
    return token.startswith(MARK + "_")


def parse_api_key(text: str) -> ApiKeyText | None:
    match = _KEY.fullmatch(text)
    return None if match is None else ApiKeyText(match[1], match[2])


def parse_scopes(names: Iterable[str]) -> frozenset[Scope]:
    """Raises ``ScopeInvalid`` for one nobody knows, and for none at all."""
    try:
        scopes = frozenset(Scope(name) for name in names)
    except ValueError:
        raise ScopeInvalid(f"the scopes are {', '.join(each.value for each in Scope)}") from None
    if not scopes:
        raise ScopeInvalid("a key needs at least one scope")
    return scopes


def api_key_name(text: str) -> str:
    """What the owner calls the key. Raises ``DisplayNameInvalid``."""
    name = " ".join(text.split())
    if not 0 < len(name) <= NAME_MAX_CHARACTERS or not name.isprintable():
        raise DisplayNameInvalid(f"a key's name has 1 to {NAME_MAX_CHARACTERS} printable characters")
    return name
