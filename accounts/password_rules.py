"""Which passwords are refused. A core.

At least ten characters; not made of the person's address or the service's name; and not among what guessing programs
try first, as zxcvbn estimates it from lists of common passwords, words, names, dates and keyboard walks. There are no
rules about kinds of characters: they make passwords alike (NIST SP 800-63B section 3.1.1).
"""

import unicodedata

from zxcvbn import zxcvbn

from accounts.emails import local_part
from accounts.errors import PasswordWeak

PASSWORD_MIN_CHARACTERS = 10
PASSWORD_MAX_CHARACTERS = 200
GUESSES_MIN = 10**8
SERVICE_NAME = "harmonie"

_ESTIMATED_CHARACTERS = 72
"""zxcvbn takes time in the square of the length; what is strong in its first 72 characters is strong."""
_LOCAL_PART_MIN_CHARACTERS = 3


def normal_password(text: str) -> str:
    """One form for what is typed alike on different keyboards (NIST SP 800-63B: NFKC before hashing)."""
    return unicodedata.normalize("NFKC", text)


def check_password(text: str, *, address: str) -> None:
    """Raises ``PasswordWeak`` with what to change. ``address`` is the account's e-mail address, or empty.

    Takes a few milliseconds; call it in a thread.
    """
    password = normal_password(text)
    if len(password) < PASSWORD_MIN_CHARACTERS:
        raise PasswordWeak(f"a password has at least {PASSWORD_MIN_CHARACTERS} characters")
    if len(password) > PASSWORD_MAX_CHARACTERS:
        raise PasswordWeak(f"a password has at most {PASSWORD_MAX_CHARACTERS} characters")
    folded = password.casefold()
    local = local_part(address).casefold()
    if SERVICE_NAME in folded:
        raise PasswordWeak("a password cannot hold the name of this service")
    if len(local) >= _LOCAL_PART_MIN_CHARACTERS and local in folded:
        raise PasswordWeak("a password cannot hold your e-mail address")
    estimate = zxcvbn(password[:_ESTIMATED_CHARACTERS], user_inputs=[address, local, SERVICE_NAME])
    if estimate["guesses"] < GUESSES_MIN:
        warning = (estimate["feedback"] or {}).get("warning") or "It is among the first ones to be guessed."
        raise PasswordWeak(f"too easy to guess. {warning} Three or four unrelated words make a good one")
