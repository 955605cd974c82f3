"""Probability of every shirt number, from a text recogniser's outputs along a line.

A. Graves et al., "Connectionist temporal classification", ICML 2006: the probability of a text is
the sum over all ways to spell it with blanks and repeats. There are 99 shirt numbers, so that all
are summed exactly. Nothing is renormalised: where the recogniser sees a letter, no digit gains.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_AGAIN = np.eye(10, dtype=np.bool_)  # the same digit twice needs a blank between


def number_probabilities(steps: NDArray[np.float32]) -> NDArray[np.float64]:
    """(N, 100) probability of every number by its value; nobody wears 0, its column is 0.

    steps: (N, T, 11), along the line the probabilities of a blank and of the digits 0..9.
    """
    count = len(steps)
    nothing = np.ones((count, 1))  # probability of having read nothing, one digit, two digits
    one, one_blank = np.zeros((count, 10)), np.zeros((count, 10))
    two, two_blank = np.zeros((count, 10, 10)), np.zeros((count, 10, 10))
    for step in np.moveaxis(steps.astype(np.float64), 1, 0):
        blank, digits = step[:, :1], step[:, 1:]
        begun = one_blank[:, :, None] + np.where(_AGAIN, 0.0, one[:, :, None])
        two_blank = (two_blank + two) * blank[:, :, None]
        two = (two + begun) * digits[:, None, :]
        one_blank = (one_blank + one) * blank
        one = (one + nothing) * digits
        nothing = nothing * blank
    numbers = (two + two_blank).reshape(count, 100)
    numbers[:, :10] = one + one_blank  # not "07": shirts carry no leading zero
    numbers[:, 0] = 0.0
    return numbers
