"""What a channel is: the grammar of its name, the bounds of its title, its stream key as a hash.

A core: no I/O, no clock, no randomness.

Stream keys are full-entropy random strings, so one SHA-256 is a sufficient hash (there is no dictionary to try)
and checking a key costs microseconds. The key itself is shown once and never stored.
"""

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

from accounts.identity import UserId
from catalog.errors import ChannelNameInvalid, ChannelTitleInvalid
from catalog.profile import Link, is_unprintable

ChannelId = NewType("ChannelId", int)
ChannelName = NewType("ChannelName", str)
StreamKeyHash = NewType("StreamKeyHash", bytes)
PictureId = NewType("PictureId", str)
"""The content hash a picture is stored under."""

TITLE_MAX_CHARACTERS = 100
STREAM_KEY_MAX_CHARACTERS = 200
STREAM_KEY_ENTROPY_BYTES = 32

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")

RESERVED_NAMES = frozenset(
    {
        *(
            "about",
            "account",
            "admin",
            "api",
            "assets",
            "channel",
            "channels",
            "chat",
            "docs",
            "embed",
            "feed",
        ),
        *(
            "health",
            "help",
            "hls",
            "home",
            "legal",
            "live",
            "livez",
            "login",
            "logout",
            "me",
            "metrics",
            "new",
        ),
        *("null", "overlay", "overlays", "pictures", "privacy", "public", "readyz", "recordings", "robots"),
        "search",
        *(
            "settings",
            "setup",
            "signin",
            "signup",
            "static",
            "status",
            "studio",
            "support",
            "system",
            "terms",
        ),
        *("tip", "tips", "undefined", "user", "users", "vod", "watch", "well-known", "whep", "whip", "ws"),
    }
)
"""Names a page or an endpoint has, or may want one day; a channel lives at ``/{name}``."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as stored. ``created_at`` is aware, in UTC."""

    id: ChannelId
    name: ChannelName
    title: str
    created_at: datetime
    stream_key_hash: StreamKeyHash = field(repr=False)
    owner_id: UserId | None = None
    """``None`` for a channel that only the command line looks after."""
    description: str = ""
    links: tuple[Link, ...] = ()
    picture: PictureId | None = None
    payout_wallet: str | None = None
    """An address on an EVM chain with its checksum (EIP-55)."""
    followers: int = 0
    past_broadcasts: int = 0


def channel_name(text: str) -> ChannelName:
    """``text`` as a channel name; raises ``ChannelNameInvalid`` saying what a name looks like."""
    if _NAME.fullmatch(text) is None:
        raise ChannelNameInvalid(
            "a channel name has 1 to 32 lower-case letters, digits and hyphens, with no hyphen at either end"
        )
    if text in RESERVED_NAMES:
        raise ChannelNameInvalid(f"the name {text!r} is reserved; choose another")
    return ChannelName(text)


def is_channel_name(text: str) -> bool:
    """Whether ``text`` could name a channel; a cheap answer before anything is looked up."""
    return _NAME.fullmatch(text) is not None and text not in RESERVED_NAMES


def channel_title(text: str) -> str:
    """``text`` as a title: trimmed, one line, 1 to 100 characters; raises ``ChannelTitleInvalid``."""
    title = unicodedata.normalize("NFC", " ".join(text.split()))
    if not title:
        raise ChannelTitleInvalid("a title cannot be empty")
    if len(title) > TITLE_MAX_CHARACTERS:
        raise ChannelTitleInvalid(
            f"a title has at most {TITLE_MAX_CHARACTERS} characters, this has {len(title)}"
        )
    if any(is_unprintable(character) for character in title):
        raise ChannelTitleInvalid("a title cannot hold control characters")
    return title


def hash_stream_key(key: str) -> StreamKeyHash:
    """What is stored of a stream key: 32 bytes."""
    return StreamKeyHash(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest())


def stream_key_matches(key: str, expected: StreamKeyHash) -> bool:
    """Compares in constant time; a key too long to be one of ours is refused before it is hashed."""
    if not key or len(key) > STREAM_KEY_MAX_CHARACTERS:
        return False
    return hmac.compare_digest(hash_stream_key(key), expected)
