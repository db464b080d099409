"""Characters that look like Latin letters: how people write around blocked terms. A core: a table and its use.

Compatibility forms (full-width, mathematical, circled letters) are not here; NFKC takes care of them. Letters that
differ for a reader but hardly (``l``, ``i``, ``1``, ``|``) become one.
"""

_CYRILLIC = dict(zip("авекмнорстухіјѕԁԛԝһёїґԍьпги", "abekmhopctyxijsdqwheirgbnru", strict=True))
_GREEK = dict(zip("αβγδεζηικνορστυχωϲϳ", "abydezniknopotuxwcj", strict=True))
_LATIN = dict(zip("ıłøđħŧƒɑɡʟɴʀʏɪʙʜɢæœßəɐɛɔ", "ilodhtfaglnryibhgaobeaeo", strict=True))
_ARMENIAN = dict(zip("օսոհգցզ", "ounhqgq", strict=True))
_SYMBOLS = {"@": "a", "$": "s", "€": "e", "£": "i", "¥": "y", "!": "i", "|": "i", "¡": "i"}
_DIGITS = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g"}

_LETTERS = str.maketrans(
    {
        character: "i" if letter == "l" else letter
        for table in (_ARMENIAN, _GREEK, _CYRILLIC, _LATIN, {"l": "i"})
        for character, letter in table.items()
    }
)
_AMONG_LETTERS = str.maketrans({**_SYMBOLS, **_DIGITS})
_ALWAYS = str.maketrans({each: _SYMBOLS[each] for each in "@$"})


def latin(text: str) -> str:
    """Lower-case text with look-alikes as the letters they look like; numbers that stand alone stay numbers."""
    return " ".join(_word(word) for word in text.translate(_LETTERS).split(" "))


def _word(word: str) -> str:
    if not any(character.isalpha() for character in word):
        return word.translate(_ALWAYS)
    # A mark at the end is a mark: "ha!" is no "hai".
    core = word.rstrip("!|¡")
    return core.translate(_AMONG_LETTERS) + word[len(core) :]
