"""Unknowns in a row of which each is tied to the next: solved at once, with what stays unsure."""

from __future__ import annotations

import numpy as np

from touchline.types import Floats

UNITS = np.array([1.0, 1.0, 1.0, 0.01, 0.01, 0.01, 0.01, 0.01])
"""Metres and radians are far apart: the equations are solved in these."""


def solve_chain(own: Floats, across: Floats, right: Floats) -> tuple[Floats, Floats]:
    """The steps (n, 8) that solve the equations, and their covariances (n, 8, 8).

    Args:
        own: (n, 8, 8) symmetric, of each with itself.
        across: (n - 1, 8, 8) of each with the next.
        right: (n, 8).
    """
    scale = UNITS[:, None] * UNITS
    own, across, right = own * scale, across * scale, right * UNITS
    count = len(own)
    inverse, carried, values = np.empty_like(own), np.empty_like(across), right.copy()
    block = own[0]
    for row in range(count):
        inverse[row] = np.linalg.inv(block)
        if row + 1 < count:
            carried[row] = inverse[row] @ across[row]
            block = own[row + 1] - across[row].T @ carried[row]
            values[row + 1] -= carried[row].T @ values[row]
    found = np.empty_like(right)
    covariances = np.empty_like(own)
    found[-1], covariances[-1] = inverse[-1] @ values[-1], inverse[-1]
    for row in range(count - 2, -1, -1):
        found[row] = inverse[row] @ values[row] - carried[row] @ found[row + 1]
        covariances[row] = inverse[row] + carried[row] @ covariances[row + 1] @ carried[row].T
    return found * UNITS, covariances * scale
