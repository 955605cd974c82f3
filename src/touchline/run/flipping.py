"""The halves of a linked run's pitch exchanged: the same places, told from the other side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from touchline.errors import UsageError
from touchline.formats.cameras_csv import write_cameras
from touchline.formats.movement_csv import write_movement
from touchline.formats.outside_csv import read_outside, write_outside
from touchline.formats.positions_csv import write_positions
from touchline.run.facts import RunFacts
from touchline.run.made import cameras_stamp, is_unchanged, remade, tracks_stamp
from touchline.run.people import LinkedRun, linked_run
from touchline.run.report import write_report
from touchline.run.request import AskedSettings
from touchline.run.tables import (
    cameras_of,
    edits_of,
    identities_of,
    movement_of,
    positions_of,
    tracks_of,
)


def flip_pitch(run: Path, flip: bool) -> bool:
    """Set ``pitch.flip`` of a linked run and turn what it knows in metres; whether that is new.

    Nothing is fitted or linked again: who is who stays. Raises UsageError for a run that knows
    nothing in metres, FormatError for a damaged table, StoreError.
    """
    with linked_run(run, write=True) as linked:
        settings = linked.facts.settings
        before = AskedSettings.checked(settings)
        if before.config.pitch.flip == flip:
            return False
        pitch = settings.get("pitch")
        after = AskedSettings.checked(
            {**settings, "pitch": {**(pitch if isinstance(pitch, dict) else {}), "flip": flip}}
        )
        _turn(linked, before, after)
        return True


def _turn(linked: LinkedRun, before: AskedSettings, after: AskedSettings) -> None:
    folder, store, facts = linked.folder, linked.store, linked.facts
    cameras = cameras_of(folder, (facts.video.width, facts.video.height))
    why = cameras.why_none()
    if why is not None or not folder.outside.is_file():
        raise UsageError(f"{folder.path} knows nothing in metres: {why or 'link it again'}")
    files = [folder.cameras, folder.positions, folder.movement, folder.outside]
    if not all(is_unchanged(facts.tracks_made, file) for file in files):
        raise UsageError(
            f"{folder.path} has tables in metres that were changed since they were made: touchline "
            f"link {folder.path} makes them again"
        )
    positions, (rows, why_none) = positions_of(folder), read_outside(folder.outside)
    movement = movement_of(folder)
    people = identities_of(folder, tracks_of(folder), facts.video.fps)
    # Killed from here on, the run is linked again.
    unsure = replace(facts, tracks=None).commit(store, facts)
    write_cameras(cameras.turned(-1 if before.config.pitch.flip else 1), folder.cameras)
    write_positions(replace(positions, places=0.0 - positions.places), folder.positions)
    write_movement(movement.turned(), people, folder.movement)
    turned = [row._replace(x=0.0 - row.x, y=0.0 - row.y) for row in rows]
    write_outside(turned, why_none, folder.outside)
    made = _stamped(linked, before, after)
    made = replace(
        made,
        settings=dict(after.given),
        tracks_made=remade(made.tracks_made, files),
        cameras_made=remade(made.cameras_made, files[:1]),
    ).commit(store, unsure)
    write_report(folder, store, made, after.config)


def _stamped(linked: LinkedRun, before: AskedSettings, after: AskedSettings) -> RunFacts:
    """The facts with the stamps of the settings after, where they had those of before."""
    facts, frames = linked.facts, len(linked.store)
    edits = edits_of(linked.folder, facts)
    tracks, cameras = facts.tracks_made, facts.cameras_made
    if tracks and tracks.stamp == tracks_stamp(frames, facts.video, before.config, edits):
        stamp = tracks_stamp(frames, facts.video, after.config, edits)
        tracks = replace(tracks, stamp=stamp)
    if cameras and cameras.stamp == cameras_stamp(frames, facts.video, before.config):
        cameras = replace(cameras, stamp=cameras_stamp(frames, facts.video, after.config))
    return replace(facts, tracks_made=tracks, cameras_made=cameras)
