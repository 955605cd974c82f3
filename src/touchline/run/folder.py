"""The run folder of a clip: which file is where, and the report ``run.json``."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from touchline.errors import StoreError, UsageError
from touchline.observations import ObservationStore

RUN_FILES = (
    "observations.sqlite",
    "observations.sqlite-journal",
    "tracks.txt",
    "tracks.csv",
    "annotated.mp4",
    "run.json",
)
"""Every file a run writes; ``--overwrite`` removes these and nothing else."""


class RunFolder:
    """Paths of one run. Making one does not touch the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.observations = path / "observations.sqlite"
        self.tracks_txt = path / "tracks.txt"
        self.tracks_csv = path / "tracks.csv"
        self.annotated = path / "annotated.mp4"
        self.report = path / "run.json"

    @classmethod
    def existing(cls, path: Path) -> RunFolder:
        """The run in ``path``, which must hold observations; UsageError otherwise."""
        folder = cls(path)
        if not folder.observations.is_file():
            raise UsageError(
                f"{path} is no run folder (it has no observations.sqlite): "
                "give the folder that touchline track or observe wrote"
            )
        return folder

    def prepare(self, *, overwrite: bool = False) -> None:
        """Make the folder, see that it can be written, and with ``overwrite`` empty it."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            probe = self.path / ".touchline-writable"
            probe.write_bytes(b"")
            probe.unlink()
            if overwrite:
                for name in RUN_FILES:
                    (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot write to {self.path}: {error.strerror}; choose another folder with --out"
            ) from None

    def write_report(self, report: Mapping[str, Any]) -> None:
        """Write run.json in one step."""
        text = json.dumps(report, indent=2) + "\n"
        temporary = self.report.with_name("run.json.part")
        try:
            temporary.write_text(text, encoding="utf-8")
            os.replace(temporary, self.report)
        except OSError as error:
            raise StoreError(f"cannot write {self.report}: {error.strerror}") from None

    def written(self) -> dict[str, str]:
        """The files that are there, by what they hold."""
        files = {
            "tracks": self.tracks_txt,
            "table": self.tracks_csv,
            "video": self.annotated,
            "observations": self.observations,
            "report": self.report,
        }
        return {
            name: str(file) for name, file in files.items() if file.exists() or name == "report"
        }

    def read_report(self) -> dict[str, Any]:
        """What run.json says; empty where there is none yet."""
        try:
            report: dict[str, Any] = json.loads(self.report.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise StoreError(f"{self.report} cannot be read: {error}") from None
        return report


def stored_settings(run: Path) -> dict[str, Any]:
    """The settings a run was asked for, as nested names."""
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations)) as store:
        settings: dict[str, Any] = store.facts()["settings"]
        return settings


def first_difference(
    before: Mapping[str, Any], now: Mapping[str, Any]
) -> tuple[str, Any, Any] | None:
    """The first dotted name whose value differs, with both values; None when all agree."""
    old, new = _flat(before), _flat(now)
    for name in [*new, *old]:
        if old.get(name) != new.get(name):
            return name, old.get(name), new.get(name)
    return None


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat
