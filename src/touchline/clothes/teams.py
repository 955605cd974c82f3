"""Teams of tracklets, from shirt colours over the whole clip."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from touchline.clothes.kits import (
    gate,
    noise_units,
    squared_distances,
    two_kits,
)
from touchline.columns import ROLE_DTYPE
from touchline.identities import OFFICIALS, UNKNOWN
from touchline.types import Roles

_ROWS_OF_TRACKLET = 100
"""Most boxes used per tracklet, spread evenly over its time: more add nothing."""

_BIN_SECONDS = 0.2
"""Boxes closer in time than this are simultaneous."""

_BINS_OF_VIEW = 5
"""Bins per view: after a second a runner shows the camera another side."""

_MIN_BINS = 5
"""Time bins in which people must be seen together: tracks of one person may overlap a little."""


@dataclass(frozen=True, slots=True)
class TeamModel:
    """How many boxes it takes to name a team or a role. Shares are 0..1.

    min_share: with a smaller share of a tracklet's boxes for one team, it is unknown.
    min_role_share: from this share on, the detector's class is believed. min_hint: from this share
    on, it decides the role of people in neither team's kit. doubt: prior count of every answer, in
    views. min_views: tracklets of fewer views cannot establish an officials' kit: too brief or
    occluded. spare: so many more in one kit at once than a team has players, in ``spare_share`` of
    the time, are both teams; an occasional false or duplicate box is not.

    Chosen on rendered matches and SNMOT-060.
    """

    min_share: float = 0.6
    min_role_share: float = 0.8
    min_hint: float = 0.1
    doubt: float = 0.1
    min_views: float = 3.0
    spare: int = 3
    spare_share: float = 0.05


TEAM_MODEL = TeamModel()

SIDE_SIZE = 11
"""Players of a team, where ``link.whole.side_size`` is not at hand."""


@dataclass(frozen=True, slots=True)
class TeamTable:
    """The team of every tracklet of a clip, as parallel arrays, ascending by id.

    track_ids: (T,) int64. teams: (T,) int64, 0 or 1 the two teams (0 in the lighter shirts),
    2 officials, -1 unknown. roles: (T,) role names. confidences: (T,) float64 in 0..1, that
    ``teams`` is right; where that is -1, that they wear neither team's kit, as keepers do and
    officials not told otherwise, and 0 where nothing is known. kits: (2, S) colours of the
    teams as ``perception.shirts`` measures them, NaN for a team that was not found.
    """

    track_ids: NDArray[np.int64]
    teams: NDArray[np.int64]
    roles: Roles
    confidences: NDArray[np.float64]
    kits: NDArray[np.float64] = field(default_factory=lambda: np.full((2, 0), np.nan))

    def __len__(self) -> int:
        return len(self.track_ids)

    @classmethod
    def empty(cls) -> TeamTable:
        return cls(
            np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, ROLE_DTYPE), np.empty(0)
        )


@dataclass(frozen=True, slots=True)
class _Witnesses:
    """The boxes whose clothes were seen, at most 100 per tracklet.

    groups: (R,) positions in the table, ascending. colours: (R, S). pairs: (P, 2) int64, the
    position and the time bin of every box, sorted.
    """

    groups: NDArray[np.intp]
    colours: NDArray[np.float64]
    pairs: NDArray[np.int64]


def find_teams(
    track_ids: NDArray[np.int64],
    times: NDArray[np.float64],
    shirts: NDArray[np.float32],
    roles: Roles,
    scores: NDArray[np.float64],
    side_size: int | None = SIDE_SIZE,
) -> TeamTable:
    """The team and role of every tracklet, voted over its boxes.

    One row per box, in any order: track_ids (R,), times (R,) seconds, shirts (R, S) with NaN rows
    for clothes that were not seen, roles (R,) as the detector named them, scores (R,) of it.

    The two kits that most people wear are the teams. People far from both are officials where two
    in their kit are seen at once, else unknown. A detector that is sure of a goalkeeper, a referee
    or a ball comes first; else those in a team's kit are players, officials are referees, and
    those in neither are what the detector says other than player, if anything; without clothes,
    what it says most often. A clip with only one kit has team 0 alone. side_size: most players of a
    team on the pitch; where clearly more wear one kit at once, the teams cannot be told apart.
    None: no limit.
    """
    ids, groups = np.unique(track_ids, return_inverse=True)
    names, votes = _role_votes(groups, roles, scores, len(ids))
    said = _sure_roles(names, votes)
    seen = _witnesses(groups, times, shirts)
    teams, confidences = np.full(len(ids), UNKNOWN), np.zeros(len(ids))
    kits = np.full((2, shirts.shape[1] if shirts.ndim == 2 else 0), np.nan)
    if len(seen.groups):
        teams, confidences, kits = _by_colour(seen, said, len(ids), side_size)
    for role, team in (("referee", OFFICIALS), ("goalkeeper", UNKNOWN)):
        # Confidence from clothes is kept only where they agree with this answer.
        confidences[(said == role) & (teams != team)] = 0.0
        teams[said == role] = team
        confidences[said == role] = np.maximum(confidences[said == role], TEAM_MODEL.min_role_share)
    named = _named(names, votes, said, teams, confidences)
    called = (named == "referee") & (teams != OFFICIALS)
    teams[called] = OFFICIALS
    by_votes = called & (confidences == 0)
    confidences[by_votes] = votes[by_votes].max(axis=1, initial=0.0)
    return TeamTable(ids, teams, named, confidences, kits)


def _role_votes(
    groups: NDArray[np.intp], roles: Roles, scores: NDArray[np.float64], count: int
) -> tuple[Roles, NDArray[np.float64]]:
    """The detector's classes (R,), and the share (T, R) of each in every tracklet's boxes."""
    weights = scores + 1e-9  # a score of 0 is a vote too
    names = np.unique(roles)
    votes = [np.bincount(groups, weights * (roles == name), count) for name in names]
    total = np.bincount(groups, weights, count)
    shares = np.array(votes).reshape(len(names), count).T / total[:, None]
    return names, shares


def _sure_roles(names: Roles, votes: NDArray[np.float64]) -> Roles:
    """(T,) roles the detector is sure of and clothes cannot tell better; else ``person``."""
    said = np.full(len(votes), "person", ROLE_DTYPE)
    for name, share in zip(names.tolist(), votes.T, strict=True):
        if name not in ("person", "player"):
            said[share >= TEAM_MODEL.min_role_share] = name
    return said


def _named(
    names: Roles,
    votes: NDArray[np.float64],
    said: Roles,
    teams: NDArray[np.int64],
    confidences: NDArray[np.float64],
) -> Roles:
    """(T,) the one role of each tracklet, from the detector's votes and the clothes."""
    named = said.copy()
    if not len(named):
        return named
    named[:] = names[votes.argmax(axis=1)]
    others = np.isin(names, ("goalkeeper", "referee"))
    if others.any():
        hints = votes[:, others]
        hinted = (teams == UNKNOWN) & (confidences > 0) & (hints.max(axis=1) >= TEAM_MODEL.min_hint)
        named[hinted] = names[others][hints.argmax(axis=1)][hinted]
    named[(teams == 0) | (teams == 1)] = "player"
    named[teams == OFFICIALS] = "referee"
    confidences = said != "person"
    named[confidences] = said[confidences]
    return named


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


