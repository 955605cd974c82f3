"""``report.html`` of a linked run: a clip at a glance, in metres where its camera is known."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from touchline.config import check_config
from touchline.errors import UsageError
from touchline.formats.report_html import (
    Cell,
    Column,
    Section,
    strip_svg,
    write_report_page,
)
from touchline.identities import TEAMS, UNKNOWN, Identities
from touchline.observations import ObservationStore
from touchline.pitch.cameras import PitchCameras
from touchline.pitch.config import PitchConfig
from touchline.pitch.movement import Movement
from touchline.pitch.positions import Positions
from touchline.run.config import RunConfig
from touchline.run.doubts import doubts_of, label_of
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.join_words import away_words, join_cues
from touchline.run.report_metres import metre_sections, team_css
from touchline.run.tables import cameras_of, identities_of, movement_of, positions_of, tracks_of
from touchline.stretches import clock, joined, stretches
from touchline.types import TrackTable

_WORST = 10


@dataclass(frozen=True, slots=True)
class ReportedRun:
    """All tables that a report is made of."""

    facts: RunFacts
    table: TrackTable
    people: Identities
    cameras: PitchCameras
    positions: Positions
    movement: Movement
    pitch: PitchConfig
    min_confidence: float


def write_report_of(run: Path, file: Path | None = None) -> Path:
    """Write ``report.html`` of a linked run; returns where.

    file: None: in the run. Raises UsageError for a run without tracks, FormatError for a damaged
    table, StoreError where nothing can be written.
    """
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations)) as store:
        facts = RunFacts.of(store)
    config = check_config(RunConfig, facts.settings)
    table = tracks_of(folder)
    told = ReportedRun(
        facts,
        table,
        identities_of(folder, table, facts.video.fps),
        cameras_of(folder, (facts.video.width, facts.video.height)),
        positions_of(folder),
        movement_of(folder),
        config.pitch,
        config.draw.min_confidence,
    )
    sections = [*metre_sections(told.people, told.positions, told.movement, told.pitch)]
    sections += [_seen(told), *_worst(folder, told)]
    file = file or folder.report_page
    write_report_page(f"{facts.video.name}: who was where", _notes(told), sections, file)
    return file


def _notes(told: ReportedRun) -> list[str]:
    people, video = told.people, told.facts.video
    teams = ", ".join(
        f"{int((people.teams == team).sum())} of {'the ' if team == 2 else 'team '}{name}"
        for team, name in enumerate(TEAMS)
        if (people.teams == team).any()
    )
    notes = [
        f"{clock(float(np.ptp(told.table.times)) if len(told.table) else 0.0)} of video, "
        f"{len(people)} people{f' ({teams})' if teams else ''}, {video.width} by {video.height} "
        f"pixels at {video.fps:g} frames a second."
    ]
    if told.positions.why_empty is not None:
        return [*notes, f"Nothing is said in metres: {told.positions.why_empty}."]
    known = float(told.positions.known.mean())
    frames = float(told.cameras.found.mean())
    return [
        *notes,
        f"The camera is known in {frames:.0%} of the frames, and of {known:.0%} of the boxes a "
        "place: what follows in metres is of that time only. Left and right are those of the "
        "main camera.",
    ]


def _seen(told: ReportedRun) -> Section:
    """Who was in the image when, and how sure they are who they are."""
    people, table = told.people, told.table
    seconds = max(float(table.times.max(initial=0.0)), 1e-3)
    times = {identity: own.times for identity, own in table.by_identity()}
    strips, rows = [], []
    for row in np.lexsort((-people.seconds, people.teams % (len(TEAMS) + 1))).tolist():
        identity = int(people.ids[row])
        team = int(people.teams[row])
        strips.append(
            (
                f"{identity}: {people.label(row)}",
                strip_svg(stretches(times[identity]), seconds, team_css(team)),
            )
        )
        least, moment = people.least_confidences[row], people.least_sure_times[row]
        sure = people.team_confidences[row]
        rows.append(
            [
                Cell(f"{identity}: {people.label(row)}"),
                Cell("" if team == UNKNOWN else TEAMS[team]),
                Cell(str(people.roles[row])),
                Cell(f"{people.seconds[row]:.1f}"),
                Cell(f"{people.interpolated_shares[row]:.0%}"),
                Cell("" if team == UNKNOWN else f"{sure:.0%}"),
                Cell("" if np.isnan(least) else f"{least:.0%} at {clock(float(moment))}"),
            ]
        )
    words = [Column(name, word=True) for name in ("person", "team", "role")]
    numbers = [
        Column(name) for name in ("seconds seen", "filled in", "team sure", "least sure of them")
    ]
    return Section(
        "Who was seen when",
        [f"From the start of the video to {clock(seconds)}."],
        columns=[*words, *numbers],
        rows=rows,
        strips=strips,
    )


def _worst(folder: RunFolder, told: ReportedRun) -> list[Section]:
    """The moments to distrust: joins that may be wrong, stretches without a camera."""
    sections = []
    try:
        doubts = doubts_of(folder, told.min_confidence, _WORST)
    except UsageError:
        doubts = None
    if doubts is not None and doubts.joins:
        rows = [
            [
                Cell(clock(join.time)),
                Cell(f"{join.confidence:.0%}"),
                Cell(f"{label_of(told.people, join.identity)}, {away_words(join)}"),
                Cell(", ".join(map(str, join_cues(join)))),
            ]
            for join in doubts.joins
        ]
        columns = [Column("time"), Column("sure"), Column("who goes on", word=True)]
        note = f"{doubts.doubtful} of {doubts.of_all} joins have a question mark in the video."
        columns.append(Column("why", word=True))
        title = "Worst moments: who may be somebody else"
        sections.append(Section(title, [note], columns=columns, rows=rows))
    blind = _blind(told)
    if blind:
        spans = ", ".join(f"{clock(start)} to {clock(end)}" for start, end in blind[:30])
        more = f", and {len(blind) - 30} more" if len(blind) > 30 else ""
        sections.append(Section("Worst moments: no place is known", [f"{spans}{more}."]))
    return sections


def _blind(told: ReportedRun) -> Sequence[tuple[float, float]]:
    """Stretches of at least a second in which people are seen and nobody's place is known."""
    positions = told.positions
    if positions.why_empty is not None:
        return ()
    frames, owners = np.unique(positions.frames, return_inverse=True)
    known = np.bincount(owners, positions.known, len(frames))
    times = positions.times[np.searchsorted(positions.frames, frames)]
    found = joined(stretches(times[known == 0], 0.5), 0.0)
    return [(start, end) for start, end in found if end - start >= 1.0]
