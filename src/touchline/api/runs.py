"""A finished run as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from touchline.ball_track import BallTrack
from touchline.config import check_config
from touchline.edits.facts import Edit, EditKind, LabelKind
from touchline.identities import Identities
from touchline.person_choice import PersonChoice
from touchline.pitch.cameras import PitchCameras
from touchline.pitch.movement import Movement
from touchline.pitch.positions import Positions
from touchline.run.clip_step import ClipRequest, clip_run
from touchline.run.config import RunConfig
from touchline.run.drawn_minimap import minimap_image
from touchline.run.editing import (
    Edited,
    Value,
    answer,
    edits_with_identities,
    redo,
    state_labels,
    state_pair,
    state_swap,
    undo,
    unmet_edits,
)
from touchline.run.facts import RunReport
from touchline.run.folder import RunFolder, stored_settings
from touchline.run.questions import Question, questions_of
from touchline.run.report import current_report
from touchline.run.tables import (
    ball_of,
    cameras_of,
    identities_of,
    movement_of,
    positions_of,
    tracks_of,
)
from touchline.types import Image, TrackTable


@dataclass(frozen=True, slots=True)
class Run:
    """What ``touchline track`` found in a clip, read back.

    Args:
        folder: where its files are.
        tracks: every box with its identity, as in ``tracks.csv``.
        identities: one row for each identity, as in ``players.csv``, with when they were seen.
        ball: where the ball is, as in ``ball.csv``.
        report: what was done, with what, and what was warned of, as in ``run.json``.
        edited: what the edit that gave this run stated and changed; None: it was opened.
    """

    folder: Path
    tracks: TrackTable
    identities: Identities
    ball: BallTrack
    report: RunReport
    edited: Edited | None = None

    @property
    def cameras(self) -> PitchCameras:
        """The camera of each frame, read from ``cameras.csv``; none where it was linked without."""
        video = self.report.video
        return cameras_of(RunFolder(self.folder), (video.width, video.height))

    @property
    def positions(self) -> Positions:
        """Where everybody was in metres, read from ``positions.csv``."""
        return positions_of(RunFolder(self.folder))

    @property
    def movement(self) -> Movement:
        """How far and how fast everybody ran, read from ``movement.csv``."""
        return movement_of(RunFolder(self.folder))

    def minimap(self, frame: int, width: int = 400) -> Image:
        """The pitch from above with everybody whose place is known in a frame: (H, W, 3), BGR.

        Args:
            frame: from 1, as in files.
            width: pixels of the image.
        """
        pitch = check_config(RunConfig, stored_settings(self.folder)).pitch
        return minimap_image(self.positions, self.identities, pitch, frame - 1, width)

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

    def clip(
        self,
        players: int | Sequence[int],
        *,
        out: str | Path | None = None,
        only_when_seen: bool = False,
        zoom: bool = False,
        size: tuple[int, int] | None = None,
        video: str | Path | None = None,
    ) -> Path:
        """Make a video of some people, marked in the whole clip or followed closely.

        Args:
            players: an identity, or several.
            out: the MP4 to write; None: in the folder of the run, named by the identities.
            only_when_seen: only the stretches in which one of them is in the image, with half a
                second before and after, joined.
            zoom: follow them smoothly, all of them in the image.
            size: with ``zoom``, width and height; None: as the video's, 1280 wide at most.
            video: where the video is now, if it was moved.

        Returns:
            The file.

        Raises:
            UsageError: nobody given, a live run, or another video than the one that was tracked.
            InputError: an identity that is not there.
        """
        chosen = (players,) if isinstance(players, int) else tuple(players)
        request = ClipRequest(
            PersonChoice(chosen),
            None if out is None else Path(out),
            only_when_seen=only_when_seen,
            zoom=zoom,
            size=size,
        )
        source = None if video is None else str(video)
        settings = stored_settings(self.folder)
        made = clip_run(self.folder, request, settings, _silent, _never, source)
        return made.file

    def questions(self) -> list[Question]:
        """Who is who, worth asking somebody: what an answer puts right most comes first.

        Raises:
            UsageError: the run was linked without reasons (``link.method: online``).
            FormatError: a links.json that somebody damaged.
        """
        return questions_of(self.folder)

    @property
    def edit(self) -> RunEdits:
        """States who people are, in the files of the run."""
        return RunEdits(self.folder)


@dataclass(frozen=True, slots=True)
class RunEdits:
    """States facts about the people of a run: kept in its ``edits.json``, and honoured at once.

    Each call gives the run as it is then, linked again where who is who depends on the fact, with
    what that changed. A fact is about the people in boxes, so it holds when the run is linked with
    other settings or another detector. A box is a frame, from 1, and the identity that has it now.
    What contradicts facts stated before, or cannot be, is an EditRefused that says why; the run is
    as before then. Of a label ``None`` says that it is not known.

    Args:
        folder: of the run.
    """

    folder: Path

    def name(self, player: int, name: str | None) -> Run:
        """Name an identity. Whoever is named alike is the same person.

        Args:
            player: an identity.
            name: any text.
        """
        return self._label("name", player, name)

    def team(self, player: int, team: str | None) -> Run:
        """Say which team an identity is of.

        Args:
            player: an identity.
            team: ``A``, ``B`` or ``officials``.
        """
        return self._label("team", player, team)

    def number(self, player: int, number: int | None) -> Run:
        """Say which shirt number an identity has.

        Args:
            player: an identity.
            number: 0 to 99.
        """
        return self._label("number", player, number)

    def role(self, player: int, role: str | None) -> Run:
        """Say which role an identity has.

        Args:
            player: an identity.
            role: ``player``, ``goalkeeper``, ``referee`` or ``person``.
        """
        return self._label("role", player, role)

    def same(self, one: tuple[int, int], other: tuple[int, int]) -> Run:
        """Two boxes show one person.

        Args:
            one: frame and identity.
            other: likewise.
        """
        return self._pair("same", one, other)

    def different(self, one: tuple[int, int], other: tuple[int, int]) -> Run:
        """Two boxes show two people; a track that has both is cut where it changes most.

        Args:
            one: frame and identity.
            other: likewise.
        """
        return self._pair("different", one, other)

    def unknown(self, one: tuple[int, int], other: tuple[int, int]) -> Run:
        """Nobody can tell whether two boxes show one person: it is not asked again.

        Args:
            one: frame and identity.
            other: likewise.
        """
        return self._pair("unknown", one, other)

    def split(self, box: tuple[int, int]) -> Run:
        """Somebody else begins here: the boxes of an identity before a frame show another person.

        Args:
            box: frame and identity.
        """
        return self._pair("split", box)

    def not_a_person(self, box: tuple[int, int]) -> Run:
        """Nobody is in a box, nor in those that are tracked with it without a gap.

        Args:
            box: frame and identity.
        """
        return self._pair("not-a-person", box)

    def swap(self, one: tuple[int, int], other: tuple[int, int]) -> Run:
        """From a frame on two identities are each other: two splits and two ``same``, one step.

        Args:
            one: frame and identity.
            other: the same frame and the other identity.
        """
        return self._now(state_swap(self.folder, one, other))

    def answer(self, question: Question, choice: int | Literal["nobody", "unknown"]) -> Run:
        """Say who the person of a question is.

        Args:
            question: one of ``Run.questions``.
            choice: which of its candidates, from 0; ``nobody``: none of them; ``unknown``: nobody
                can tell.
        """
        return self._now(answer(self.folder, question, choice))

    def undo(self) -> Run:
        """Take back the last step that holds. UsageError where there is nothing left."""
        return self._now(undo(self.folder))

    def redo(self) -> Run:
        """State again what was undone last. UsageError where there is nothing."""
        return self._now(redo(self.folder))

    def facts(self) -> list[tuple[Edit, tuple[int | None, ...]]]:
        """Every fact, oldest first, with the identities that its boxes show now; None: nobody."""
        return edits_with_identities(self.folder)

    def unmet(self) -> list[str]:
        """What is said of facts that find no box any more, or that contradict others."""
        return unmet_edits(self.folder)

    def _label(self, kind: LabelKind, player: int, value: Value) -> Run:
        return self._now(state_labels(self.folder, kind, lambda _people: [(player, value)])[2])

    def _pair(self, kind: EditKind, *boxes: tuple[int, int]) -> Run:
        return self._now(state_pair(self.folder, kind, boxes))

    def _now(self, edited: Edited) -> Run:
        return replace(open_run(self.folder), edited=edited)


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


def _silent(_stage: str, _done: int, _total: int | None) -> None:
    """Nobody is told how far it is."""


def _never() -> bool:
    return False
