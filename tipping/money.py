"""What amounts are worth in the display currency. A core: integers only, exact until the last rounding, which is down.

A price is how much one whole coin costs, in units of the currency, as an integer of ``PRICE_DIGITS`` decimal places.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

PRICE_DIGITS = 18
STORED_MAX = (1 << 63) - 1
"""What databases hold."""

_NO_MINOR_UNITS = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"})
_THREE_DIGITS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_PRICE = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,18})?")
_QUICK_MINOR = (1, 5, 10, 50)
"""What the amounts that are offered are worth, about, in units of the currency; without a price, in coins."""


@dataclass(frozen=True, slots=True)
class Price:
    """Of one whole coin: ``scaled`` is in units of ``currency`` divided by ``10 ** PRICE_DIGITS``."""

    scaled: int
    currency: str

    def __str__(self) -> str:
        """``0.42``: in units of the currency."""
        whole, part = divmod(self.scaled, 10**PRICE_DIGITS)
        return f"{whole}.{part:0{PRICE_DIGITS}d}".rstrip("0").rstrip(".")


def price(text: str, currency: str) -> Price:
    """``"0.42"`` as a price; raises ``ValueError`` for what is none, or is zero."""
    if _PRICE.fullmatch(text) is None:
        raise ValueError("a price is a number such as 0.42")
    whole, _, part = text.partition(".")
    scaled = int(whole) * 10**PRICE_DIGITS + int(part.ljust(PRICE_DIGITS, "0"))
    if scaled == 0:
        raise ValueError("a price is more than zero")
    return Price(scaled, currency)


def price_of_number(number: Decimal, currency: str) -> Price | None:
    """A number of somebody else's as a price; ``None`` when it cannot be one."""
    try:
        scaled = int(number.scaleb(PRICE_DIGITS))
    except (InvalidOperation, OverflowError, ValueError):
        return None
    return Price(scaled, currency) if 0 < scaled < 10 ** (15 + PRICE_DIGITS) else None


def minor_units(currency: str) -> int:
    """How many make a unit."""
    return int(10 ** minor_digits(currency))


def minor_digits(currency: str) -> int:
    """How many decimal places the currency has (ISO 4217)."""
    return 0 if currency in _NO_MINOR_UNITS else 3 if currency in _THREE_DIGITS else 2


def worth_minor(amount: int, decimals: int, price: Price) -> int | None:
    """What ``amount`` base units are worth, in minor units, rounded down; ``None`` when no database could hold it."""
    found: int = amount * price.scaled * minor_units(price.currency) // 10 ** (decimals + PRICE_DIGITS)
    return found if found <= STORED_MAX else None


def quick_amounts(decimals: int, price: Price | None) -> Sequence[int]:
    """Four round amounts to offer, in base units, ascending."""
    if price is None:
        return [each * 10**decimals for each in _QUICK_MINOR]
    one = 10 ** (decimals + PRICE_DIGITS)
    return [_rounded(max(1, each * one // price.scaled)) for each in _QUICK_MINOR]


def _rounded(amount: int) -> int:
    """Its first two digits, the second made 0 or 5."""
    digits = len(str(amount))
    if digits <= 2:
        return amount
    step: int = 5 * 10 ** (digits - 2)
    return max(step, (amount + step // 2) // step * step)
