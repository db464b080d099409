"""The colour a name is shown in: always the same for a person, and readable on dark and light. A core."""

import colorsys
import hashlib

_LIGHTNESS = 0.62
_SATURATION = 0.62


def colour_of(user_id: str) -> str:
    """``#rrggbb``."""
    hue = int.from_bytes(hashlib.sha256(user_id.encode()).digest()[:2], "big") / 65_536
    return "#" + "".join(
        f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, _LIGHTNESS, _SATURATION)
    )
