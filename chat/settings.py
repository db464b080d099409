"""Settings of a room within their bounds, and who may change which. A core."""

from typing import Any

import msgspec

from chat.errors import SettingsInvalid
from chat.messages import RoomSettings
from chat.rules import in_words

SLOW_MODE_MAX_S = 3_600
FOLLOWERS_ONLY_MAX_S = 365 * 86_400
RETENTION_MAX_DAYS = 3_650

OWNERS_ONLY = frozenset({"guests", "retention_days"})
"""What moderators do not change: who may come in at all, and how long lines are kept."""

_LINKS = {
    "allow": "links may be written now",
    "hold": "lines with links wait for a moderator now",
    "block": "links are refused now",
}
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


def told(changes: dict[str, Any]) -> str:
    """For whoever made them: ``links are refused now``."""
    return ", ".join(_sentence(name, value) for name, value in sorted(changes.items()))


def _sentence(name: str, value: Any) -> str:
    match name:
        case "slow_mode_s":
            return f"slow mode is on: a line every {in_words(value)}" if value else "slow mode is off"
        case "followers_only_s":
            if value is None:
                return "everyone may write now"
            return "only followers may write now" + (f", after {in_words(value)}" if value else "")
        case "links":
            return _LINKS[value]
        case "supporters_only":
            return "only supporters may write now" if value else "everyone may write now"
        case "emote_only":
            return "only emoji may be written now" if value else "words may be written again"
        case "unique_messages":
            return "nothing may be said twice now" if value else "what was said may be said again"
        case _:
            return described({name: value})


def _word(value: object) -> str:
    match value:
        case None | False:
            return "off"
        case True:
            return "on"
        case _:
            return str(value)
