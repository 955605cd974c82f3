"""Packages that only some commands need, and the extra that brings them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from touchline.errors import UsageError


def require_train(*packages: str) -> None:
    """Raises UsageError where one of the packages, which the extra "train" brings, is missing."""
    _require("train", packages)


def require_ui() -> None:
    """Raises UsageError where a package that the extra "ui" brings is missing."""
    _require("ui", ("fastapi", "uvicorn"))


def _require(extra: str, packages: Sequence[str]) -> None:
    for name in packages:
        if find_spec(name) is None:
            raise UsageError(f"{name} is not installed: pip install 'touchline[{extra}]' brings it")
