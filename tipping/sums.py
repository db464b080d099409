"""Sums of amounts that are exact in a database without integers of 256 bits: of parts of their digits.

A core, as far as SQL is one: it makes expressions and puts results together.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Label, String, case, cast, func, type_coerce

from tipping.tables import AMOUNT_DIGITS, TipRow

_CHUNK_DIGITS = 12
"""Sums of so many digits over millions of rows fit a signed 64-bit integer, which no amount does."""
_CHUNKS = tuple(
    (max(0, end - _CHUNK_DIGITS), min(_CHUNK_DIGITS, end)) for end in range(AMOUNT_DIGITS, 0, -_CHUNK_DIGITS)
)


def amount_parts(which: ColumnElement[bool] | None = None) -> list[Label[Any]]:
    """Columns for ``amount_of``: of all rows, or of those for which ``which`` holds."""
    digits = type_coerce(TipRow.amount, String)
    parts = []
    for number, (start, length) in enumerate(_CHUNKS):
        chunk: ColumnElement[Any] = cast(func.substr(digits, start + 1, length), BigInteger)
        counted = chunk if which is None else case((which, chunk), else_=0)
        parts.append(func.sum(counted).label(f"part_{number}"))
    return parts


def amount_of(row: Any) -> int:
    """The sum in a row with these columns."""
    return sum(
        int(getattr(row, f"part_{number}") or 0) * 10 ** (_CHUNK_DIGITS * number)
        for number in range(len(_CHUNKS))
    )