def _by_colour(
    seen: _Witnesses, said: Roles, count: int, side_size: int | None
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Teams (T,), confidences (T,) and kits (2, S) from clothes alone."""
    present = np.unique(seen.groups)
    starts = np.searchsorted(seen.groups, present)
    colours = np.split(seen.colours, starts[1:])
    medians = np.full((count, seen.colours.shape[1]), np.nan)
    medians[present] = [np.median(part, axis=0) for part in colours]
    pairs = seen.pairs
    seconds = _unique_pairs(pairs[:, 0], pairs[:, 1] // _BINS_OF_VIEW)
    views = np.bincount(seconds[:, 0], minlength=count).astype(np.float64)
    whitening = noise_units(seen.colours, seen.groups, medians, views)
    places, rows = medians @ whitening, seen.colours @ whitening

    playing = present[~np.isin(said[present], ("goalkeeper", "referee"))]
    centres = np.full((2, rows.shape[1]), np.nan)
    if len(playing):
        centres = two_kits(places[playing], views[playing])
    observed = _wearers(centres, places, views)
    wearers = [np.flatnonzero(observed == team) for team in range(2)]
    alone = [not _at_once(group, pairs, 2) for group in wearers]
    centres = np.where(np.array(alone)[:, None], np.nan, centres)
    if side_size is not None and any(
        _at_once(group, pairs, side_size + TEAM_MODEL.spare, TEAM_MODEL.spare_share)
        for group in wearers
    ):
        return np.full(count, UNKNOWN), np.zeros(count), np.full_like(centres, np.nan)
    order = np.argsort(-(centres @ np.linalg.inv(whitening))[:, 0], kind="stable")
    centres = centres[order]  # lighter shirts first; NaN goes last

    shares = _shares(seen.groups, rows, centres, views)
    answers, confidences = shares.argmax(axis=1), shares.max(axis=1)
    confidences[confidences < TEAM_MODEL.min_share] = 0.0
    teams = np.where((answers == 2) | (confidences == 0), UNKNOWN, answers).astype(np.int64)
    outsiders = np.flatnonzero((answers == 2) & (confidences > 0))
    teams[_officials(outsiders, places, views, pairs)] = OFFICIALS
    return teams, confidences, centres @ np.linalg.inv(whitening)


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


def _officials(
    outsiders: NDArray[np.intp],
    places: NDArray[np.float64],
    views: NDArray[np.float64],
    pairs: NDArray[np.int64],
) -> NDArray[np.intp]:
    """Those of ``outsiders`` in a kit that two wear at once, as keepers do not."""
    officials = [outsiders[:0]]
    outsiders = outsiders[np.argsort(-views[outsiders], kind="stable")]
    while len(outsiders):
        squares = np.square(places[outsiders] - places[outsiders[0]]).sum(axis=1)
        near = squares <= gate(views[outsiders], places.shape[1])
        alike = outsiders[near]
        if _at_once(alike[views[alike] >= TEAM_MODEL.min_views], pairs, 2):
            officials.append(alike)
        outsiders = outsiders[~near]
    return np.concatenate(officials)


def _at_once(
    tracklets: NDArray[np.intp], pairs: NDArray[np.int64], people: int, min_share: float = 0.0
) -> bool:
    """Whether ``people`` or more of the ``tracklets`` often share a time bin.

    min_share: of the bins in which any of them is seen.
    """
    bins = pairs[np.isin(pairs[:, 0], tracklets), 1]
    together = np.unique(bins, return_counts=True)[1]
    often = (together >= people).sum()
    return bool(often >= max(_MIN_BINS, min_share * len(together)))


def _unique_pairs(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """(P, 2) the unique pairs, sorted; encoded as one number each, which sorts far faster."""
    low = second.min(initial=0)
    span = second.max(initial=0) - low + 1
    codes = np.unique(first * span + (second - low))
    return np.stack([codes // span, codes % span + low], axis=1)
