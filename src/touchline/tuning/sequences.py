"""Reads the file of train and validation sequences of a search."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from touchline.config import ConfigSection, check_config, settings_tree
from touchline.errors import SettingsError, UsageError

PARTS = ("train", "validation")


class SequenceEntry(ConfigSection):
    """One sequence: its truth and its observations."""

    truth: Path = Field(description="sequence folder or MOTChallenge file with the true boxes")
    run: Path | None = Field(default=None, description="run folder with observations.sqlite")
    detections: Path | None = Field(
        default=None,
        description="MOTChallenge boxes instead of a run: no images, so no appearance and no "
        "camera motion",
    )
    scale: float | None = Field(
        default=None,
        gt=0,
        description="what the boxes of the run or the detections are multiplied by to lie on the "
        "truth; by default from the image sizes of both, where they are known, else 1",
    )
    name: str = Field(default="", description="default: the name of the run, else of the truth")
    match: str = Field(default="", description="football match it is from; default: its name")
    frame_rate: float | None = Field(
        default=None, gt=0, description="frames a second, where neither run nor truth say it"
    )
    image_size: tuple[int, int] | None = Field(
        default=None, description="width, height of the image, where nothing else says it"
    )
    weight: float = Field(default=1.0, gt=0, description="weight beside the other sequences")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.run is None) == (self.detections is None):
            raise ValueError("give either run: (a run folder) or detections: (a MOT file)")
        return self


@dataclass(frozen=True)
class SequenceList:
    """The sequences of a search; paths are absolute, names are set and unique."""

    train: tuple[SequenceEntry, ...]
    validation: tuple[SequenceEntry, ...]


def read_sequences(file: Path) -> SequenceList:
    """The sequences that ``file`` (YAML) lists under ``train`` and ``validation``.

    Paths are relative to the file. Raises SettingsError for what cannot be read, an unknown
    name, a sequence without truth, and two sequences of one name; UsageError where a sequence, a
    file or a football match is in both lists, since settings would be judged on what they were
    fitted to.
    """
    tree = settings_tree(file)
    for name in tree:
        if name not in PARTS:
            raise SettingsError(f"{file}: unknown list {name!r}; known: {', '.join(PARTS)}")
    train, validation = (_entries(file, part, tree.get(part)) for part in PARTS)
    names = [entry.name for entry in train + validation]
    shared = {entry.name for entry in train} & {entry.name for entry in validation}
    for name in names:
        if names.count(name) > 1 and name not in shared:
            raise SettingsError(f"{file}: two sequences are called {name!r}: give them a name:")
    _refuse_leaks(file, train, validation)
    return SequenceList(train, validation)


def _entries(file: Path, part: str, values: Any) -> tuple[SequenceEntry, ...]:
    if not isinstance(values, Sequence) or isinstance(values, str) or not values:
        raise SettingsError(f"{file}: {part}: must list at least one sequence")
    return tuple(
        _entry(file, f"{part} sequence {number}", value) for number, value in enumerate(values, 1)
    )


def _entry(file: Path, place: str, value: Any) -> SequenceEntry:
    if not isinstance(value, Mapping):
        raise SettingsError(f"{file}: {place} must be 'truth: ...' with 'run:' or 'detections:'")
    try:
        entry = check_config(SequenceEntry, value)
    except SettingsError as error:
        raise SettingsError(f"{file}: {place}: {error}") from None
    changes: dict[str, Any] = {}
    for field in ("truth", "run", "detections"):
        path: Path | None = getattr(entry, field)
        if path is not None:
            changes[field] = (file.parent / os.path.expanduser(path)).resolve()
            if not os.path.exists(changes[field]):
                raise SettingsError(f"{file}: {place}: {field}: {path} does not exist")
    changes["name"] = entry.name or _default_name(changes)
    changes["match"] = entry.match or changes["name"]
    return entry.model_copy(update=changes)


def _default_name(paths: Mapping[str, Path]) -> str:
    """The run's name; else the sequence's, which gt/gt.txt lies two folders below."""
    if "run" in paths:
        return paths["run"].name
    truth = paths["truth"]
    if truth.is_file() and truth.parent.name == "gt":
        return truth.parent.parent.name
    return truth.name if truth.is_dir() else truth.stem


def _refuse_leaks(
    file: Path, train: Sequence[SequenceEntry], validation: Sequence[SequenceEntry]
) -> None:
    """Refuse validation data that settings are fitted to."""
    for kind in ("name", "match", "truth", "run", "detections"):
        learned = {getattr(entry, kind) for entry in train}
        for entry in validation:
            value = getattr(entry, kind)
            if value is not None and value in learned:
                what = {"name": "sequence"}.get(kind, kind)
                raise UsageError(
                    f"{file}: {what} {value} is in train and in validation: settings must be "
                    "judged on football they were not fitted to; take it out of one"
                )
