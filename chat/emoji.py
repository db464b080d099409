"""Which characters are emoji. A core.

Emoji are sequences (UTS 51): a pictograph with a selector or a skin tone, several joined by ZWJ, flags of two regional
indicators or of tags, keycaps. What may be an emoji is recognised by shape, so that new ones need no new table.
"""

import re

_PICTOGRAPH = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23f3"
    "\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c"
    "\u2b50\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
)
_MODIFIED = rf"{_PICTOGRAPH}[\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
_EMOJI = rf"(?:{_MODIFIED}(?:\u200d{_MODIFIED})*|[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3)"
_SHORTCODE = r":[a-z0-9_+-]{1,40}:"

_ONE = re.compile(_EMOJI)
_ONLY = re.compile(rf"(?:\s*(?:{_EMOJI}|{_SHORTCODE}))+\s*")

EMOJI_MAX_CHARACTERS = 16


def is_emoji(text: str) -> bool:
    """Whether ``text`` is exactly one emoji."""
    return len(text) <= EMOJI_MAX_CHARACTERS and _ONE.fullmatch(text) is not None


def is_only_emoji(text: str) -> bool:
    """Whether ``text`` is nothing but emoji, ``:shortcodes:`` and spaces between them."""
    return _ONLY.fullmatch(text) is not None
