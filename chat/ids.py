"""Ids of lines: text that sorts by the time of saying, in one process strictly, between processes to the millisecond.

A core: it is given the time and the chance. An id has 20 characters (digits, then lower-case letters up to ``v``), so
that comparing ids as plain text, here, in a browser or in a database, gives the same order everywhere.
"""

_ALPHABET = "0123456789abcdefghijklmnopqrstuv"
ID_CHARACTERS = 20
_SEQUENCE_BITS = 12
_CHANCE_BITS = 40


class MessageIds:
    """Makes the ids of one process; a clock that is set back does not make them go back."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, now_ms: int, chance: int) -> str:
        """``chance`` is a random number; its lowest 40 bits are used."""
        self._last = max(now_ms << _SEQUENCE_BITS, self._last + 1)
        return _text((self._last << _CHANCE_BITS) | (chance & ((1 << _CHANCE_BITS) - 1)))


def first_at(at_ms: int) -> str:
    """The lowest id a line of this moment could have."""
    return _text(at_ms << (_SEQUENCE_BITS + _CHANCE_BITS))


def is_message_id(text: str) -> bool:
    return len(text) == ID_CHARACTERS and all(each in _ALPHABET for each in text)


def _text(number: int) -> str:
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range((ID_CHARACTERS - 1) * 5, -1, -5))
