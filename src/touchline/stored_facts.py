"""Named facts that are kept as JSON, which somebody may have damaged: read, checked, written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Annotated, Any, Self

from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from touchline.errors import StoreError
from touchline.foreign_text import shown

Number = Annotated[float, Field(gt=-1e300, lt=1e300, allow_inf_nan=False)]
"""A finite number; whole numbers of any length can be compared, but not all be made a float."""

JsonObject = dict[str, JsonValue]

_ADAPTERS: dict[type, TypeAdapter[Any]] = {}
_CURE = "touchline track --overwrite begins again"


class StoredFacts:
    """Base of frozen dataclasses of facts. A field whose default is None may be missing."""

    __slots__ = ()

    @classmethod
    def from_json(cls, values: Mapping[str, object], where: str) -> Self:
        """The facts that ``as_json`` gave; names that are none of theirs are left out.

        Args:
            values: plain values, by name.
            where: what holds them, as it begins a message.

        Raises:
            StoreError: naming the first that is missing or not what a run writes.
        """
        try:
            kept: Self = _adapter(cls).validate_json(json.dumps(values), strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            name = shown(".".join(map(str, first["loc"]))) or "what it says"
            wrong = "missing" if first["type"] == "missing" else "not what a run writes"
            raise StoreError(f"{where} is damaged: {name} is {wrong}; {_CURE}") from None
        except (ValueError, TypeError, RecursionError):
            raise StoreError(f"{where} is damaged: it holds no facts of a run; {_CURE}") from None
        return kept

    def as_json(self) -> JsonObject:
        """Plain values in the order of the fields, without those that may be missing and are."""
        values: JsonObject = _plain(self)
        return values


def _adapter(kind: type) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:  # made once: it takes some hundredths of a second
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        if not isinstance(value, StoredFacts):
            return asdict(value)
        said = ((field, getattr(value, field.name)) for field in fields(value))
        return {
            field.name: _plain(one)
            for field, one in said
            if one is not None or field.default is not None
        }
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
