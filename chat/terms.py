"""Blocked terms: whether a line holds one, however it is disguised. A core.

Both the terms and the lines are compared as skeletons (``chat.text``). A term stands for itself as a word; ``*`` at its
beginning or end lets the word go on there. Letters may be repeated or have marks between them, and whole terms may be
s p a c e d out. The patterns are linear in the length of a line.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from chat.errors import TermsInvalid
from chat.moderation_log import BlockedTermView, TermAction
from chat.text import skeleton

TERMS_MAX = 500
TERM_MAX_CHARACTERS = 60
SPACED_FROM_LETTERS = 3

_BETWEEN = r"(?:[^\w\s]|_)*"
_BEFORE, _AFTER = r"(?<![^\W_])", r"(?![^\W_])"
"""No letter or digit stands there; an underscore is a mark like others."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    pattern: re.Pattern[str]
    action: TermAction


class BlockedTerms:
    """The terms of one room. Raises ``TermsInvalid``."""

    def __init__(self, terms: Iterable[BlockedTermView] = ()) -> None:
        self.terms = checked(terms)
        self._compiled = [_Compiled(_pattern(each.term), each.action) for each in self.terms]

    def find(self, text: str) -> TermAction | None:
        """What is to become of a line: ``block`` wins over ``hold``."""
        if not self._compiled:
            return None
        plain = skeleton(text)
        found = {each.action for each in self._compiled if each.pattern.search(plain)}
        return "block" if "block" in found else "hold" if found else None


def checked(terms: Iterable[BlockedTermView]) -> Sequence[BlockedTermView]:
    """The terms trimmed, each once, in order. Raises ``TermsInvalid``."""
    found: dict[str, BlockedTermView] = {}
    for each in terms:
        term = " ".join(each.term.split())
        if not 1 <= len(term) <= TERM_MAX_CHARACTERS:
            raise TermsInvalid(f"a term has 1 to {TERM_MAX_CHARACTERS} characters: {term[:80]!r}")
        if not any(character.isalnum() for character in skeleton(term)):
            raise TermsInvalid(f"there is no letter in the term {term!r}")
        found[term.casefold()] = BlockedTermView(term, each.action)
    if len(found) > TERMS_MAX:
        raise TermsInvalid(f"a room has at most {TERMS_MAX} blocked terms")
    return [found[key] for key in sorted(found)]


def _pattern(term: str) -> re.Pattern[str]:
    before = "" if term.startswith("*") else _BEFORE
    after = "" if term.endswith("*") else _AFTER
    words = [
        letters
        for word in skeleton(term.strip("*")).split()
        if (letters := "".join(each for each in word if each.isalnum()))
    ]
    together = r"[\W_]+".join(_word(word) for word in words)
    alternatives = [f"{before}{together}{after}"]
    letters = "".join(words)
    if len(letters) >= SPACED_FROM_LETTERS:
        spaced = r"[\W_]+".join(re.escape(letter) for letter in letters)
        alternatives.append(f"{_BEFORE}{spaced}{_AFTER}")
    return re.compile("|".join(alternatives))


def _word(word: str) -> str:
    # A run of a letter is as long or longer; an iteration begins with its letter, so there is one way to match.
    runs = [(letter, len(list(run))) for letter, run in groupby(word)]
    *most, (last, last_count) = runs
    parts = [f"(?:{re.escape(letter)}{_BETWEEN}){{{count},}}" for letter, count in most]
    end = re.escape(last)
    parts.append(f"{end}(?:{_BETWEEN}{end}){{{last_count - 1},}}")
    return "".join(parts)
