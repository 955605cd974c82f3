"""The tables of a linked run, written to its files and read back from them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from touchline.ball_track import BallTrack
from touchline.edits.facts import Edit
from touchline.edits.people import with_edits
from touchline.errors import UsageError
from touchline.formats.ball_csv import read_ball
from touchline.formats.cameras_csv import read_cameras
from touchline.formats.edits_json import read_edits
from touchline.formats.movement_csv import read_movement, write_movement
from touchline.formats.players import read_players, write_players
from touchline.formats.positions_csv import read_positions
from touchline.formats.table import read_csv, write_csv
from touchline.identities import Identities
from touchline.observations import ObservationStore
from touchline.people_facts import Recognised, with_found, with_recognised
from touchline.pitch.cameras import PitchCameras
from touchline.pitch.movement import Movement
from touchline.pitch.positions import Positions
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.made import is_unchanged
from touchline.types import TrackTable


def tracks_of(folder: RunFolder) -> TrackTable:
    """The tracks of a run. Raises UsageError where it has none yet."""
    if not (folder.tracks_csv.is_file() and folder.players.is_file()):
        raise UsageError(
            f"{folder.path} has no tracks yet: touchline link {folder.path} makes them"
        )
    return read_csv(folder.tracks_csv)


def stored_tracks(folder: RunFolder, store: ObservationStore, facts: RunFacts) -> TrackTable:
    """The tracks of a run with which detections they are, where that is known.

    From its store, which is quicker, where tracks.csv is as it was made. Raises as ``tracks_of``.
    """
    rows, table = store.track_rows(), None
    if folder.players.is_file() and is_unchanged(facts.tracks_made, folder.tracks_csv):
        table = store.tracks()
    table = tracks_of(folder) if table is None else table
    return replace(table, rows=rows) if rows is not None and len(rows) == len(table) else table


def ball_of(folder: RunFolder) -> BallTrack:
    """The ball of a linked run. Raises FormatError naming the line of a damaged ball.csv."""
    if not folder.ball.is_file():
        return BallTrack.empty(f"the run was linked without: touchline link {folder.path}")
    return read_ball(folder.ball)


def cameras_of(folder: RunFolder, size: tuple[int, int]) -> PitchCameras:
    """The cameras of a linked run; none where it was linked without.

    size: width and height of its images. Raises FormatError naming the line of a damaged
    cameras.csv.
    """
    if not folder.cameras.is_file():
        return PitchCameras.none(np.empty(0, np.int64), size, "not-looked")
    return read_cameras(folder.cameras, size)


def positions_of(folder: RunFolder) -> Positions:
    """Where everybody of a linked run is. Raises FormatError naming the line of a damaged table."""
    if not folder.positions.is_file():
        return Positions.none(f"the run was linked without: touchline link {folder.path}")
    return read_positions(folder.positions)


def movement_of(folder: RunFolder) -> Movement:
    """How far everybody of a linked run ran. Raises FormatError naming the line of a damaged
    table.
    """
    if not folder.movement.is_file():
        return Movement.none(f"the run was linked without: touchline link {folder.path}")
    return read_movement(folder.movement)


def identities_of(folder: RunFolder, table: TrackTable, frame_rate: float) -> Identities:
    """The people of ``table``, the tracks of a run, with what is known of them.

    Raises FormatError naming the line of a damaged players.csv.
    """
    return read_players(folder.players, Identities.of_tracks(table, 1.0 / frame_rate))


def identities_of_run(run: Path) -> Identities:
    """The people of a linked run, with the names that are known.

    Raises UsageError for a run without tracks, FormatError naming the line of a damaged file.
    """
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations)) as store:
        frame_rate = RunFacts.of(store).video.fps
    return identities_of(folder, tracks_of(folder), frame_rate)


def edits_of(folder: RunFolder, facts: RunFacts) -> tuple[Edit, ...]:
    """The facts that a person stated of this run's clip. Raises FormatError."""
    return read_edits(folder.edits, facts.video.fingerprint)


def people_of_clip(
    folder: RunFolder, facts: RunFacts, table: TrackTable
) -> tuple[Identities, list[str]]:
    """The people of ``table`` as the clip and ``edits.json`` say, and what of it cannot be done.

    No gallery has its say. Raises StoreError where the run remembers others.
    """
    everybody = Identities.of_tracks(table, 1.0 / facts.video.fps)
    people = with_found(everybody, facts.people, str(folder.path))
    return with_edits(people, table, edits_of(folder, facts))


def write_tables(
    folder: RunFolder, table: TrackTable, people: Identities, recognised: Sequence[Recognised] = ()
) -> TrackTable:
    """Writes tracks.csv, players.csv and, in movement.csv, the teams. Raises StoreError.

    Returns the table as it was written.

    people: of the clip itself. recognised: who of a gallery they are, where that was asked.
    """
    known = with_recognised(people, recognised)
    named = known.name_roles(table).sorted()
    write_csv(named, folder.tracks_csv, known)
    write_players(known, folder.players, recognised)
    if folder.movement.is_file():
        write_movement(read_movement(folder.movement), known, folder.movement)
    return named
