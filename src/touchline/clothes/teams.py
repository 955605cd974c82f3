"""Teams and roles of tracklets, from shirt colours and detector's classes over the whole clip."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchline.clothes.keepers import name_keepers_teams
from touchline.clothes.kits import gate, noise_units, squared_distances, two_kits
from touchline.clothes.pitch_places import PitchPlaces, pitch_cells
from touchline.clothes.positions import beyond_players
from touchline.clothes.role_evidence import Called, ClipClothes, people_at_once
from touchline.clothes.role_model import LABELS, REASONS
from touchline.clothes.roles import RoleTable, decide_roles, is_officials_kit
from touchline.columns import ROLE_DTYPE
from touchline.identities import OFFICIALS, UNKNOWN
from touchline.links import RoleReason
from touchline.types import ROLES, Roles

_ROWS_OF_TRACKLET = 100
"""Most boxes used per tracklet, spread evenly over its time: more add nothing."""

_BIN_SECONDS = 0.2
"""Boxes closer in time than this are simultaneous."""

_BINS_OF_VIEW = 5
"""Bins per view: after a second a runner shows the camera another side."""

_MIN_BINS = 5
"""Time bins in which too many in one kit must be seen together."""


@dataclass(frozen=True, slots=True)
class TeamModel:
    """How many boxes it takes to name a team. Shares are 0..1.

    min_share: with a smaller share of a tracklet's boxes for one team, it is unknown. min_ball:
    from this share of boxes called so on, it is the ball. doubt: prior count of every answer, in
    views. spare: so many more in one kit at once than a team has players, in ``spare_share`` of
    the time, are both teams; an occasional false or duplicate box is not.

    Chosen on rendered matches and SNMOT-060.
    """

    min_share: float = 0.6
    min_ball: float = 0.5
    doubt: float = 0.1
    spare: int = 3
    spare_share: float = 0.05


TEAM_MODEL = TeamModel()

SIDE_SIZE = 11
"""Players of a team, where ``link.whole.side_size`` is not at hand."""


class SeenBoxes(NamedTuple):
    """One row a box, in any order.

    track_ids: (R,). times: (R,) seconds. feet: (R, 2) pixels. shirts: (R, S) with NaN rows for
    clothes that were not seen. roles: (R,) as the detector named them, as ``role_codes``. scores:
    (R,) of it. ground: where on the pitch; None where the camera is not known.
    """

    track_ids: NDArray[np.int64]
    times: NDArray[np.float64]
    feet: NDArray[np.float32]
    shirts: NDArray[np.float32]
    roles: NDArray[np.uint8]
    scores: NDArray[np.float64]
    ground: PitchPlaces | None = None


@dataclass(frozen=True, slots=True)
class TeamTable:
    """The team of every tracklet of a clip, as parallel arrays, ascending by id.

    track_ids: (T,) int64. teams: (T,) int64, 0 or 1 the two teams (0 in the lighter shirts),
    2 officials, -1 unknown. roles: (T,) role names. confidences: (T,) float64 in 0..1, that
    ``teams`` is right; where that is -1, that they wear neither team's kit, as keepers do, and 0
    where nothing is known. kits: (2, S) colours of the teams as ``perception.shirts`` measures
    them, NaN for a team that was not found. why: the reasons for the roles.
    """

    track_ids: NDArray[np.int64]
    teams: NDArray[np.int64]
    roles: Roles
    confidences: NDArray[np.float64]
    kits: NDArray[np.float64] = field(default_factory=lambda: np.full((2, 0), np.nan))
    why: RoleTable = field(default_factory=RoleTable.empty)

    def __len__(self) -> int:
        return len(self.track_ids)

    @classmethod
    def empty(cls) -> TeamTable:
        return cls(
            np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, ROLE_DTYPE), np.empty(0)
        )

    def role_reasons(self) -> tuple[RoleReason, ...]:
        """Why everybody but the ball has their role."""
        likely = np.argsort(-self.why.probabilities, axis=1, kind="stable")[:, :2]
        reasons = []
        for row, (best, rival) in enumerate(likely.tolist()):
            if self.roles[row] == "ball":
                continue
            said = np.round(self.why.reasons[row, best] - self.why.reasons[row, rival], 2).tolist()
            reasons.append(
                RoleReason(
                    int(self.track_ids[row]),
                    str(self.roles[row]),
                    LABELS[best],
                    round(float(self.why.probabilities[row, best]), 4),
                    LABELS[rival],
                    {kind: llr for kind, llr in zip(REASONS, said, strict=True) if llr},
                )
            )
        return tuple(reasons)


@dataclass(frozen=True, slots=True)
class _Witnesses:
    """The boxes whose clothes were seen, at most 100 per tracklet.

    groups: (R,) positions in the table, ascending. colours: (R, S). pairs: (P, 2) int64, the
    position and the time bin of every box, sorted.
    """

    groups: NDArray[np.intp]
    colours: NDArray[np.float64]
    pairs: NDArray[np.int64]


class _Worn(NamedTuple):
    """What T tracklets wear.

    views: (T,) independent images. medians: (T, S) colours. whitening: (S, S) from colours to
    units of noise. centres: (2, S) of the teams' kits in these, NaN for one that was not found.
    shares: (T, 3) of boxes for team 0, team 1 and neither.
    """

    views: NDArray[np.float64]
    medians: NDArray[np.float64]
    whitening: NDArray[np.float64]
    centres: NDArray[np.float64]
    shares: NDArray[np.float64]


def find_teams(seen: SeenBoxes, side_size: int | None = SIDE_SIZE) -> TeamTable:
    """The team and role of every tracklet, from all its boxes.

    The two kits that most people wear are the teams; a clip with only one kit has team 0 alone.
    Roles are decided by ``decide_roles``; goalkeepers have no team, as their clothes do not tell
    it, unless the goal they stand before does. side_size: most players of a team on the pitch;
    where clearly more wear one kit at once, the teams cannot be told apart. None: no limit.
    """
    ids, groups = np.unique(seen.track_ids, return_inverse=True)
    if not len(ids):
        return TeamTable.empty()
    called, balls = _called(groups, seen, len(ids))
    worn = _worn(_witnesses(groups, seen.times, seen.shirts), called, len(ids), side_size)
    answers, confidences = worn.shares.argmax(axis=1), worn.shares.max(axis=1)
    confidences[confidences < TEAM_MODEL.min_share] = 0.0
    teams = np.where((answers == 2) | (confidences == 0), UNKNOWN, answers).astype(np.int64)
    clip = ClipClothes(
        called,
        worn.views,
        worn.medians,
        worn.medians @ worn.whitening,
        worn.centres,
        _bins(groups, seen.times),
        beyond_players(groups, seen.times, seen.feet, teams != UNKNOWN),
        _cells(groups, seen, teams != UNKNOWN),
    )
    why = decide_roles(clip)
    roles = np.where(balls, "ball", why.roles).astype(ROLE_DTYPE)
    _agree(roles, teams, confidences, why.probabilities)
    if seen.ground is not None:
        name_keepers_teams(groups, seen.times, seen.ground, roles, teams, confidences)
    return TeamTable(
        ids, teams, roles, confidences, worn.centres @ np.linalg.inv(worn.whitening), why
    )


def _cells(
    groups: NDArray[np.intp], seen: SeenBoxes, players: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """(T,) where on the pitch each tracklet is; -1 where that is not known."""
    if seen.ground is None:
        return np.full(len(players), -1)
    return pitch_cells(groups, seen.times, seen.ground, players)


def _agree(
    roles: Roles,
    teams: NDArray[np.int64],
    confidences: NDArray[np.float64],
    probabilities: NDArray[np.float64],
) -> None:
    """Make teams and their confidences, in place, those of people of these roles."""
    for column, (role, team) in enumerate((("goalkeeper", UNKNOWN), ("referee", OFFICIALS)), 1):
        mine = roles == role
        sure = (teams[mine] == UNKNOWN) & (confidences[mine] > 0)  # that they wear neither kit
        confidences[mine] = np.where(sure, confidences[mine], probabilities[mine, column])
        teams[mine] = team
    confidences[(roles == "player") & (teams == UNKNOWN)] = 0.0  # a player seen badly
    doubtful = np.isin(roles, ("person", "ball")) & (teams != UNKNOWN)
    teams[doubtful], confidences[doubtful] = UNKNOWN, 0.0


def _called(
    groups: NDArray[np.intp], seen: SeenBoxes, count: int
) -> tuple[Called, NDArray[np.bool_]]:
    """What the detector calls each of T tracklets, and who is the ball."""
    weights = seen.scores + 1e-9  # a score of 0 is a vote too
    total = np.bincount(groups, weights, count)
    keeper, referee, player, ball = (
        np.bincount(groups, weights * (seen.roles == ROLES.index(name)), count) / total
        for name in ("goalkeeper", "referee", "player", "ball")
    )
    bins = np.bincount(_bins(groups, seen.times)[:, 0], minlength=count)
    shares = np.column_stack([1.0 - keeper - referee, keeper, referee])
    return Called(
        shares, player, bins.astype(np.float64) * _BIN_SECONDS
    ), ball >= TEAM_MODEL.min_ball


def _bins(groups: NDArray[np.intp], times: NDArray[np.float64]) -> NDArray[np.int64]:
    """(P, 2) the unique tracklets and time bins of boxes, sorted."""
    return _unique_pairs(groups, np.floor(times / _BIN_SECONDS).astype(np.int64))


def _witnesses(
    groups: NDArray[np.intp], times: NDArray[np.float64], shirts: NDArray[np.float32]
) -> _Witnesses:
    rows = np.flatnonzero(np.isfinite(shirts).all(axis=1)) if shirts.size else np.empty(0, int)
    rows = rows[np.lexsort((times[rows], groups[rows]))]
    bins = np.floor(times[rows] / _BIN_SECONDS).astype(np.int64)
    pairs = _unique_pairs(groups[rows], bins)
    first = np.searchsorted(groups[rows], np.arange(groups.max(initial=-1) + 2))
    kept = [rows[begin:end][_evenly(end - begin)] for begin, end in pairwise(first.tolist())]
    rows = np.concatenate(kept) if kept else rows
    return _Witnesses(groups[rows], shirts[rows].astype(np.float64), pairs)


def _evenly(count: int) -> NDArray[np.intp]:
    """At most 100 positions in 0..count - 1, spread evenly."""
    chosen: NDArray[np.intp] = np.unique(
        np.linspace(0, count - 1, min(count, _ROWS_OF_TRACKLET)).round().astype(np.intp)
    )
    return chosen


def _worn(seen: _Witnesses, called: Called, count: int, side_size: int | None) -> _Worn:
    """What everybody wears, and the kits of the teams."""
    present = np.unique(seen.groups)
    starts = np.searchsorted(seen.groups, present)
    colours = np.split(seen.colours, starts[1:])
    medians = np.full((count, seen.colours.shape[1]), np.nan)
    pairs = seen.pairs
    seconds = _unique_pairs(pairs[:, 0], pairs[:, 1] // _BINS_OF_VIEW)
    views = np.bincount(seconds[:, 0], minlength=count).astype(np.float64)
    centres = np.full((2, medians.shape[1]), np.nan)
    if not len(present):
        return _Worn(views, medians, np.eye(len(medians.T)), centres, np.zeros((count, 3)))
    medians[present] = [np.median(part, axis=0) for part in colours]
    whitening = noise_units(seen.colours, seen.groups, medians, views)
    places, rows = medians @ whitening, seen.colours @ whitening

    centres = two_kits(places[present], views[present])
    observed = _wearers(centres, places, views)
    wearers = [np.flatnonzero(observed == team) for team in range(2)]
    if side_size is not None and any(
        _as_many(group, pairs, side_size + TEAM_MODEL.spare) for group in wearers
    ):
        return _Worn(views, medians, whitening, np.full_like(centres, np.nan), np.zeros((count, 3)))
    most = [people_at_once(group, pairs) for group in wearers]
    of_team = [
        mine > 1 and not is_officials_kit(group, called, medians, views, (mine, theirs))
        for group, mine, theirs in zip(wearers, most, most[::-1], strict=True)
    ]
    centres = np.where(np.array(of_team)[:, None], centres, np.nan)
    order = np.argsort(-(centres @ np.linalg.inv(whitening))[:, 0], kind="stable")
    centres = centres[order]  # lighter shirts first; NaN goes last
    return _Worn(views, medians, whitening, centres, _shares(seen.groups, rows, centres, views))


def _shares(
    groups: NDArray[np.intp],
    rows: NDArray[np.float64],
    centres: NDArray[np.float64],
    views: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(T, 3) share of a tracklet's boxes for team 0, team 1 and neither; few views count less."""
    squares = squared_distances(rows, centres)
    # A box deviates as its tracklet does, plus its own unit noise in every direction.
    outside = gate(views, rows.shape[1]) + rows.shape[1]
    cost = np.column_stack([squares, outside[groups]])
    likely = np.exp(-0.5 * (cost - cost.min(axis=1, keepdims=True)))
    likely /= likely.sum(axis=1, keepdims=True)
    votes = np.stack([np.bincount(groups, column, len(views)) for column in likely.T], axis=1)
    means = votes / np.maximum(np.bincount(groups, minlength=len(views)), 1)[:, None]
    weight = views[:, None]
    shares: NDArray[np.float64] = (means * weight + TEAM_MODEL.doubt) / (
        weight + TEAM_MODEL.doubt * means.shape[1]
    )
    # Far from both kits in one view may be a fall, a shadow, or a partial occlusion.
    shares[:, 2] *= views / (views + 1.0)
    return shares


def _wearers(
    centres: NDArray[np.float64], places: NDArray[np.float64], views: NDArray[np.float64]
) -> NDArray[np.int64]:
    """(T,) the one of ``centres`` that each tracklet is close enough to; -1 for none."""
    squares = squared_distances(places, centres)
    near = squares.min(axis=1) <= gate(views, places.shape[1])
    return np.where(near, squares.argmin(axis=1), -1)


def _as_many(tracklets: NDArray[np.intp], pairs: NDArray[np.int64], people: int) -> bool:
    """Whether ``people`` or more of the ``tracklets`` often share a time bin."""
    bins = pairs[np.isin(pairs[:, 0], tracklets), 1]
    together = np.unique(bins, return_counts=True)[1]
    often = (together >= people).sum()
    return bool(often >= max(_MIN_BINS, TEAM_MODEL.spare_share * len(together)))


def _unique_pairs(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """(P, 2) the unique pairs, sorted; encoded as one number each, which sorts far faster."""
    low = second.min(initial=0)
    span = second.max(initial=0) - low + 1
    codes = np.unique(first * span + (second - low))
    return np.stack([codes // span, codes % span + low], axis=1)
