"""What a report says in metres: teams and people on the pitch, how far and how fast they ran."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from touchline.formats.pitch_svg import Dot, dots, heat_cells, outline, pitch_svg
from touchline.formats.report_html import Cell, Column, Picture, Section, thirds_html
from touchline.identities import TEAMS, UNKNOWN, Identities
from touchline.pitch.config import PitchConfig
from touchline.pitch.movement import Movement
from touchline.pitch.positions import Positions
from touchline.pitch.team_shape import find_team_shape
from touchline.pitch.template import PitchTemplate, pitch_template
from touchline.types import Index

_TEAM_CSS = ("#e6b800", "#3f7fe0", "#d05fa8")
_NO_TEAM = "#9aa0a6"
_LEAST_SECONDS = 2.0  # whoever is known for less has no map of their own
_MOST_MAPS = 30
_PLAYING = 2


def team_css(team: int) -> str:
    """The colour of a team on the page, as its rings in the video."""
    return _NO_TEAM if team == UNKNOWN else _TEAM_CSS[team]


def metre_sections(
    people: Identities, positions: Positions, movement: Movement, pitch: PitchConfig
) -> Iterator[Section]:
    """The sections that need metres; none where no place is known."""
    if positions.why_empty is not None or not len(movement):
        return
    template = pitch_template(pitch)
    rows = np.searchsorted(people.ids, movement.ids)
    yield _teams(people[rows], positions, movement, template)
    yield _running(people[rows], movement)
    yield _maps(people[rows], positions, movement, template)


def _teams(
    people: Identities, positions: Positions, movement: Movement, template: PitchTemplate
) -> Section:
    """Average positions, shape and heat of each team."""
    pictures, notes = [], []
    owners = np.searchsorted(movement.ids, positions.ids)
    for team in range(_PLAYING):
        own = np.flatnonzero((people.teams == team) & (movement.seconds >= _LEAST_SECONDS))
        if not len(own):
            continue
        field = own[people.roles[own] != "goalkeeper"]
        marks = [_dot(people, movement, row) for row in own.tolist()]
        inside = [*outline(movement.middles[field], team_css(team)), *dots(marks)]
        name = f"Team {TEAMS[team]}"
        title = f"{name}: average positions"
        pictures.append(Picture(pitch_svg(template, inside, title), title))
        rows = np.isin(owners, own) & positions.known
        warm = heat_cells(positions.places[rows], template, "#ff5a1f")
        title = f"{name}: where it was"
        pictures.append(Picture(pitch_svg(template, warm, title), title))
        shape = find_team_shape(positions, np.isin(owners, field))
        metres = float(movement.distances[own].sum())
        said = f"{name}: {metres / 1000:.2f} km together"
        if shape is not None:
            said += (
                f"; {shape.length:.0f} m long and {shape.width:.0f} m wide in the median of the "
                f"{shape.seconds:.0f} s in which {shape.people:.0f} of it are seen on average"
            )
        notes.append(f"{said}.")
    notes.append("Average positions are of the time in which the camera showed them.")
    return Section("Teams", notes, pictures, wide=True)


def _running(people: Identities, movement: Movement) -> Section:
    """Distances, speeds and thirds of everybody."""
    names = ("seconds known", "unsure", "metres", "metres a minute", "top km/h", "sprints")
    columns = [Column("person", word=True), *map(Column, names)]
    columns += [Column("in sprints, m"), Column("left · middle · right third", word=True)]
    rows = []
    for row in _ordered(people, movement).tolist():
        seconds = float(movement.seconds[row])
        if not seconds:
            continue
        top = float(movement.top_speeds[row])
        shares = (movement.thirds[row] / max(float(movement.thirds[row].sum()), 1e-9)).tolist()
        pace = 60 * float(movement.distances[row]) / seconds
        rows.append(
            [
                Cell(f"{people.ids[row]}: {people.label(row)}"),
                Cell(f"{seconds:.1f}"),
                Cell(f"{movement.unsure_seconds[row]:.1f}"),
                Cell(f"{movement.distances[row]:.0f}"),
                Cell(f"{pace:.0f}" if seconds >= _LEAST_SECONDS else ""),
                Cell("" if np.isnan(top) else f"{3.6 * top:.1f}"),
                Cell(f"{movement.sprints[row]}"),
                Cell(f"{movement.sprint_distances[row]:.0f}"),
                Cell("", thirds_html(shares)),
            ]
        )
    return Section("How far and how fast", columns=columns, rows=rows)


def _maps(
    people: Identities, positions: Positions, movement: Movement, template: PitchTemplate
) -> Section:
    """A heat map of each of those who are known the longest."""
    rows = [
        row
        for row in _ordered(people, movement).tolist()
        if movement.seconds[row] >= _LEAST_SECONDS
    ]
    longest = sorted(rows, key=lambda row: -float(movement.seconds[row]))[:_MOST_MAPS]
    pictures = []
    for row in [row for row in rows if row in set(longest)]:
        identity = int(movement.ids[row])
        own = (positions.ids == identity) & positions.known
        mark = _dot(people, movement, row)
        warm = heat_cells(positions.places[own], template, "#ff5a1f")
        title = f"{identity}: {people.label(row)}, {movement.seconds[row]:.0f} s"
        pictures.append(Picture(pitch_svg(template, [*warm, *dots([mark])], title), title))
    left = len(rows) - len(pictures)
    notes = [f"The {len(pictures)} who are known the longest; {left} are left out."] if left else []
    return Section("Where everybody was", notes, pictures)


def _ordered(people: Identities, movement: Movement) -> Index:
    """Rows by team, those without one last, and in it the longest known first."""
    return np.lexsort((-movement.seconds, people.teams % (len(TEAMS) + 1)))


def _dot(people: Identities, movement: Movement, row: int) -> Dot:
    """A person at their mean place."""
    x, y = movement.middles[row].tolist()
    return Dot(x, y, team_css(int(people.teams[row])), _short(people, row))


def _short(people: Identities, row: int) -> str:
    """What stands at a dot: number, else name, else identity."""
    if people.numbers[row] != UNKNOWN:
        return str(people.numbers[row])
    return str(people.names[row]) or f"id {people.ids[row]}"
