"""What an artist tells of themselves: a description and links, within bounds.

A core: text in, checked text out. Descriptions are plain text; pages show them as such and make nothing of markup.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from catalog.errors import ChannelDescriptionInvalid, ChannelLinksInvalid

DESCRIPTION_MAX_CHARACTERS = 2_000
DESCRIPTION_MAX_LINES = 60
MAX_LINKS = 8
LABEL_MAX_CHARACTERS = 40
URL_MAX_CHARACTERS = 500

# RFC 3986 section 2: everything else has to be percent-encoded.
_URL_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere else to find the artist."""

    label: str
    url: str


def description(text: str) -> str:
    """``text`` in NFC with plain line ends, trimmed; may be empty. Raises ``ChannelDescriptionInvalid``."""
    lines = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    plain = "\n".join(line.rstrip() for line in lines).strip()
    if len(plain) > DESCRIPTION_MAX_CHARACTERS:
        raise ChannelDescriptionInvalid(
            f"a description has at most {DESCRIPTION_MAX_CHARACTERS:,} characters, this has {len(plain):,}"
        )
    if plain.count("\n") >= DESCRIPTION_MAX_LINES:
        raise ChannelDescriptionInvalid(f"a description has at most {DESCRIPTION_MAX_LINES} lines")
    if any(is_unprintable(character) for character in plain if character not in "\n\t"):
        raise ChannelDescriptionInvalid("a description cannot hold control characters")
    return plain


def links(pairs: Sequence[tuple[str, str]]) -> tuple[Link, ...]:
    """Labels and URLs as links, in their order. Raises ``ChannelLinksInvalid``, which tells the number of the link."""
    if len(pairs) > MAX_LINKS:
        raise ChannelLinksInvalid(f"a channel has at most {MAX_LINKS} links, these are {len(pairs)}")
    return tuple(
        Link(_label(label, number), _url(url, number)) for number, (label, url) in enumerate(pairs, start=1)
    )


def is_unprintable(character: str) -> bool:
    """Control characters, lone surrogates (a database refuses them), and marks that turn the text around."""
    return (
        unicodedata.category(character) in ("Cc", "Cs")
        or "\u202a" <= character <= "\u202e"
        or "\u2066" <= character <= "\u2069"
    )


def _label(text: str, number: int) -> str:
    label = unicodedata.normalize("NFC", " ".join(text.split()))
    if not 1 <= len(label) <= LABEL_MAX_CHARACTERS or any(is_unprintable(each) for each in label):
        raise ChannelLinksInvalid(
            f"link {number}: a label has 1 to {LABEL_MAX_CHARACTERS} characters and no control characters"
        )
    return label


def _url(text: str, number: int) -> str:
    def refused(why: str) -> ChannelLinksInvalid:
        return ChannelLinksInvalid(f"link {number}: {why}")

    if len(text) > URL_MAX_CHARACTERS:
        raise refused(f"a URL has at most {URL_MAX_CHARACTERS} characters")
    if _URL_CHARACTERS.fullmatch(text) is None or not text.lower().startswith("https://"):
        raise refused("expected a URL that begins with https:// and holds ASCII only")
    try:
        parts = urlsplit(text)
        host, user, _port = parts.hostname, parts.username, parts.port
    except ValueError:
        raise refused("this is no URL") from None
    if user is not None:
        raise refused("a URL cannot hold a user name")
    if host is None or len(host) > 253 or _HOST.fullmatch(host) is None:
        raise refused("the URL names no public host")
    return text
