"""A finished run as tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from touchline.ball_track import BallTrack
from touchline.edits import EditKind
from touchline.identities import Identities
from touchline.person_choice import PersonChoice
from touchline.run.facts import RunReport
from touchline.run.folder import RunFolder
from touchline.run.people import Value, state, undo
from touchline.run.report import current_report
from touchline.run.tables import ball_of, identities_of, tracks_of
from touchline.types import TrackTable


@dataclass(frozen=True, slots=True)
class Run:
    """What ``touchline track`` found in a clip, read back.

    Args:
        folder: where its files are.
        tracks: every box with its identity, as in ``tracks.csv``.
        identities: one row for each identity, as in ``players.csv``, with when they were seen.
        ball: where the ball is, as in ``ball.csv``.
        report: what was done, with what, and what was warned of, as in ``run.json``.
    """

    folder: Path
    tracks: TrackTable
    identities: Identities
    ball: BallTrack
    report: RunReport

    def people(
        self,
        player: int | None = None,
        *,
        number: int | None = None,
        team: str | None = None,
        name: str | None = None,
    ) -> Identities:
        """The identities that all of what is given fits, as the options of the command do.

        Args:
            player: an identity.
            number: of the shirt.
            team: ``A``, ``B`` or ``officials``.
            name: whole, in any case.

        Raises:
            UsageError: nobody fits.
        """
        players = () if player is None else (player,)
        return PersonChoice(players, number, team, name).people(self.identities)

    @property
    def edit(self) -> RunEdits:
        """Says who people are, in the files of the run."""
        return RunEdits(self.folder)


@dataclass(frozen=True, slots=True)
class RunEdits:
    """Says who the people of a run are: kept in its ``edits.json``, and put into its tables.

    Each call gives the run as it is then; ``None`` says that it is not known. A fact is about the
    person in a box of a frame, so it holds when the run is linked with other settings.

    Args:
        folder: of the run.
    """

    folder: Path

    def name(self, player: int, name: str | None) -> Run:
        """Name an identity. UsageError if somebody with them in the image has that name.

        Args:
            player: an identity.
            name: any text.
        """
        return self._state("name", player, name)

    def team(self, player: int, team: str | None) -> Run:
        """Say which team an identity is of.

        Args:
            player: an identity.
            team: ``A``, ``B`` or ``officials``.
        """
        return self._state("team", player, team)

    def number(self, player: int, number: int | None) -> Run:
        """Say which shirt number an identity has.

        Args:
            player: an identity.
            number: 0 to 99.
        """
        return self._state("number", player, number)

    def role(self, player: int, role: str | None) -> Run:
        """Say which role an identity has.

        Args:
            player: an identity.
            role: ``player``, ``goalkeeper``, ``referee`` or ``person``.
        """
        return self._state("role", player, role)

    def undo(self) -> Run:
        """Take back the last that was said. UsageError where there is nothing left."""
        undo(self.folder)
        return open_run(self.folder)

    def _state(self, kind: EditKind, player: int, value: Value) -> Run:
        state(self.folder, kind, lambda _people: [(player, value)])
        return open_run(self.folder)


def open_run(folder: str | Path) -> Run:
    """The tables of a run folder, as arrays.

    Args:
        folder: that of ``touchline track``, ``link`` or ``demo``. Its files stay as they are; a
            ``run.json`` that is missing is written.

    Returns:
        Tracks, identities, ball and the report; ``run.tracks.to_pandas()`` and
        ``run.identities.to_pandas()`` are data frames, where pandas is installed.

    Raises:
        UsageError: a folder that is no run, or one without tracks yet.
        FormatError: a table that somebody damaged, naming file and line.
        StoreError: a report or observations that are damaged.
    """
    files = RunFolder.existing(Path(folder))
    tracks = tracks_of(files)
    report = current_report(files)
    identities = identities_of(files, tracks, report.video.fps)
    return Run(files.path, tracks, identities, ball_of(files), report)
