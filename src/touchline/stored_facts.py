"""What a run remembers beside its frames: names and JSON values that somebody may have damaged."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from touchline.errors import StoreError

_LARGEST_SIDE = 1 << 20  # of an image, in pixels


class Facts(dict[str, Any]):
    """Facts by name; asking for one that is missing raises StoreError, also inside of a part.

    where: what holds them, as it begins a message.
    """

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        parts = {
            name: Facts(value, where) if isinstance(value, Mapping) else value
            for name, value in values.items()
        }
        super().__init__(parts)
        self._where = where

    def __missing__(self, name: str) -> Any:
        raise StoreError(f"{self._where} is damaged: {name} is missing; {_CURE}")


def checked_facts(values: Mapping[str, Any], where: str) -> Facts:
    """``values``, of which those that every run has are what they should be.

    Raises StoreError naming the first that is not.
    """
    for name, value in values.items():
        good = _KINDS.get(name)
        if good is not None and not good(value):
            raise StoreError(f"{where} is damaged: {name} is not what a run writes; {_CURE}")
    return Facts(values, where)


_CURE = "touchline track --overwrite begins again"


def _is_number(value: Any) -> bool:
    # Whole numbers of any length can be compared, but not all be made a float.
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e300 < value < 1e300


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _is_seconds(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_is_number(one) for one in value.values())


def _is_video(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    kinds: dict[str, Callable[[Any], bool]] = {
        "name": lambda one: isinstance(one, str),
        "fingerprint": lambda one: isinstance(one, str),
        "live": lambda one: isinstance(one, bool),
        "width": _is_side,
        "height": _is_side,
        "fps": lambda one: _is_number(one) and 0 < one < math.inf,
    }
    return all(good(value[name]) for name, good in kinds.items() if name in value)


def _is_side(value: Any) -> bool:
    return isinstance(value, int) and 0 < value <= _LARGEST_SIDE


def _is_inputs(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        value.get(name) is None or _is_number(value[name]) for name in ("start", "end")
    )


def _is_models(value: Any) -> bool:
    if not isinstance(value, Mapping) or not all(
        isinstance(one, Mapping) for one in value.values()
    ):
        return False
    embedder = value.get("embedder", {})
    return (
        isinstance(embedder.get("name", ""), str)
        and isinstance(embedder.get("sha256"), str | None)
        and isinstance(embedder.get("size", 1), int)
        and 0 < embedder.get("size", 1) < _LARGEST_SIDE
    )


def _is_counts(value: Any) -> bool:
    return value is None or _is_seconds(value)


_KINDS: dict[str, Callable[[Any], bool]] = {
    "complete": lambda value: isinstance(value, bool),
    "counts": _is_seconds,
    "drawn": lambda value: isinstance(value, bool),
    "files": lambda value: isinstance(value, Mapping) and _is_words(list(value.values())),
    "inputs": _is_inputs,
    "models": _is_models,
    "seconds": _is_seconds,
    "settings": lambda value: isinstance(value, Mapping),
    "source": lambda value: isinstance(value, str),
    "tracks": _is_counts,
    "video": _is_video,
    "warnings": _is_words,
}
