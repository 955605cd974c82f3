"""Names in the few letters that OpenCV's font has."""

from __future__ import annotations

import unicodedata

_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "Oe", "ł": "l", "Ł": "L"}
    | {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "ŋ": "n", "Ŋ": "N"}
)


def plain_text(text: str) -> str:
    """``text`` in ASCII, accents left out; empty where letters have none, as Cyrillic ones."""
    split = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    plain = "".join(letter for letter in split if not unicodedata.combining(letter))
    return plain if plain.isascii() else ""
