"""Typed, frozen settings from YAML and ``name=value``; unknown names are refused."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from touchline.disk_files import refuse_pipe
from touchline.errors import SettingsError


class ConfigSection(BaseModel):
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


def load_config(
    kind: type[ConfigT],
    file: Path | None = None,
    overrides: Sequence[str] = (),
    values: Mapping[str, Any] | None = None,
) -> ConfigT:
    """``settings_tree`` of the other arguments as a checked configuration of class ``kind``."""
    return check_config(kind, settings_tree(file, overrides, values))


def settings_tree(
    file: Path | None = None,
    overrides: Sequence[str] = (),
    values: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What a user asked for, as nested names: ``values``, then ``file``, then ``overrides``.

    ``file`` is YAML; ``overrides`` are ``dotted.name=value`` with a YAML value, as in
    ``tracker.max_lost_seconds=8``. Raises SettingsError for what cannot be read; names and
    values are checked by ``check_config``.
    """
    tree: dict[str, Any] = {}
    _merge(tree, values or {})
    if file is not None:
        _merge(tree, _read_yaml(file))
    for text in overrides:
        name, found, value = text.partition("=")
        if not found or not name.strip():
            raise SettingsError(f"setting {text!r} is not of the form name=value")
        try:
            parsed = yaml.safe_load(value)
        except yaml.YAMLError:
            parsed = value
        nested: Any = parsed
        for part in reversed(name.strip().split(".")):
            nested = {part: nested}
        _merge(tree, nested)
    return tree


def check_config(kind: type[ConfigT], values: Mapping[str, Any]) -> ConfigT:
    """``values`` as a configuration of class ``kind``, or a SettingsError of one line."""
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        raise SettingsError(_explain(kind, error)) from None


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
            values[prefix + name] = value
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
        tree = yaml.load(file.read_text(encoding="utf-8"), _UniqueNames)
    except FileNotFoundError:
        raise SettingsError(f"settings file {file} does not exist") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {file} cannot be read: {error}") from None
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise SettingsError(f"settings file {file} is not valid YAML: {problem}") from None
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise SettingsError(f"settings file {file} must hold 'name: value' lines")
    return tree


class _UniqueNames(yaml.SafeLoader):
    """YAML in which a name given twice is an error, not a silent loss of the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        names = [self.construct_object(key, deep=True) for key in keys]
        for place, name in enumerate(names):
            if name in names[:place]:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{name!r} is given twice", keys[place].start_mark
                )
        return super().construct_mapping(node, deep=deep)


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
        return f"unknown setting {name!r}" + nearest_name(name, [*known, *parts])
    reason = first["msg"].removeprefix("Value error, ")
    if first["type"] == "model_type":
        reason = "it is a part with settings of its own, as in " + name + ".NAME=VALUE"
    value = "" if isinstance(first["input"], Mapping) else f" = {first['input']!r}"
    return f"setting {name or kind.__name__}{value} is refused: {reason}"


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
