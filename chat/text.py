"""Text of lines: cleaned, compared, searched for links and mentions. A core.

What is stored and shown is ``clean``: plain text on one line, in NFC, without what cannot be seen or turns the text
around it. ``fold`` and ``skeleton`` are for comparing and are never shown.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chat.lookalikes import latin
from chat.messages import Mention

TEXT_MAX_CHARACTERS = 500
EXCERPT_CHARACTERS = 80
MENTIONS_MAX = 5
MARKS_MAX = 4
"""Combining marks on one letter; more than that is written to cover other lines."""

_ZWNJ, _ZWJ, _SELECTORS = "\u200c", "\u200d", "\ufe0e\ufe0f"
_SEEN_AS_NOTHING = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u2800\u3164\uffa0")
_SPACES = re.compile(r"\s+")
_JOINERS = re.compile(f"[{_ZWNJ}{_ZWJ}]{{2,}}")

_LINK = re.compile(
    # With a scheme or www: whatever follows. Else a host name whose end is known, or that a path follows.
    r"(?i)\b[a-z][a-z0-9+.-]{1,20}://[^\s]+|\bwww\.[^\s]+"
    r"|(?<![\w@.-])(?:[\w-]{1,63}\.){1,8}"
    r"(?:(?:com|net|org|info|biz|io|co|tv|gg|me|ly|to|cc|xyz|app|dev|live|link|site|online|shop|top|club|fm|am|ai|gd|uk"
    r"|us|eu|de|fr|nl|it|es|pl|ru|ua|ch|at|be|se|no|fi|dk|pt|br|jp|cn|in|au|ca|ws|tk|ml|ga|cf|pw|su|onion|eth|page|lol"
    r")(?![\w.-]*\w)|[a-z]{2,24}/)"
)


def clean(text: str) -> str:
    """``text`` as it may be shown; empty when there is nothing to see in it."""
    plain = unicodedata.normalize("NFC", _SPACES.sub(" ", text))
    kept: list[str] = []
    marks = 0
    for character in plain:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= MARKS_MAX and _is_shown(character, kept):
            kept.append(character)
    joined = _JOINERS.sub(_ZWJ, "".join(kept))
    joined = _SPACES.sub(" ", joined).strip(f" {_ZWNJ}{_ZWJ}")
    return joined if any(_is_visible(character) for character in joined) else ""


def fold(text: str) -> str:
    """For comparing lines: the same however it is spaced, capitalised or punctuated."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = "".join(each if each.isalnum() or each.isspace() else " " for each in folded).split()
    return " ".join(words) or _SPACES.sub(" ", folded).strip()


def skeleton(text: str) -> str:
    """For finding words however they are disguised: look-alikes as Latin letters, without marks and invisible ones."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return latin("".join(each for each in plain if not _is_disguise(each)))


def has_link(text: str) -> bool:
    """Whether something in it is, or is meant to be read as, a link."""
    return _LINK.search(unicodedata.normalize("NFKC", text).replace("\u3002", ".")) is not None


def excerpt(text: str) -> str:
    """The beginning of a line, for those who answer it."""
    return text if len(text) <= EXCERPT_CHARACTERS else text[: EXCERPT_CHARACTERS - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Mentions:
    """Who a line names, and names that nobody known here has."""

    people: tuple[Mention, ...]
    unknown: tuple[str, ...]


def mentions(text: str, people: Mapping[str, str]) -> Mentions:
    """``@Name``, the longest name that fits; ``people`` are names by id. At most ``MENTIONS_MAX``."""
    by_name = {name.casefold(): Mention(user, name) for user, name in people.items()}
    longest = max((len(name) for name in by_name), default=0)
    found: dict[str, Mention] = {}
    unknown: list[str] = []
    folded = text.casefold()
    if len(folded) != len(text):  # some letters fold to two: then places do not fit
        folded = text.lower() if len(text.lower()) == len(text) else text
    for match in re.finditer(r"(?<![\w@])@(?=\w)", folded):
        start = match.end()
        mention = _longest_name(folded, start, by_name, longest)
        if mention is not None:
            found[mention.id] = mention
        else:
            unknown.append(re.match(r"[\w.-]{1,50}", text[start:]).group().rstrip(".-"))  # type: ignore[union-attr]  # a \w follows
        if len(found) + len(unknown) >= MENTIONS_MAX:
            break
    return Mentions(tuple(found.values()), tuple(unknown))


def split_name(text: str, people: Sequence[str]) -> tuple[str, str]:
    """A name at the beginning and what follows it: in quotes, one of ``people``, or else the first word."""
    text = text.strip()
    if text.startswith('"') and '"' in text[1:]:
        name, _, rest = text[1:].partition('"')
        return name.strip().removeprefix("@"), rest.strip()
    text = text.removeprefix("@")
    for name in sorted(people, key=len, reverse=True):
        after = text[len(name) :]
        if text[: len(name)].casefold() == name.casefold() and (not after or after[0].isspace()):
            return name, after.strip()
    name, _, rest = text.partition(" ")
    return name, rest.strip()


def _longest_name(folded: str, start: int, by_name: Mapping[str, Mention], longest: int) -> Mention | None:
    for end in range(min(len(folded), start + longest), start, -1):
        mention = by_name.get(folded[start:end])
        if mention is not None and not (end < len(folded) and (folded[end].isalnum() or folded[end] == "_")):
            return mention
    return None


def _is_shown(character: str, before: Sequence[str]) -> bool:
    category = unicodedata.category(character)
    if category in ("Cc", "Cs", "Co") or character in _SEEN_AS_NOTHING:
        return False
    if category == "Cf":
        # Joiners make emoji and some scripts what they are; tags only flags, after their black flag.
        if character in (_ZWJ, _ZWNJ):
            return bool(before)
        return "\U000e0020" <= character <= "\U000e007f" and "\U0001f3f4" in before[-10:]
    # What has no name yet may be a new emoji; elsewhere it is nothing a font has.
    return category != "Cn" or "\U0001f000" <= character <= "\U0001faff"


def _is_visible(character: str) -> bool:
    return not character.isspace() and character not in _SELECTORS and unicodedata.category(character) != "Cf"


def _is_disguise(character: str) -> bool:
    category = unicodedata.category(character)
    return category in ("Mn", "Me", "Cf", "Cc", "Cs") or character in _SEEN_AS_NOTHING
