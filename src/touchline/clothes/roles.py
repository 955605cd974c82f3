"""The role of everybody in a clip, from detector's classes, clothes and how many there can be.

What football's laws say of clothes: a team wears one kit, its keeper another colour than both
teams, and the officials a third colour that they share (IFAB, "Laws of the Game", 4 and 5). So
people in a team's kit are players, and of each other kit it is decided as a whole whether it is a
keeper's, the officials', or of somebody who is neither. Everything said of a person or a kit is
a log-likelihood ratio against somebody of no role; ``RoleTable`` holds them apart, as the reasons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from touchline.clothes.kits import gate
from touchline.clothes.role_evidence import (
    Called,
    ClipClothes,
    alike_llr,
    kit_distances,
    kit_llr,
    llr_of_kit,
    place_llr,
    shorts_llr,
    votes_llr,
)
from touchline.clothes.role_model import (
    LABELS,
    OTHER,
    PLAYER,
    REASONS,
    REFEREE,
    ROLE_MODEL,
    RoleModel,
)
from touchline.columns import ROLE_DTYPE
from touchline.types import Roles

_OF_PEOPLE = 3
"""So many of ``REASONS`` are said of one person; the others of their kit."""

_MANY = 5
"""So many of a team at once are many."""

_KITS = [(keepers, officials) for keepers in range(3) for officials in range(2)]
"""How many kits were given to keepers and to officials, the last number standing for more."""

_FULL = np.array([(keepers == 2, officials == 1, False) for keepers, officials in _KITS])
"""Whether one more of either, or of neither, is one too many."""

_AFTER = np.array(
    [(_KITS.index((min(k + 1, 2), o)), _KITS.index((k, 1)), _KITS.index((k, o))) for k, o in _KITS]
)
"""What there is after one more of either, or of neither: a position in ``_KITS``."""


@dataclass(frozen=True, slots=True)
class RoleTable:
    """The role of T tracklets.

    roles: (T,) role names, ``person`` where none is likely enough. probabilities: (T, 4) of each
    of ``LABELS``. reasons: (T, 4, 7) log-likelihood ratios of each label against ``person``, by
    ``REASONS``; where a kit is decided as a whole, what is said of it is said of each wearer.
    """

    roles: Roles
    probabilities: NDArray[np.float64]
    reasons: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.roles)

    @classmethod
    def empty(cls) -> RoleTable:
        labels = len(LABELS)
        return cls(
            np.empty(0, ROLE_DTYPE), np.empty((0, labels)), np.empty((0, labels, len(REASONS)))
        )


def decide_roles(clip: ClipClothes, model: RoleModel = ROLE_MODEL) -> RoleTable:
    """The role of every tracklet of a clip; it does not depend on their order."""
    count = len(clip.views)
    distances = kit_distances(clip)
    reasons = np.zeros((count, len(LABELS), len(REASONS)))
    reasons[:, :, 1] = kit_llr(distances, clip, model)
    wears = reasons[:, PLAYER, 1] > 0
    reasons[:, :, 0] = votes_llr(clip.called, np.where(wears, distances.argmin(axis=1), -1), model)
    reasons[:, :, 2] = place_llr(clip, model)
    scores = np.array(model.person_prior) + reasons.sum(axis=2)
    kits = _kit_groups(np.flatnonzero((clip.views > 0) & ~wears), clip.places, clip.views)
    if kits:
        of_kits = np.zeros((len(kits), len(LABELS)))
        of_people = reasons.sum(axis=2)
        # A player after all, for one wearer by themselves.
        seen_badly = of_people[:, PLAYER] + model.person_prior[PLAYER] - model.person_prior[OTHER]
        for row, wearers in enumerate(kits):
            said = llr_of_kit(wearers, clip, model)
            reasons[wearers, :, _OF_PEOPLE:-1] = said
            both = np.logaddexp(of_people[wearers], seen_badly[wearers, None])
            of_kits[row] = np.array(model.prior) + said.sum(axis=1) + both.sum(axis=0)
        chances = _marginals(of_kits[:, 1:], model)
        alike = alike_llr(np.exp(chances[:, 1]), kits, clip, model)
        of_kits[:, REFEREE] += alike
        for wearers, llr in zip(kits, alike, strict=True):
            reasons[wearers, REFEREE, -1] = llr
        chances = _marginals(of_kits[:, 1:], model)
        for wearers, chance in zip(kits, chances, strict=True):
            scores[wearers] = _of_wearers(of_people[wearers], seen_badly[wearers], chance)
    probabilities = np.exp(scores - logsumexp(scores, axis=1, keepdims=True))
    best = probabilities.argmax(axis=1) if count else np.empty(0, np.intp)
    sure = probabilities.max(axis=1, initial=0.0) >= model.min_probability
    roles = np.array(LABELS, ROLE_DTYPE)[np.where(sure, best, OTHER)]
    return RoleTable(roles, probabilities, reasons)


def _kit_groups(
    outsiders: NDArray[np.intp], places: NDArray[np.float64], views: NDArray[np.float64]
) -> list[NDArray[np.intp]]:
    """The ``outsiders`` by kit: around whoever was seen best, then the best of the others."""
    order = np.lexsort((*places[outsiders].T, -views[outsiders]))
    left, kits = outsiders[order], []
    while len(left):
        squares = np.square(places[left] - places[left[0]]).sum(axis=1)
        near = squares <= gate(views[left], places.shape[1])
        kits.append(left[near])
        left = left[~near]
    return kits


def _marginals(scores: NDArray[np.float64], model: RoleModel) -> NDArray[np.float64]:
    """(G, 3) log probability that each kit is a keeper's, the officials' or nobody's of these.

    scores: (G, 3) log odds of each by itself. There is one kit of officials and there are two of
    keepers; more are less likely.
    """
    steps = scores[:, None, :] + np.array([*model.another, 0.0]) * _FULL
    forward, backward = [np.where(np.arange(len(_FULL)) == 0, 0.0, -np.inf)], [np.zeros(len(_FULL))]
    for step in steps:
        come = forward[-1][:, None] + step
        there = _AFTER[..., None] == np.arange(len(_FULL))
        forward.append(logsumexp(np.where(there, come[..., None], -np.inf), axis=(0, 1)))
    for step in steps[::-1]:
        backward.append(logsumexp(step + backward[-1][_AFTER], axis=1))
    chances = np.array(
        [
            logsumexp(before[:, None] + step + after[_AFTER], axis=0)
            for before, step, after in zip(forward[:-1], steps, backward[-2::-1], strict=True)
        ]
    )
    return np.asarray(chances - logsumexp(chances, axis=1, keepdims=True))


def _of_wearers(
    votes: NDArray[np.float64], seen_badly: NDArray[np.float64], chances: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N, 4) log probabilities of the labels for the wearers of one kit, whose ``chances`` (3,)."""
    either = np.logaddexp(votes[:, 1:], seen_badly[:, None])
    player = logsumexp(chances + seen_badly[:, None] - either, axis=1)
    return np.column_stack([player, chances + votes[:, 1:] - either])


def is_officials_kit(
    wearers: NDArray[np.intp],
    called: Called,
    colours: NDArray[np.float64],
    views: NDArray[np.float64],
    most: tuple[int, int],
    model: RoleModel = ROLE_MODEL,
) -> bool:
    """Whether one of the two kits that most people wear is rather the officials'.

    Three or fewer of them are seen at once; the detector, their shorts and how many of the other
    kit are seen at once tell. most: how many wear this kit and the other at once.
    """
    mine, theirs = most
    if not 0 < mine < len(model.few):
        return False
    votes = votes_llr(called, np.full(len(called.shares), -1), model)[wearers]
    shorts = shorts_llr(wearers, colours, views, model)
    said = float((votes[:, REFEREE] - votes[:, PLAYER]).sum())
    log_odds = min(said, model.max_votes) + shorts[REFEREE] - shorts[PLAYER]
    log_odds += model.together[REFEREE][mine - 1]
    if theirs >= _MANY:
        log_odds -= model.few[mine]
    return bool(log_odds > model.min_officials)
