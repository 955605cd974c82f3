"""Whether a run folder holds the run that is asked for, and how to go on as it began.

What somebody asks for must agree. What only the installation decides must not: an extra that was
added, a faster device, settings that a later version brought. The run goes on as it was made, as
far as that can be done, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from touchline.config import dotted_values
from touchline.errors import UsageError
from touchline.perception.number_reader import find_recogniser
from touchline.run.config import OBSERVE_SECTIONS, RunConfig
from touchline.run.facts import RunFacts, RunInputs

ANOTHER_FOLDER = "choose another folder, or replace it with touchline track --overwrite"

_ANEW = "another folder or touchline track --overwrite looks anew"
_OF_LATER = {
    "shirts": ("enabled", False, "the colours of shirts were looked at, which tell teams apart"),
    "numbers": ("read", "never", "shirt numbers were read"),
    "lines": ("every", 0.0, "lines of the pitch were looked for, which give metres"),
}
"""Sections that the first stores lack: a setting of each, its value that goes without, and what
they brought."""

_PROVIDER = "models.detector.provider"


def as_it_began(
    config: RunConfig, asked: Mapping[str, Any], before: RunInputs
) -> tuple[RunConfig, list[str]]:
    """The configuration without what the program could not do yet when the run began.

    asked: settings by nested names. before: the inputs of the run that is there. Also returns
    what the user should know.
    """
    warnings = []
    for section, (name, without, about) in _OF_LATER.items():
        if getattr(before, section) is None and f"{section}.{name}" not in dotted_values(asked):
            config = _with(config, section, name, without)
            warnings.append(f"this run was begun before {about}: it stays without; {_ANEW}")
    return config, warnings


def without_late_numbers(config: RunConfig, before: RunInputs) -> tuple[RunConfig, list[str]]:
    """The configuration such that numbers are not read where the run was begun without them.

    That only the installation has changed is no reason to call it another run.
    """
    wanted = config.numbers.read == "auto" and find_recogniser() is not None
    if not wanted or before.numbers is None or "numbers" in (before.models or {}):
        return config, []
    return _with(config, "numbers", "read", "never"), [
        "shirt numbers could not be read when this run began (the extra 'ocr' was not installed) "
        f"and can be now: it stays without them; {_ANEW}"
    ]


def refuse_another_run(
    folder: Path, earlier: RunFacts, now: RunFacts, asked: Mapping[str, Any]
) -> list[str]:
    """Raises UsageError where the run in ``folder`` is not the one asked for.

    earlier, now: facts of its observations, and of new ones: their ``inputs`` must agree, and
    ``models`` has names for those of them that are files. Returns what a person
    should know: settings that the program did not have when the run began are no difference.
    """
    before, inputs = earlier.inputs.as_json(), now.inputs.as_json()
    old, new, given = dotted_values(before), dotted_values(inputs), dotted_values(asked)
    lacking = [section for section in _OF_LATER if section not in before]
    old |= {f"{section}.{_OF_LATER[section][0]}": _OF_LATER[section][1] for section in lacking}
    later = []
    for name in [*new, *(name for name in old if name not in new)]:
        if (
            name == _PROVIDER
            or name.startswith("models.numbers.")
            or old.get(name) == new.get(name)
        ):
            continue
        a_setting = name.partition(".")[0] in OBSERVE_SECTIONS
        if not a_setting or name in given or (name in old and name in new):
            sides = [_told(name, values, facts) for values, facts in ((old, earlier), (new, now))]
            raise UsageError(
                f"{folder} holds another run ({name} was {sides[0]}, now {sides[1]}): "
                f"{ANOTHER_FOLDER}"
            )
        if name in new and name.partition(".")[0] not in lacking:
            later.append(name)
    if not later:
        return []
    names = ", ".join(later)
    return [f"this run was begun by an earlier version of touchline, without {names}; {_ANEW}"]


def _told(name: str, values: Mapping[str, Any], facts: RunFacts) -> str:
    """A value to show to people: a hash alone does not name a file."""
    value, kind = values.get(name), name.removeprefix("models.").partition(".")[0]
    if name.endswith(".sha256") and value is not None:
        file = getattr(getattr(facts.models, kind, None), "name", "a file")
        return f"{file} ({value[:8]})"
    return "none" if value is None else repr(value)


def changed_on_the_way(before: RunInputs, inputs: RunInputs, frames: int) -> list[str]:
    """What the user should know before a run goes on after ``frames`` frames."""
    old, new = before.models or {}, inputs.models or {}
    warnings = []
    numbers, now = old.get("numbers"), new.get("numbers")
    if numbers is not None and now is None:
        warnings.append(
            f"shirt numbers were read in the first {frames} frames and are not in the others: the "
            "extra 'ocr' is not installed any more (pip install 'touchline[ocr]')"
        )
    elif numbers != now:
        warnings.append(
            f"the shirt numbers of the first {frames} frames were read by another version of "
            f"rapidocr's network; {_ANEW}"
        )
    was, provider = (dotted_values(models).get("detector.provider") for models in (old, new))
    if was != provider:
        warnings.append(
            f"the detector looked at the first {frames} frames with {was} and at the others with "
            f"{provider}: the last digits of scores may differ; {_ANEW}"
        )
    return warnings


def kept(inputs: RunInputs, before: RunInputs) -> RunInputs:
    """``inputs`` to store for a continued run: what it lacked at its beginning, it lacks.

    Shirt numbers read by a network that is gone stay recorded as read by it.
    """
    models, old = inputs.models or {}, before.models or {}
    if "numbers" in old:
        models = {"numbers": old["numbers"], **models}
    return replace(
        inputs,
        models=models,
        shirts=None if before.shirts is None else inputs.shirts,
        numbers=None if before.numbers is None else inputs.numbers,
        lines=None if before.lines is None else inputs.lines,
    )


def _with(config: RunConfig, section: str, name: str, value: Any) -> RunConfig:
    part = getattr(config, section).model_copy(update={name: value})
    return config.model_copy(update={section: part})
