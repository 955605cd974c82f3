"""What ``touchline`` offers is whole: every type that a public signature names is public too."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import touchline

MADE_BY = {
    "ObservedVideo": "observe_video",
    "OnnxDetector": "load_detector",
    "VideoReader": "open_video",
}
"""Classes that are made by a function; nobody calls their constructor."""

PUBLIC = {name: getattr(touchline, name) for name in touchline.__all__}


def parts(annotation: Any) -> Iterator[Any]:
    """The annotation and all that it is made of."""
    yield annotation
    for inner in typing.get_args(annotation):
        for one in inner if isinstance(inner, list) else [inner]:
            yield from parts(one)


def callables(thing: Any) -> Iterator[Any]:
    """A function itself; of a class what a caller may call or read."""
    if not inspect.isclass(thing):
        yield thing
        return
    of_pydantic = dir(BaseModel) if issubclass(thing, BaseModel) else []
    for name, member in inspect.getmembers_static(thing):
        own = name in ("__getitem__", "__iter__", "__enter__", "__call__")
        own |= name == "__init__" and thing.__name__ not in MADE_BY
        if (name.startswith("_") and not own) or name in of_pydantic:
            continue
        member = getattr(member, "__func__", member)
        member = member.fget if isinstance(member, property) else member
        if inspect.isfunction(member) and member.__module__.startswith("touchline"):
            yield member


def named_types(thing: Any) -> set[type]:
    """The classes of this package that the signatures of a public name speak of."""
    hints = [typing.get_type_hints(one) for one in callables(thing)]
    if inspect.isclass(thing) and not issubclass(thing, Exception):
        fields = typing.get_type_hints(thing)
        hints.append({name: hint for name, hint in fields.items() if not name.startswith("_")})
    found = {part for hint in hints for value in hint.values() for part in parts(value)}
    return {
        one for one in found if inspect.isclass(one) and one.__module__.split(".")[0] == "touchline"
    }


@pytest.mark.parametrize("name", PUBLIC)
def test_every_type_of_a_public_signature_is_public(name: str) -> None:
    hidden = {one.__qualname__ for one in named_types(PUBLIC[name])}
    hidden -= {one for one in hidden if PUBLIC.get(one) is not None}
    assert not hidden, f"touchline.{name} names {sorted(hidden)}, which touchline does not offer"


def arguments(thing: Any) -> list[str]:
    """What a caller hands over by name: of a function, or to make an instance of a class."""
    if inspect.isclass(thing):
        protocol = getattr(thing, "_is_protocol", False)
        if issubclass(thing, BaseModel | Exception) or protocol:
            return []  # settings describe themselves, field by field
    return list(inspect.signature(thing).parameters)


def several() -> dict[str, Any]:
    """Every public function and class, and the methods that take more than one argument."""
    found = {name: PUBLIC[name] for name in PUBLIC.keys() - MADE_BY.keys()}
    for name, thing in PUBLIC.items():
        methods = list(callables(thing)) if inspect.isclass(thing) else []
        for one in methods:
            given = [name for name in arguments(one) if name not in ("self", "cls")]
            if not one.__name__.startswith("__") and len(given) > 1:
                found[f"{name}.{one.__name__}"] = one
    return found


SEVERAL = several()


@pytest.mark.parametrize("name", sorted(SEVERAL))
def test_every_argument_of_a_public_name_has_its_line(name: str) -> None:
    text = inspect.getdoc(SEVERAL[name]) or ""
    section = re.search(r"^(?:Args|Attributes):\n((?: .*\n?|\n)*)", text, re.MULTILINE)
    listed = re.findall(r"^    (\w+): ", section[1], re.MULTILINE) if section else []
    assert listed == [one for one in arguments(SEVERAL[name]) if one not in ("self", "cls")]


@pytest.mark.parametrize(("name", "maker"), MADE_BY.items())
def test_what_has_no_public_constructor_has_a_public_maker(name: str, maker: str) -> None:
    assert typing.get_type_hints(PUBLIC[maker])["return"] is PUBLIC[name]


def test_no_public_name_is_hidden_by_a_module_of_the_package() -> None:
    folder = Path(touchline.__file__).parent
    modules = {file.stem for file in folder.iterdir() if file.suffix == ".py" or file.is_dir()}
    assert not modules & set(touchline.__all__)
