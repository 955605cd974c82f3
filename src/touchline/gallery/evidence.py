"""How much speaks for an identity of a clip being a person of the gallery, in log odds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from touchline.gallery.config import GalleryConfig
from touchline.gallery.people import UNKNOWN, Features, People

Floats = NDArray[np.float64]

_SHRINKAGE = 0.1
"""Share of the mean variance added in every direction, as few looks tell few directions."""

_SHARPNESS = 2.0
"""Times the log odds that two bells of one width (same person, two people) would give.

Measured, as _MIDDLE: with these two confidences were right as often as they said, on clips of one
match (rendered, and two halves of SNMOT-060), with the colour histogram and with OSNet, and with
a quarter of the people hidden.
"""

_MIDDLE = 0.5
"""Likeness that speaks neither for nor against, where 1 is that of two halves of one track."""

_STEEPEST, _USUAL = 12.0, 6.0
"""Log odds from likeness 0 to 1: the most there can be; where a clip has too few tracks to tell."""

_USUAL_HALVES, _LEAST_HALVES = 0.7, 0.1
"""Cosine of two halves of one track: where too few can tell, and the least taken for real."""

_MIN_TRACKS = 4
"""Tracks with looks to halve that it takes to tell how far the looks can be trusted."""

_FEW_LOOKS = 2.0
"""With so many looks the likeness of one person to himself falls to 0.7 of what it would be."""

_SHIRT_NUMBERS = 20
"""About how many numbers a team wears: what the same number by chance is worth."""


def log_odds(
    clip: People, gallery: People, apart: NDArray[np.bool_], config: GalleryConfig
) -> Floats:
    """(I, P) log odds of the same person against two people, for each identity and person.

    -inf for pairs that cannot be: another team, another number. Both sides' looks are centred
    by their own clips; the teams of ``clip`` are those of the gallery (``oriented``). apart:
    (I, I) True for identities that are two people for certain.
    """
    odds = appearance_log_odds(clip, gallery, apart)
    odds += _number_log_odds(clip.features, gallery.features)
    odds[_cannot_be(clip.features, gallery.features, config)] = -np.inf
    return odds


def appearance_log_odds(clip: People, gallery: People, apart: NDArray[np.bool_]) -> Floats:
    """(I, P) log odds from the looks alone; 0 for whoever has none.

    Directions in which one person's own looks vary count less (within-class covariance
    normalisation: Hatch, Kajarekar, Stolcke, Interspeech 2006). How much a cosine says is
    learned from the clip: halves of one track are one person, two in one frame are two.
    """
    if not len(clip.embeddings) or not len(gallery.embeddings):
        return np.zeros((len(clip), len(gallery)))
    whiten = _whitening([clip, gallery])
    ours, theirs = clip.embeddings @ whiten, gallery.embeddings @ whiten
    cosines = _unit(clip.means(ours)) @ _unit(gallery.means(theirs)).T
    weights, other_weights = clip.weights(), gallery.weights()
    enough = np.sqrt(
        (weights / (weights + _FEW_LOOKS))[:, None] * (other_weights / (other_weights + _FEW_LOOKS))
    )
    halves, slope = _calibrated(clip, ours, apart)
    odds = slope * (cosines / halves - _MIDDLE * enough)
    return np.where((weights[:, None] > 0) & (other_weights > 0), odds, 0.0)


def oriented(clip: People, gallery: People) -> People:
    """``clip`` with its teams 0 and 1 swapped where the gallery's are the other way round.

    Which team of a clip is called 0 means nothing in another clip; the shirts tell.
    """
    teams = clip.features.teams
    ours, theirs = _team_looks(clip), _team_looks(gallery)
    likeness = ours @ theirs.T
    if likeness[0, 0] + likeness[1, 1] >= likeness[0, 1] + likeness[1, 0]:
        return clip
    swapped = np.where((teams == 0) | (teams == 1), 1 - teams, teams)
    return replace(clip, features=replace(clip.features, teams=swapped))


def _team_looks(people: People) -> Floats:
    """(2, D) direction in which each team differs from the clip's mean; zeros for no player."""
    means, looks = people.means(), np.zeros((2, people.embeddings.shape[1]))
    for team in (0, 1):
        players = (people.features.teams == team) & (people.weights() > 0)
        if players.any():
            looks[team] = means[players].mean(axis=0)
    return _unit(looks)


