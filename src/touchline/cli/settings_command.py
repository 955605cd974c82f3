"""``settings``: every setting with its default, for each command that takes some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from touchline.errors import UsageError
from touchline.foreign_text import shown

if TYPE_CHECKING:
    from touchline.config import ConfigSection


class SettingTree(NamedTuple):
    """What --config and --set of some commands take. kind: the class; commands: by their words."""

    kind: type[ConfigSection]
    commands: tuple[str, ...]


_OF_A_RUN = (
    *("track", "observe", "link", "draw", "clip", "tune"),
    *("pitch show", "pitch evaluate", "batch"),
)


def register(app: typer.Typer) -> None:
    """Add this module's command to ``app``."""
    app.command()(settings)


def setting_trees() -> dict[str, SettingTree]:
    """Every tree of settings, by the name that ``touchline settings`` takes."""
    from touchline.gallery.config import GalleryConfig
    from touchline.perception.config import DetectorConfig
    from touchline.reid.prepare_config import PrepareConfig
    from touchline.run.config import RunConfig
    from touchline.simulation.config import SimulationConfig
    from touchline.training.detector.config import DetectorTrainConfig
    from touchline.training.reid.config import TrainConfig

    return {
        "run": SettingTree(RunConfig, _OF_A_RUN),
        "gallery": SettingTree(GalleryConfig, ("gallery add", "gallery match")),
        "simulate": SettingTree(SimulationConfig, ("simulate",)),
        "reid prepare": SettingTree(PrepareConfig, ("reid prepare",)),
        "reid train": SettingTree(TrainConfig, ("reid train",)),
        "detector train": SettingTree(DetectorTrainConfig, ("detector train",)),
        "detector evaluate": SettingTree(DetectorConfig, ("detector evaluate",)),
    }


def settings(
    name: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="Whose settings: run (the default, for track, observe, link, draw, tune and "
            "pitch), gallery, simulate, reid prepare, reid train, detector train or detector "
            "evaluate.",
        ),
    ] = None,
) -> None:
    """Print all settings of a command with their defaults, as a YAML file for --config.

    Uncomment a line to change its value.
    """
    from touchline.config import commented_yaml

    trees = setting_trees()
    wanted = " ".join(name or ["run"])
    named = trees | {command: tree for tree in trees.values() for command in tree.commands}
    if wanted not in named:
        raise UsageError(f"no settings are called {shown(wanted)!r}: there are {', '.join(trees)}")
    print(commented_yaml(named[wanted].kind()).rstrip())
