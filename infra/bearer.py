"""Bearer tokens as requests carry them (RFC 6750 section 2.1)."""

import re

_BEARER = re.compile(r"bearer +([!-~]+) *", re.IGNORECASE)


def bearer_token(authorization: str | None) -> str | None:
    """The token of an ``Authorization`` header's value, or ``None`` when it is absent or of another scheme."""
    match = _BEARER.fullmatch(authorization or "")
    return None if match is None else match[1]
