"""Which networks ship with the program, where they lie, and whether they are whole."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from touchline.disk_files import file_sha256
from touchline.errors import ModelError

FOLDER = Path(__file__).parent
INDEX = "index.toml"

DETECTOR = "football-detector"
EMBEDDER = "football-reid"


@dataclass(frozen=True, slots=True)
class ShippedModel:
    """One network of the package.

    name: what options and settings call it. role: "detector" or "embedder". file: the ONNX file.
    card: Markdown with data, recipe, scores, speed, known failures. sha256: of the file, hex.
    licence: of the weights. data: what it was trained on, with attribution. summary: one line.
    tracker: of a detector, the tracker's limits of scores that suit it, by their settings' names.
    """

    name: str
    role: str
    file: Path
    card: Path
    sha256: str
    licence: str
    data: str
    summary: str
    tracker: Mapping[str, float] = field(default_factory=dict, hash=False)


def shipped_models(folder: Path = FOLDER) -> tuple[ShippedModel, ...]:
    """Every network that ``folder`` lists in its index.toml, in its order."""
    listed = tomllib.loads((folder / INDEX).read_text(encoding="utf-8"))
    return tuple(
        ShippedModel(name, file=folder / f"{name}.onnx", card=folder / f"{name}.md", **listed[name])
        for name in listed
    )


def model_file(name_or_file: str | Path) -> Path:
    """The file that a shipped name stands for, checked; any other path as it is.

    A file in the working folder with such a name goes first: what lies there was put there.
    Raises ModelError where the shipped file is missing or is not the one that was released.
    """
    given = Path(name_or_file)
    if os.path.isfile(given):
        return given
    for model in shipped_models():
        if model.name == str(name_or_file):
            return checked_file(model)
    return given


@cache
def checked_file(model: ShippedModel) -> Path:
    """The network's file; ModelError where it is missing or its hash is not the released one."""
    if not model.file.is_file():
        raise ModelError(f"{model.file} is missing: install touchline again")
    found = file_sha256(model.file)
    if found != model.sha256:
        raise ModelError(
            f"{model.file} is not the released {model.name} (sha256 {found[:12]}..., released "
            f"{model.sha256[:12]}...): install touchline again, or give the file by its path"
        )
    return model.file
