"""Roles as one byte each, for columns of long clips: their names take forty times as much."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.types import ROLES, Roles

ROLE_NAMES: Roles = np.array(ROLES)
"""The role of each code."""


def role_codes(roles: Roles) -> NDArray[np.uint8]:
    """(N,) the code of each role: its place in ``ROLES``."""
    codes = np.empty(len(roles), np.uint8)
    for code, role in enumerate(ROLES):
        codes[roles == role] = code
    return codes
