"""Typed, frozen settings from YAML and ``name=value``; unknown names are refused."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from touchline.disk_files import refuse_pipe
from touchline.errors import SettingsError
from touchline.foreign_text import MOST_YAML, ForeignTextError, file_text, shown, yaml_values

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)


class _Checked(ModelMetaclass):
    """Makes a part that is written in Python fail like one that is read: in one line."""

    def __call__(cls: Any, *args: Any, **values: Any) -> Any:
        if args:
            name = next(iter(cls.model_fields), "NAME")
            raise SettingsError(
                f"{cls.__name__} takes settings by their name: {cls.__name__}({name}=...)"
            )
        try:
            return super().__call__(**values)
        except ValidationError as error:
            raise SettingsError(_explain(cls, error)) from None


class ConfigSection(BaseModel, metaclass=_Checked):
    """Base of every part of the configuration: immutable, checked when made, no unknown names."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        coerce_numbers_to_str=True,
        allow_inf_nan=False,
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_parts_are_defaults(cls, values: Any) -> Any:
        # In YAML a part whose lines are all commented out is null.
        if not isinstance(values, Mapping):
            return values
        return {
            name: value
            for name, value in values.items()
            if value is not None or _part(cls, name) is None
        }


ConfigT = TypeVar("ConfigT", bound=ConfigSection)

Override = str | tuple[str, Any]
"""One setting: ``name=value`` with a YAML value, or a name and the value itself."""

_MOST_PARTS = 8  # of a dotted name; ours have three


def load_config(
    kind: type[ConfigT],
    file: Path | None = None,
    overrides: Sequence[Override] = (),
    values: Mapping[str, Any] | None = None,
) -> ConfigT:
    """``settings_tree`` of the other arguments as a checked configuration of class ``kind``."""
    return check_config(kind, settings_tree(file, overrides, values, kind))


def settings_tree(
    file: Path | None = None,
    overrides: Sequence[Override] = (),
    values: Mapping[str, Any] | None = None,
    kind: type[ConfigSection] | None = None,
) -> dict[str, Any]:
    """What a user asked for, as nested names: ``values``, then ``file``, then ``overrides``.

    ``file`` is YAML; ``overrides`` are ``dotted.name=value`` with a YAML value, as in
    ``tracker.max_lost_seconds=8``. With ``kind`` what a setting that is a text is given is its
    text, whatever YAML would make of it: ``draw.header=Derby: 2nd half``. Raises SettingsError
    for what cannot be read; names and values are checked by ``check_config``.
    """
    tree: dict[str, Any] = {}
    _merge(tree, values or {})
    if file is not None:
        _merge(tree, _read_yaml(file))
    for override in overrides:
        name, value = override if isinstance(override, tuple) else _parsed(override, kind)
        nested: Any = value
        for part in reversed(name.split(".")):
            nested = {part: nested}
        _merge(tree, nested)
    return tree


def _parsed(override: str, kind: type[ConfigSection] | None) -> tuple[str, Any]:
    """Name and value of ``name=value``."""
    name, found, text = override.partition("=")
    name = name.strip()
    if not found or not name:
        raise SettingsError(f"setting {shown(override)!r} is not of the form name=value")
    if name.count(".") >= _MOST_PARTS:
        raise SettingsError(f"unknown setting {shown(name)!r}: its name has too many parts")
    try:
        value = yaml_values(text)
    except ForeignTextError:
        value = text
    taken = () if kind is None else _texts_taken(kind, name)
    plain = text.strip()
    quoted = isinstance(value, str) and plain[:1] in ("'", '"')
    if str in taken and not quoted and not (value is None and NoneType in taken):
        value = plain
    return name, value


def _texts_taken(kind: type[ConfigSection], name: str) -> tuple[type, ...]:
    """str, and None where it may be left out, for a setting that is a text or a path."""
    part: type[ConfigSection] | None = kind
    *parents, leaf = name.split(".")
    for parent in parents:
        part = None if part is None else _part(part, parent)
    field = None if part is None else part.model_fields.get(leaf)
    if field is None:
        return ()
    several = get_origin(field.annotation) in (Union, UnionType)
    kinds = get_args(field.annotation) if several else (field.annotation,)
    if not {str, Path} & set(kinds) or not set(kinds) <= {str, Path, NoneType}:
        return ()
    return (str, NoneType) if NoneType in kinds else (str,)


def check_config(kind: type[ConfigT], values: Mapping[str, Any]) -> ConfigT:
    """``values`` as a configuration of class ``kind``, or a SettingsError of one line."""
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        raise SettingsError(_explain(kind, error)) from None
    # A number of thousands of digits, where a text is wanted, has no text.
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise SettingsError(f"a setting has an impossible value: {shown(str(error))}") from None


