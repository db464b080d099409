"""The second factor: codes of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 s) and recovery codes on paper.

A core but for the randomness of new secrets. A code is taken one step early or late, for clocks that differ, and never
twice: the step of the last code taken is remembered, and only later steps count (RFC 6238 section 5.2).
"""

import hmac
import secrets
import unicodedata
from datetime import datetime

import pyotp

STEP_S = 30
WINDOW_STEPS = 1
CODE_DIGITS = 6
SECRET_CHARACTERS = 32
"""Of base32: 160 bits, as RFC 4226 section 4 recommends."""

RECOVERY_CODES = 10
_RECOVERY_GROUPS = 4
_RECOVERY_GROUP_CHARACTERS = 4
_RECOVERY_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no letter that reads like a digit. 16 characters are 80 bits."""
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_secret() -> str:
    """A secret in base32, as an authenticator takes it."""
    return pyotp.random_base32(SECRET_CHARACTERS)


def provisioning_uri(secret: str, *, account: str, issuer: str) -> str:
    """The ``otpauth://`` URI that is shown as a QR code."""
    return pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(name=account, issuer_name=issuer)


def accepted_step(secret: str, code: str, *, now: datetime, last_step: int | None) -> int | None:
    """The time step ``code`` belongs to, or ``None`` when it is wrong, too old, too early or used.

    The caller stores the step as the next ``last_step``, in the transaction that lets the person in.
    """
    digits = "".join(code.split())
    if len(digits) != CODE_DIGITS or not digits.isascii() or not digits.isdigit():
        return None
    generator = pyotp.TOTP(secret, digits=CODE_DIGITS, interval=STEP_S)
    present = int(now.timestamp()) // STEP_S
    accepted = None
    for step in range(present - WINDOW_STEPS, present + WINDOW_STEPS + 1):
        matches = hmac.compare_digest(generator.generate_otp(step), digits)
        if matches and (last_step is None or step > last_step):
            accepted = step
    return accepted


def new_recovery_codes() -> list[str]:
    """Ten codes like ``7K2M-9QXA-40TD-B8ZE``."""
    return ["-".join(_group() for _ in range(_RECOVERY_GROUPS)) for _ in range(RECOVERY_CODES)]


def normal_recovery_code(text: str) -> str:
    """As it was shown, whatever was typed for it: spaces, hyphens, small letters, O for 0."""
    kept = unicodedata.normalize("NFKC", text).upper().translate(_READ_AS)
    characters = "".join(each for each in kept if each in _RECOVERY_ALPHABET)
    size = _RECOVERY_GROUP_CHARACTERS
    return "-".join(characters[start : start + size] for start in range(0, len(characters), size))


def _group() -> str:
    return "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_GROUP_CHARACTERS))
