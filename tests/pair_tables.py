"""Terms of pairs of tracklets from tables, for tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", np.float32, np.bool_)


def of_table(
    table: NDArray[Number],
) -> Callable[[NDArray[np.intp], NDArray[np.intp]], NDArray[Number]]:
    """The numbers of pairs, by row and column of ``table`` (T, T)."""
    return lambda one, other: table[one, other]
