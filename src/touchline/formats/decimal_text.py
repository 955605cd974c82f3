"""Parse tables of plain decimal numbers with array operations: several times faster than
parsing one number after the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_DIGIT, _MINUS, _DOT, _COMMA, _LINE, _OTHER = range(6)
_KINDS = np.full(256, _OTHER, np.uint8)
_KINDS[ord("0") : ord("9") + 1] = _DIGIT
_KINDS[[ord(mark) for mark in "-.,\n"]] = _MINUS, _DOT, _COMMA, _LINE

_MOST_DIGITS = 15
"""Most digits whose whole number float64 holds, as it does the power of ten that divides it: the
quotient is then the nearest float64 to the text, as ``float`` gives it."""
_POWERS = 10.0 ** np.arange(_MOST_DIGITS + 1)


def read_decimals(data: bytes) -> NDArray[np.float64] | None:
    """(N, C) numbers of a text of digits, dots, minus signs and commas, as ``float`` gives them.

    None for any other text, for numbers of more than 15 digits, and where lines differ in their
    number of fields: whoever asks then reads it the slow way, which explains what is wrong.
    """
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    if b" " in data:
        data = data.replace(b", ", b",")
    if not data.endswith(b"\n"):
        data += b"\n"
    text = np.frombuffer(data, np.uint8)
    kinds = _KINDS.take(text)
    if (kinds == _OTHER).any():
        return None
    is_end = kinds >= _COMMA
    ends = np.flatnonzero(is_end)  # of the fields
    lines = kinds[ends] == _LINE
    width = int(lines.argmax()) + 1
    if len(ends) % width or not np.array_equal(np.flatnonzero(lines) % width, _last(ends, width)):
        return None
    starts = np.append(0, ends[:-1] + 1)
    negative = kinds[starts] == _MINUS
    dots = np.flatnonzero(kinds == _DOT)
    dotted = np.cumsum(is_end, dtype=np.int32)[dots]  # their fields
    if np.count_nonzero(kinds == _MINUS) != np.count_nonzero(negative) or not np.diff(dotted).all():
        return None
    is_digit = kinds == _DIGIT
    seen = np.cumsum(is_digit, dtype=np.int32)
    until = seen[ends]
    counts = np.diff(until, prepend=0)
    if counts.min() < 1 or counts.max() > _MOST_DIGITS:
        return None
    digits = text.compress(is_digit)
    digits -= np.uint8(ord("0"))
    # How many digits stand to the right of each.
    places = np.repeat(until, counts)
    places -= np.arange(1, len(digits) + 1, dtype=np.int32)
    worth = _POWERS.take(places)
    worth *= digits
    numbers = np.add.reduceat(worth, until - counts)
    numbers[dotted] /= _POWERS[until[dotted] - seen[dots]]
    np.negative(numbers, out=numbers, where=negative)
    return numbers.reshape(-1, width)


def _last(ends: NDArray[np.intp], width: int) -> NDArray[np.intp]:
    """Index of the line-ending fields, modulo ``width``."""
    return np.full(len(ends) // width, width - 1)