def _whitening(sides: list[People]) -> Floats:
    """(D, D) after which the looks of one person vary alike in all directions."""
    deviations = []
    for people in sides:
        seen = people.weights()
        # One look deviates from its own mean by nothing, two by too little: Bessel's correction.
        looks = np.bincount(people.owners, minlength=len(people))[people.owners]
        scale = np.sqrt(people.counts * looks / np.maximum(looks - 1, 1))
        difference = people.embeddings - people.means()[people.owners]
        deviations.append((difference * scale[:, None])[seen[people.owners] > 0])
    rows = np.concatenate(deviations)
    total = sum(float(people.counts.sum()) for people in sides)
    covariance = rows.T @ rows / total
    variance = float(np.trace(covariance)) / len(covariance)
    if variance <= 0.0:
        return np.eye(len(covariance))
    values, vectors = np.linalg.eigh(covariance)
    scales: Floats = vectors / np.sqrt(np.maximum(values, 0.0) + _SHRINKAGE * variance)
    return scales


def _calibrated(clip: People, looks: Floats, apart: NDArray[np.bool_]) -> tuple[float, float]:
    """Cosine of two halves of one track, and the log odds between that likeness and none."""
    owners, halves = [], []
    for position in range(len(clip)):
        own = looks[clip.owners == position]
        if len(own) >= 4:
            owners.append(position)
            halves.append([own[: len(own) // 2].mean(axis=0), own[len(own) // 2 :].mean(axis=0)])
    others = apart[np.ix_(owners, owners)]
    if len(owners) < _MIN_TRACKS or not others.any():
        return _USUAL_HALVES, _USUAL
    first, second = np.moveaxis(_unit(np.array(halves)), 1, 0)
    cosines = first @ second.T
    same = max(float(np.median(np.diag(cosines))), _LEAST_HALVES)
    different = cosines[others]
    bells = same * (same - different.mean()) / max(float(different.var()), 1e-6)
    return same, float(np.clip(_SHARPNESS * bells, 0.0, _STEEPEST))


def _number_log_odds(ours: Features, theirs: Features) -> Floats:
    """(I, P) for shirt numbers: the same one speaks for, another one against; 0 where unknown."""
    both = (ours.numbers[:, None] != UNKNOWN) & (theirs.numbers != UNKNOWN)
    right = np.clip(ours.number_confidences[:, None] * theirs.number_confidences, 0.0, 0.99)
    same = ours.numbers[:, None] == theirs.numbers
    ratio = np.where(same, 1.0 + (_SHIRT_NUMBERS - 1) * right, 1.0 - right)
    return np.where(both, np.log(ratio), 0.0)


def _cannot_be(ours: Features, theirs: Features, config: GalleryConfig) -> NDArray[np.bool_]:
    """(I, P) pairs of two people for certain: surely another team, or surely another number."""
    numbers = (ours.numbers[:, None] != theirs.numbers) & (
        _sure(ours.numbers, ours.number_confidences, config.min_number_confidence)[:, None]
        & _sure(theirs.numbers, theirs.number_confidences, config.min_number_confidence)
    )
    teams = (ours.teams[:, None] != theirs.teams) & (
        _sure(ours.teams, ours.team_confidences, config.min_team_confidence)[:, None]
        & _sure(theirs.teams, theirs.team_confidences, config.min_team_confidence)
    )
    return np.asarray(numbers | teams)


def _sure(
    values: NDArray[np.int64], confidences: Floats, min_confidence: float
) -> NDArray[np.bool_]:
    return np.asarray((values != UNKNOWN) & (confidences >= min_confidence))


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12))