def _part(kind: type[BaseModel], name: str) -> type[ConfigSection] | None:
    """The class of a setting that is a part with settings of its own; None for any other."""
    field = kind.model_fields.get(name)
    annotation = field.annotation if field is not None else None
    if isinstance(annotation, type) and issubclass(annotation, ConfigSection):
        return annotation
    return None


def setting_names(kind: type[ConfigSection], prefix: str = "") -> list[str]:
    """Every dotted setting name below ``kind``, in order of declaration."""
    names: list[str] = []
    for name in kind.model_fields:
        part = _part(kind, name)
        names += setting_names(part, f"{prefix}{name}.") if part else [prefix + name]
    return names


def dotted_values(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """The values of nested names, by their dotted name."""
    values: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            values |= dotted_values(value, f"{prefix}{name}.")
        else:
            values[f"{prefix}{name}"] = value
    return values


def commented_yaml(config: ConfigSection, indent: str = "") -> str:
    """Every setting of ``config`` as YAML, commented out, below a line that says what it does.

    Taking the ``#`` off a setting's line makes it explicit; the file as it is changes nothing.
    """
    lines: list[str] = []
    for name, field in type(config).model_fields.items():
        value = getattr(config, name)
        about = field.description or (type(value).__doc__ or "").partition("\n")[0]
        if get_origin(field.annotation) is Literal:
            about += f" ({', '.join(map(str, get_args(field.annotation)))})"
        lines += [f"{indent}# {line}" for line in textwrap.wrap(about, 96 - len(indent))]
        if isinstance(value, ConfigSection):
            lines += [f"{indent}{name}:", commented_yaml(value, indent + "  ")]
        else:
            plain = config.model_dump(mode="json", include={name})[name]
            text = yaml.safe_dump(plain, default_flow_style=True, width=1000).split("\n")[0]
            lines.append(f"{indent}#{name}: {text}")
        if not indent:
            lines.append("")
    return "\n".join(lines)


def _read_yaml(file: Path) -> dict[str, Any]:
    refuse_pipe(file, SettingsError)
    try:
        tree = yaml_values(file_text(file, MOST_YAML))
    except FileNotFoundError:
        raise SettingsError(f"settings file {file} does not exist") from None
    except OSError as error:
        raise SettingsError(f"settings file {file} cannot be read: {error.strerror}") from None
    except ForeignTextError as error:
        raise SettingsError(f"settings file {file} is not valid YAML: {error}") from None
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise SettingsError(f"settings file {file} must hold 'name: value' lines")
    return tree


def _merge(tree: dict[str, Any], other: Mapping[str, Any]) -> None:
    for name, value in other.items():
        if isinstance(value, Mapping):
            below = tree.get(name)
            # A part that is missing or null is made; anything else is refused when checked.
            if not isinstance(below, dict):
                below = tree[name] = {}
            _merge(below, value)
        else:
            tree[name] = value


def _explain(kind: type[ConfigSection], error: ValidationError) -> str:
    first = error.errors()[0]
    name = _setting_name(kind, first["loc"])
    if first["type"] == "extra_forbidden":
        known = setting_names(kind)
        parts = dict.fromkeys(full.rpartition(".")[0] for full in known if "." in full)
        return f"unknown setting {shown(name)!r}" + nearest_name(name, [*known, *parts])
    reason = first["msg"].removeprefix("Value error, ")
    if first["type"] == "model_type":
        reason = "it is a part with settings of its own, as in " + name + ".NAME=VALUE"
    value = "" if isinstance(first["input"], Mapping) else f" = {_given(first['input'])}"
    return f"setting {name or kind.__name__}{value} is refused: {shown(reason, 300)}"


def _given(value: Any) -> str:
    return repr(shown(value)) if isinstance(value, str) else shown(value)


def _setting_name(kind: type[ConfigSection], location: tuple[int | str, ...]) -> str:
    """The dotted name, without what pydantic adds inside of a value (``size.int``)."""
    names: list[str] = []
    part: type[ConfigSection] | None = kind
    for step in location:
        if part is None:
            break
        names.append(str(step))
        part = _part(part, str(step))
    return ".".join(names)


def nearest_name(name: str, known: Sequence[str]) -> str:
    """``"; did you mean X?"`` for the known name most like ``name``, else the known names."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if not close:  # the part before the dot may be what is wrong, or be missing
        leaf = name.rsplit(".", 1)[-1]
        leaves = {full.rsplit(".", 1)[-1]: full for full in known}
        close = [leaves[near] for near in difflib.get_close_matches(leaf, leaves, n=1)]
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(known)}"


def first_difference(
    before: Mapping[str, Any], now: Mapping[str, Any]
) -> tuple[str, Any, Any] | None:
    """The first dotted name whose value differs, with both values; None when all agree."""
    old, new = dotted_values(before), dotted_values(now)
    for name in [*new, *old]:
        if old.get(name) != new.get(name):
            return name, old.get(name), new.get(name)
    return None
