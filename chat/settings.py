"""Settings of a room within their bounds, and who may change which. A core."""

from typing import Any

import msgspec

from chat.errors import SettingsInvalid
from chat.messages import RoomSettings

SLOW_MODE_MAX_S = 3_600
FOLLOWERS_ONLY_MAX_S = 365 * 86_400
RETENTION_MAX_DAYS = 3_650

OWNERS_ONLY = frozenset({"guests", "retention_days"})
"""What moderators do not change: who may come in at all, and how long lines are kept."""

_BOUNDS = {
    "slow_mode_s": SLOW_MODE_MAX_S,
    "followers_only_s": FOLLOWERS_ONLY_MAX_S,
    "retention_days": RETENTION_MAX_DAYS,
}


def changed(settings: RoomSettings, changes: dict[str, Any]) -> RoomSettings:
    """``settings`` with what ``changes`` holds. Raises ``SettingsInvalid``, which names the setting."""
    for name, highest in _BOUNDS.items():
        value = changes.get(name)
        if value is not None and not 0 <= value <= highest:
            raise SettingsInvalid(f"{name}: expected 0 to {highest}")
    return msgspec.structs.replace(settings, **changes)


def described(changes: dict[str, Any]) -> str:
    """For the log: ``slow_mode_s=10, links=block``."""
    return ", ".join(f"{name}={_word(value)}" for name, value in sorted(changes.items()))


def _word(value: object) -> str:
    match value:
        case None | False:
            return "off"
        case True:
            return "on"
        case _:
            return str(value)
