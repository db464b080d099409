"""Who may act on whom, for how long, and on which range of addresses. A core.

Owners and admins are acted upon by nobody. Whoever moderates may act on ordinary people; only owners and admins act on
moderators. Nobody acts on themselves.
"""

import ipaddress

from chat.people import Standing
from infra.request_errors import NotAllowed

TIMEOUT_MAX_S = 14 * 86_400
BAN_MAX_S = 365 * 86_400
ADDRESS_BAN_DEFAULT_S = 86_400
ADDRESS_BAN_MAX_S = 30 * 86_400
REASON_MAX_CHARACTERS = 200
NOTE_MAX_CHARACTERS = 1_000


def require_may_act(actor: Standing, actor_id: str, target: Standing, target_id: str) -> None:
    """Raises ``NotAllowed`` unless the one may restrict the other."""
    if not actor.moderates:
        raise NotAllowed("only moderators of the channel may do this")
    if target.governs:
        raise NotAllowed("nobody restricts the channel's owner or an admin")
    if actor_id == target_id:
        raise NotAllowed("this would be you")
    if target is Standing.MODERATOR and not actor.governs:
        raise NotAllowed("only the owner or an admin restricts a moderator")


def require_may_delete(
    actor: Standing, actor_id: str, author: Standing | None, author_id: str | None
) -> None:
    """Raises ``NotAllowed`` unless the one may delete the other's line. ``None``: the author's account is gone."""
    if author_id is not None and actor_id == author_id:
        return
    if not actor.moderates:
        raise NotAllowed("you may delete only what you wrote")
    if author is not None and author.governs and not actor.governs:
        raise NotAllowed("moderators do not delete what the owner or an admin wrote")


def ban_until_ms(now_ms: int, duration_s: int | None, *, address: bool) -> int | None:
    """When a ban ends; one of addresses always does, because addresses are others' tomorrow."""
    if not address:
        return None if duration_s is None else now_ms + min(duration_s, BAN_MAX_S) * 1_000
    return now_ms + min(duration_s or ADDRESS_BAN_DEFAULT_S, ADDRESS_BAN_MAX_S) * 1_000


def covers(network: str, other: str | None) -> bool:
    """Whether a restricted range covers the range somebody comes from."""
    if other is None:
        return False
    if network == other:
        return True
    try:
        restricted, comes_from = ipaddress.ip_network(network), ipaddress.ip_network(other)
    except ValueError:
        return False
    if isinstance(restricted, ipaddress.IPv4Network) and isinstance(comes_from, ipaddress.IPv4Network):
        return comes_from.subnet_of(restricted)
    if isinstance(restricted, ipaddress.IPv6Network) and isinstance(comes_from, ipaddress.IPv6Network):
        return comes_from.subnet_of(restricted)
    return False
