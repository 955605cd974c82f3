"""From a network's class names to the roles of football."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from touchline.config import nearest_name
from touchline.errors import ModelError, SettingsError
from touchline.types import ROLES

_SYNONYMS = {
    "player": "player, footballer, outfielder, fieldplayer, soccerplayer, footballplayer",
    "goalkeeper": "goalkeeper, goalie, keeper, goaltender, gk",
    "referee": "referee, ref, official, umpire, linesman, linesmen, linesperson, arbiter",
    "ball": "ball, football, soccerball, sportsball",
    "person": "person, people, pedestrian, human",
}
_ROLE_OF = {word: role for role, words in _SYNONYMS.items() for word in words.split(", ")}


def role_of(name: str) -> str | None:
    """The role a class name tells, in any case, number and spelling; None if it tells none.

    The last word counts where the whole is unknown: ``Team-A players`` and
    ``football player`` are players, ``assistant_referee`` is a referee.
    """
    words = re.findall(r"[a-z]+", name.casefold())
    if not words:
        return None
    for candidate in ("".join(words), "".join(words[-2:]), words[-1]):
        for form in (candidate, candidate.removesuffix("s")):
            if form in _ROLE_OF:
                return _ROLE_OF[form]
    return None


def choose_classes(
    names: Mapping[int, str], setting: Sequence[str] | Mapping[str, str] | None = None
) -> dict[int, str]:
    """Class number to role, for the classes that are to be kept.

    names: the model's classes by number. setting: None keeps every class that tells its role,
    a list keeps the roles it names, a mapping of class names or numbers to roles is taken as is.

    Raises SettingsError for a role or class that there is not, naming the nearest, and
    ModelError where the model's names tell no role at all.
    """
    if isinstance(setting, Mapping):
        return {_class_number(key, names): _role(text) for key, text in setting.items()}
    found = {number: role for number, name in names.items() if (role := role_of(name))}
    if setting is None:
        if not found:
            raise ModelError(
                f"no class of the model tells a role: {_listed(names)}; map them with "
                "detector.classes, as {0: player, 1: ball}"
            )
        return found
    wanted = [_role(text) for text in setting]
    for role in wanted:
        if role not in found.values():
            raise SettingsError(
                f"detector.classes asks for {role!r}, which none of the model's classes is: "
                f"{_listed(names)}; map one with detector.classes, as {{0: {role}}}"
            )
    return {number: role for number, role in found.items() if role in wanted}


def _role(text: str) -> str:
    role = role_of(text)
    if role is None:
        raise SettingsError(
            f"unknown role {text!r} in detector.classes{nearest_name(text.lower(), ROLES)}"
        )
    return role


def _class_number(key: str, names: Mapping[int, str]) -> int:
    by_name = {name.casefold(): number for number, name in names.items()}
    if key.casefold() in by_name:
        return by_name[key.casefold()]
    if key.isdecimal() and int(key) in names:
        return int(key)
    raise SettingsError(
        f"the model has no class {key!r} (detector.classes){nearest_name(key, list(by_name))}"
    )


def _listed(names: Mapping[int, str]) -> str:
    shown = [f"{number} {name}" for number, name in list(names.items())[:12]]
    return ", ".join(shown) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
