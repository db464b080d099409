"""STUN and TURN servers that browsers are told about, written as one URL each.

``stun:host[:port]``, ``turn:user:password@host[:port][?transport=udp|tcp]``, ``turns:...``. The user and password
of a TURN server may be percent-encoded. The server itself never talks to them.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

EXPECTED = "stun:HOST[:PORT] or turn:USER:PASSWORD@HOST[:PORT][?transport=udp|tcp]"

_URL = re.compile(
    r"(?P<scheme>stuns?|turns?):"
    r"(?:(?P<user>[^:@/?\s]+):(?P<password>[^@/?\s]+)@)?"
    r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])"
    r"(?P<port>:[0-9]{1,5})?"
    r"(?P<query>\?transport=(?:udp|tcp))?"
)


@dataclass(frozen=True, slots=True)
class IceServer:
    """One entry of a browser's ``RTCConfiguration.iceServers``. The credential is left out of ``repr``."""

    url: str
    """Without user and password, as a browser takes it."""
    username: str | None = None
    credential: str | None = field(default=None, repr=False)

    def as_dict(self) -> dict[str, list[str] | str]:
        """As ``/api/v1/config`` carries it."""
        entry: dict[str, list[str] | str] = {"urls": [self.url]}
        if self.username is not None and self.credential is not None:
            entry |= {"username": self.username, "credential": self.credential}
        return entry


def parse_ice_server(url: str) -> IceServer:
    """Raises ``ValueError``, whose message holds no credential."""
    match = _URL.fullmatch(url.strip())
    if match is None:
        raise ValueError(f"expected {EXPECTED}")
    scheme, user, password = match["scheme"], match["user"], match["password"]
    if scheme.startswith("turn") and user is None:
        raise ValueError(f"a {scheme}: server needs a user and a password ({EXPECTED})")
    if scheme.startswith("stun") and (user is not None or match["query"]):
        raise ValueError(f"a {scheme}: server takes no user and no transport ({EXPECTED})")
    bare = f"{scheme}:{match['host']}{match['port'] or ''}{match['query'] or ''}"
    if user is None:
        return IceServer(bare)
    return IceServer(bare, unquote(user), unquote(password))
