"""Packages that only some commands need, and the extra that brings them."""

from __future__ import annotations

from importlib.util import find_spec

from touchline.errors import UsageError


def require_train(*packages: str) -> None:
    """Raises UsageError where one of the packages, which the extra "train" brings, is missing."""
    for name in packages:
        if find_spec(name) is None:
            raise UsageError(f"{name} is not installed: pip install 'touchline[train]' brings it")
