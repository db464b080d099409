"""E-mail addresses as we keep them: one spelling per mailbox, and nothing a mail header could trip over.

A core. The grammar is what people have in practice (RFC 5321 limits, no quoted local parts, no comments); whether the
mailbox exists is found out by sending to it.
"""

import re
import unicodedata
from typing import NewType

from accounts.errors import EmailInvalid

Email = NewType("Email", str)

EMAIL_MAX_CHARACTERS = 254
LOCAL_PART_MAX_CHARACTERS = 64

_LOCAL_PART = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]+")
_LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?")


def email(text: str) -> Email:
    """``text`` as an address: trimmed, lower case, NFC. Raises ``EmailInvalid``, which does not repeat it.

    Lower case throughout: mailboxes that differ by case alone belong to the same person everywhere that matters, and
    two accounts for them would let one pass for the other.
    """
    address = unicodedata.normalize("NFC", text.strip()).lower()
    local, at, domain = address.rpartition("@")
    labels = domain.split(".")
    if (
        not at
        or len(address) > EMAIL_MAX_CHARACTERS
        or len(local) > LOCAL_PART_MAX_CHARACTERS
        or _LOCAL_PART.fullmatch(local) is None
        or local.startswith(".")
        or local.endswith(".")
        or ".." in local
        or any(_LABEL.fullmatch(label) is None for label in labels)
        or any(unicodedata.category(character)[0] in "CZ" for character in address)
    ):
        raise EmailInvalid("an e-mail address looks like name@example.org")
    return Email(address)


def local_part(address: str) -> str:
    """What stands before the ``@``."""
    return address.rpartition("@")[0]


def masked(address: str) -> str:
    """For logs and for people who look over a shoulder: ``m***@example.org``."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"
