"""Map a network's class names to football roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from touchline.config import nearest_name
from touchline.errors import ModelError, SettingsError
from touchline.perception.coco import COCO_NAMES
from touchline.role_words import role_of
from touchline.types import PEOPLE, ROLES

_NAMES_IN_A_MESSAGE = 12


def choose_classes(
    names: Mapping[int, str], setting: Sequence[str] | Mapping[str, str] | None = None
) -> dict[int, str]:
    """Class number to role, for the classes to keep.

    names: the model's classes by number. setting: None keeps every class that tells its role,
    a list keeps the roles it names, a mapping of class names or numbers to roles is taken as is.

    Raises SettingsError for a role or class that there is not, naming the nearest, and
    ModelError where the model's names tell no people and nothing was set.
    """
    if isinstance(setting, Mapping):
        return {_class_number(key, names): _role(text) for key, text in setting.items()}
    found = {number: role for number, name in names.items() if (role := role_of(name))}
    if setting is None:
        if not set(found.values()) & set(PEOPLE):
            raise ModelError(
                f"no class of the model stands for people: {_listed(names)}; say which are, as -s "
                f"'detector.classes={{{next(iter(names), 0)}: player}}', or name them in the file "
                "under touchline.names (docs/detectors.md); -s detector.classes=ball looks for "
                "the ball alone"
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


def warn_of_dropped(
    names: Mapping[int, str], setting: Sequence[str] | Mapping[str, str] | None = None
) -> list[str]:
    """Warn in one line of classes that map to no role and are dropped, if any.

    What COCO has besides people and balls is dropped without a word, and so is what a mapping
    leaves out: both are meant.
    """
    if isinstance(setting, Mapping):
        return []
    known = {name.casefold() for name in COCO_NAMES}
    dropped = {
        number: name
        for number, name in names.items()
        if role_of(name) is None and name.casefold() not in known
    }
    if not dropped:
        return []
    return [
        f"classes of the detector that tell no role are dropped: {_listed(dropped)}; if they are "
        f"people, map all classes, as -s 'detector.classes={_mapping(names)}'"
    ]


def _mapping(names: Mapping[int, str]) -> str:
    """A suggestion for ``detector.classes``: unknown classes as players."""
    pairs = [f"{number}: {role_of(name) or 'player'}" for number, name in list(names.items())[:4]]
    return "{" + ", ".join(pairs) + (", ...}" if len(names) > len(pairs) else "}")


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
    shown = [f"{number} {name}" for number, name in list(names.items())[:_NAMES_IN_A_MESSAGE]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
