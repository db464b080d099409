"""The name a person is shown by: one line, visible, and not made to turn the text around it. A core."""

import unicodedata

from accounts.errors import DisplayNameInvalid

DISPLAY_NAME_MAX_CHARACTERS = 50
DELETED_NAME = "Deleted account"


def display_name(text: str) -> str:
    """``text`` trimmed, on one line, in NFC: 1 to 50 characters. Raises ``DisplayNameInvalid``."""
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not name:
        raise DisplayNameInvalid("a name cannot be empty")
    if len(name) > DISPLAY_NAME_MAX_CHARACTERS:
        raise DisplayNameInvalid(
            f"a name has at most {DISPLAY_NAME_MAX_CHARACTERS} characters, this has {len(name)}"
        )
    # Cc: control, Cs: lone surrogates, Co/Cn: nothing a font has; Cf but for the joiner emoji are put together with.
    if any(_is_invisible(character) for character in name):
        raise DisplayNameInvalid("a name cannot hold control characters")
    return name


def _is_invisible(character: str) -> bool:
    category = unicodedata.category(character)
    return category in ("Cc", "Cs", "Co", "Cn") or (category == "Cf" and character != "\u200d")
