"""The run folder of a clip: which file is where, and the report ``run.json``."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from touchline.config import check_config, first_difference
from touchline.disk_files import refuse_pipe
from touchline.errors import SettingsError, StoreError, UsageError
from touchline.foreign_text import ForeignTextError, file_text, json_values
from touchline.formats.atomic_text import atomic_text
from touchline.observations import ObservationStore
from touchline.run.config import RunConfig
from touchline.run.facts import RunFacts, RunReport
from touchline.run.request import AskedSettings
from touchline.store_file import is_being_written
from touchline.stored_facts import JsonObject

logger = logging.getLogger(__name__)

RUN_FILES = (
    "observations.sqlite",
    "observations.sqlite-journal",
    "tracks.txt",
    "tracks.csv",
    "links.json",
    "players.csv",
    "ball.csv",
    "cameras.csv",
    "positions.csv",
    "movement.csv",
    "outside.csv",
    "annotated.mp4",
    "annotated.next.mp4",
    "review.mp4",
    "review.next.mp4",
    "people.html",
    "doubts.html",
    "report.html",
    "run.json",
)
"""Every file a run writes; ``--overwrite`` removes these and nothing else, so no ``edits.json``."""


class RunFolder:
    """Paths of one run. Making one does not touch the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.observations = path / "observations.sqlite"
        self.tracks_txt = path / "tracks.txt"
        self.tracks_csv = path / "tracks.csv"
        self.links = path / "links.json"
        self.players = path / "players.csv"
        self.ball = path / "ball.csv"
        self.cameras = path / "cameras.csv"
        self.positions = path / "positions.csv"
        self.movement = path / "movement.csv"
        self.outside = path / "outside.csv"
        self.annotated = path / "annotated.mp4"
        self.next_annotated = path / "annotated.next.mp4"
        self.playable = path / "review.mp4"
        self.people = path / "people.html"
        self.doubts = path / "doubts.html"
        self.report_page = path / "report.html"
        self.report = path / "run.json"
        self.edits = path / "edits.json"

    @classmethod
    def existing(cls, path: Path) -> RunFolder:
        """The run in ``path``, which must hold observations; UsageError otherwise."""
        folder = cls(path)
        if not os.path.isfile(folder.observations):
            raise UsageError(
                f"{path} is not a run folder (it has no observations.sqlite): "
                "give the folder that touchline track or observe wrote"
            )
        return folder

    def prepare(self, *, overwrite: bool = False) -> None:
        """Make the folder, see that it can be written, and with ``overwrite`` empty it.

        Raises StoreError where it cannot be written, or where another process writes a run there.
        """
        if overwrite and is_being_written(self.observations):
            raise StoreError(f"another touchline is working on {self.path}: stop it first")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            probe = self.path / ".writable.part"
            probe.write_bytes(b"")
            probe.unlink()
            for name in RUN_FILES if overwrite else ():
                (self.path / name).unlink(missing_ok=True)
                (self.path / f".{name}.part").unlink(missing_ok=True)
        except FileExistsError:
            raise StoreError(
                f"cannot write to {self.path}: it is a file; choose another folder"
            ) from None
        except OSError as error:
            raise StoreError(
                f"cannot write to {self.path}: {error.strerror}; choose another folder"
            ) from None

    def write_report(self, report: RunReport) -> None:
        """Write run.json in one step."""
        with atomic_text(self.report) as text:
            text.write(json.dumps(report.as_json(), indent=2) + "\n")

    def written(self, *, linked: bool, drawn: bool) -> dict[str, str]:
        """Names of the files by what they hold: tracks of all frames, a video that shows them."""
        files = {"video": self.annotated} if drawn else {}
        if linked:
            files |= {"tracks": self.tracks_txt, "table": self.tracks_csv, "links": self.links}
            files |= {"players": self.players, "ball": self.ball}
            files |= {"cameras": self.cameras, "positions": self.positions}
            files |= {"movement": self.movement, "outside": self.outside}
            files |= {"people": self.people}
        files |= {"observations": self.observations}
        there = {name: file.name for name, file in files.items() if file.exists()}
        return {**there, "report": self.report.name}

    def read_report(self) -> RunReport | None:
        """What run.json says; None where there is none, or none that can be read."""
        refuse_pipe(self.report)
        try:
            report: Any = json_values(file_text(self.report))
            if not isinstance(report, dict):
                raise ForeignTextError("it holds no report")
            return RunReport.from_json(report, str(self.report))
        except FileNotFoundError:
            return None
        except (OSError, ForeignTextError, StoreError) as error:
            logger.warning("%s cannot be read (%s); it is made again", self.report, error)
            return None


def stored_settings(run: Path) -> JsonObject:
    """The settings a run was asked for, as nested names."""
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations)) as store:
        return RunFacts.of(store).settings


def adopt_settings(
    facts: RunFacts, asked: AskedSettings, parts: Sequence[str], command: str
) -> None:
    """See that a later step of a run can act on what is asked.

    Raises SettingsError where ``asked`` differs from what the run was made with in a part that
    this step cannot act on; no ``parts`` means that it is one step of a whole new run. parts:
    sections, or single settings with a dot.
    """
    if not parts or facts.settings == asked.given:
        return
    others = set(RunConfig.model_fields) - set(parts)
    single = {part: {name} for part, _, name in (one.partition(".") for one in parts) if name}
    changed = first_difference(
        *(
            config.model_dump(mode="json", include=others, exclude=single)
            for config in (check_config(RunConfig, facts.settings), asked.config)
        )
    )
    if changed is not None:
        taken = " and ".join(one if "." in one else f"{one}.*" for one in parts)
        raise SettingsError(
            f"setting {changed[0]} does not act on touchline {command}, which takes {taken}; "
            "touchline track --overwrite takes all"
        )
