"""Which settings are searched, and between which values."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import log
from pathlib import Path
from typing import Any

from touchline.config import (
    check_config,
    dotted_values,
    nearest_name,
    setting_names,
    settings_tree,
)
from touchline.errors import SettingsError
from touchline.run.config import RunConfig

Value = float | int | bool | str

SEARCHED_PARTS = ("tracker.", "link.")
"""Groups of settings that act on stored observations."""


@dataclass(frozen=True)
class Range:
    """Every number from ``low`` to ``high``; ``log``: the ratio counts, not the difference."""

    low: float
    high: float
    log: bool = False

    def distance(self, a: Value, b: Value) -> float:
        """Distance of two values, as a share of the range."""
        x, y, low, high = float(a), float(b), self.low, self.high
        if self.log:
            x, y, low, high = log(x), log(y), log(low), log(high)
        return abs(x - y) / (high - low)

    def including(self, value: Value) -> Range:
        """The same range, widened to hold ``value``."""
        number = float(value)
        low, high = min(self.low, number), max(self.high, number)
        return Range(low, high, self.log and low > 0)


@dataclass(frozen=True)
class OneOf:
    """One of these values."""

    values: tuple[Value, ...]

    def distance(self, a: Value, b: Value) -> float:
        """0 for the same value, else 1."""
        return float(a != b)

    def including(self, value: Value) -> OneOf:
        """The same choices with ``value`` among them."""
        return self if value in self.values else OneOf((*self.values, value))


SearchSpace = dict[str, Range | OneOf]

_ALWAYS: SearchSpace = {
    "tracker.min_score": Range(0.05, 0.4),
    "tracker.min_high_score": Range(0.25, 0.75),
    "tracker.min_new_score": Range(0.3, 0.9),
    "tracker.confirm_seconds": Range(0.01, 0.5, log=True),
    "tracker.expansion": Range(0.0, 1.0),
    "tracker.coast_seconds": Range(0.1, 5.0, log=True),
    "tracker.max_distance": Range(0.6, 0.98),
    "tracker.max_second_distance": Range(0.3, 0.9),
    "tracker.max_tentative_distance": Range(0.4, 0.95),
    "tracker.max_duplicate_distance": Range(0.02, 0.4),
    "tracker.max_shared_seconds": Range(0.0, 1.0),
    "tracker.max_lost_seconds": Range(0.5, 10.0, log=True),
    "tracker.appearance_weight": Range(0.0, 0.8),
    "tracker.max_appearance_distance": Range(0.2, 1.0),
    "tracker.appearance_memory_seconds": Range(0.5, 60.0, log=True),
    "link.interpolation.max_gap_seconds": Range(0.2, 3.0, log=True),
    "link.interpolation.border_fraction": Range(0.0, 0.05),
}

_ONLINE: SearchSpace = {
    "tracker.reentry.max_absent_seconds": Range(5.0, 120.0, log=True),
    "tracker.reentry.min_seconds": Range(0.1, 1.0),
    "tracker.reentry.max_seconds": Range(0.4, 4.0, log=True),
    "tracker.reentry.prior_log_odds": Range(-4.0, 1.0),
    "tracker.reentry.unseen_penalty": Range(0.0, 4.0),
    "tracker.reentry.min_margin": Range(0.0, 4.0),
    "tracker.reentry.border_widths": Range(0.2, 3.0, log=True),
}

_WHOLE: SearchSpace = {
    "link.whole.prior_log_odds": Range(-2.0, 3.0),
    "link.whole.min_margin": Range(0.0, 3.0),
    "link.whole.unseen_penalty": Range(0.0, 4.0),
    "link.whole.max_motion_seconds": Range(5.0, 120.0, log=True),
    "link.whole.max_gap_seconds": Range(0.1, 2.0, log=True),
    "link.whole.max_change_llr": Range(-4.0, 1.0),
    "link.whole.border_widths": Range(0.2, 3.0, log=True),
}

DEFAULT_RANGES: SearchSpace = _ALWAYS | _ONLINE | _WHOLE
"""The range of each setting that is searched where it acts."""


def default_space(base: RunConfig) -> SearchSpace:
    """The default search space: the settings that act with the ``link.method`` of ``base``."""
    acting = _ALWAYS | (_WHOLE if base.link.method == "global" else _ONLINE)
    return {
        name: choice for name, choice in acting.items() if why_inert(name, base, acting) is None
    }


_SWITCHES = (
    ("tracker.reentry.", "link.method", "online"),
    ("link.whole.", "link.method", "global"),
    ("tracker.reentry.", "tracker.reentry.enabled", True),
    ("link.whole.max_motion_seconds", "link.whole.motion", True),
    ("link.whole.border_widths", "link.whole.motion", True),
    ("link.whole.max_change_llr", "link.whole.split", True),
)
"""A setting whose name begins with the first acts only where the second has the third value."""


def why_inert(name: str, base: RunConfig, space: Collection[str]) -> str | None:
    """The setting, as ``name=value``, because of which ``name`` acts on nothing; None if it acts.

    A setting that is itself searched (in ``space``) may take the value that is needed.
    """
    for prefix, switch, needed in _SWITCHES:
        if name.startswith(prefix) and name != switch and switch not in space:
            value = value_of(base, switch)
            if value != needed:
                return f"{switch}={str(value).lower() if isinstance(value, bool) else value}"
    return None


_RISING = (
    ("tracker.min_score", "tracker.min_high_score", "tracker.min_new_score"),
    ("tracker.reentry.min_seconds", "tracker.reentry.max_seconds"),
)
"""Settings that must not fall in this order; a later one is raised to the one before."""


def read_space(file: Path | None, base: RunConfig) -> SearchSpace:
    """The search space of ``file``, or the default one; widened to hold the values of ``base``.

    The file is YAML with a line for each setting that is searched, all others stay as they are:
    ``name: [low, high]`` (two numbers), ``name: [a, b, c]`` (choices: words, true/false, or more
    or fewer than two numbers), ``name: default`` (the default range). Dotted or nested names.

    Raises SettingsError for an unknown setting, one that does not act on stored observations or
    acts on nothing with the other settings as they are, and values that the setting refuses.
    """
    space = default_space(base)
    if file is not None:
        asked = dotted_values(settings_tree(file))
        if not asked:
            raise SettingsError(f"{file} names no setting to search")
        space = {name: _choice(file, name, value) for name, value in asked.items()}
        for name, choice in space.items():
            if isinstance(choice, Range) and isinstance(value_of(base, name), bool | str):
                raise SettingsError(f"{file}: {name} is not a number: give true, false or words")
        for name in space:
            why = why_inert(name, base, space)
            if why is not None:
                raise SettingsError(
                    f"{file}: {name} acts on nothing with {why}: leave it out, or change that"
                )
    space = {name: choice.including(value_of(base, name)) for name, choice in space.items()}
    for name, choice in space.items():
        ends = (choice.low, choice.high) if isinstance(choice, Range) else choice.values
        for value in ends:
            configured(base.model_dump(), {name: value})
    return space


def base_values(space: SearchSpace, base: RunConfig) -> dict[str, Value]:
    """The value of each searched setting in ``base``."""
    return {name: value_of(base, name) for name in space}


def value_of(config: RunConfig, name: str) -> Value:
    """The value of one setting, by its dotted name."""
    value: Any = config
    for part in name.split("."):
        value = getattr(value, part)
    if not isinstance(value, Value):
        raise SettingsError(f"setting {name} is {value!r}: only numbers and words are searched")
    return value


def configured(tree: Mapping[str, Any], values: Mapping[str, Value]) -> RunConfig:
    """The configuration of ``tree`` (nested names) with these searched values.

    Valid by construction: of settings that must rise, each is raised to the one before.
    """
    return check_config(RunConfig, with_settings(tree, rising(tree, values)))


def rising(tree: Mapping[str, Any], values: Mapping[str, Value]) -> dict[str, Value]:
    """``values``, and what else must change for them to be in order."""
    result = dict(values)
    base: RunConfig | None = None
    for names in _RISING:
        if not any(name in values for name in names):
            continue
        base = base or check_config(RunConfig, tree)
        for lower, higher in pairwise(names):
            least, value = (result.get(name, value_of(base, name)) for name in (lower, higher))
            # A word in place of a number is refused when the whole is validated.
            if not isinstance(least, str) and not isinstance(value, str) and value < least:
                result[higher] = least
    return result


def with_settings(tree: Mapping[str, Any], values: Mapping[str, Value]) -> dict[str, Any]:
    """A copy of the nested ``tree`` with the dotted ``values`` put in."""
    result = copy.deepcopy(dict(tree))
    for name, value in values.items():
        *parts, leaf = name.split(".")
        branch = result
        for part in parts:
            if not isinstance(branch.get(part), dict):
                branch[part] = {}
            branch = branch[part]
        branch[leaf] = value
    return result


def rounded(choice: Range | OneOf, value: Value, base: Value) -> Value:
    """``value`` with three digits, which is as fine as settings matter; ``base`` stays exact."""
    if isinstance(choice, OneOf) or value == base:
        return value
    return min(max(float(f"{value:.3g}"), choice.low), choice.high)


def _choice(file: Path, name: str, value: Any) -> Range | OneOf:
    known = [each for each in setting_names(RunConfig) if each.startswith(SEARCHED_PARTS)]
    if name not in known:
        if name in setting_names(RunConfig):
            raise SettingsError(
                f"{file}: {name} does not act on stored observations, only tracker.* and link.* do"
            )
        raise SettingsError(f"{file}: unknown setting {name!r}" + nearest_name(name, known))
    if value == "default":
        if name not in DEFAULT_RANGES:
            raise SettingsError(f"{file}: {name} has no default range: give [low, high]")
        return DEFAULT_RANGES[name]
    if not isinstance(value, list) or not value or not all(isinstance(v, Value) for v in value):
        raise SettingsError(f"{file}: {name}: give [low, high], a list of choices, or default")
    numbers = [each for each in value if isinstance(each, int | float) and each is not True]
    numbers = [each for each in numbers if each is not False]
    if len(value) != 2 or len(numbers) != 2:
        return OneOf(tuple(value))
    low, high = map(float, numbers)
    if not low < high:
        raise SettingsError(f"{file}: {name}: [{low:g}, {high:g}] is empty; the lower comes first")
    default = DEFAULT_RANGES.get(name)
    return Range(low, high, isinstance(default, Range) and default.log and low > 0)
