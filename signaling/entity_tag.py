"""Strong entity tags that name an ICE session (RFC 9725 section 4.3.1), and `If-Match` against them.

A session's id is a secret in WHEP, so a tag carries only a short hash of it; logs use that same label.
"""

import hashlib
import re

from media.description import LocalPeer

from .errors import PreconditionFailed, PreconditionMissing

_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')


def session_label(session_id: str) -> str:
    """A short name of a session that gives no access to it."""
    return hashlib.sha256(session_id.encode()).hexdigest()[:12]


def entity_tag(local: LocalPeer) -> str:
    """The tag of the session's present ICE generation, with its quotes."""
    return f'"{session_label(local.session_id)}-{local.ice_generation}"'


def require_match(if_match: str | None, current: str) -> None:
    """`If-Match` has to be `*`, or to name `current`.

    Raises PreconditionMissing or PreconditionFailed. Weak tags never match (RFC 9110 section 13.1.1).
    """
    if if_match is None or not if_match.strip():
        raise PreconditionMissing("send the ETag of the session as If-Match, or * to restart ICE")
    if if_match.strip() != "*" and current not in _TAG.findall(if_match):
        raise PreconditionFailed("ICE was restarted since, or this is the tag of another session")
