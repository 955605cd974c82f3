"""What speaks for a role, as log-likelihood ratios against somebody of no role."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln

from touchline.clothes.kits import squared_distances
from touchline.clothes.role_model import LABELS, OTHER, PLAYER, REFEREE, RoleModel

_MIN_BINS = 5
"""Time bins in which people must be seen together: tracks of one person may overlap a little."""

_MOST_SECONDS = 30.0
"""Of votes that count: of a longer track no more is to be learned."""

_BEYOND = 0.5
"""Share of time beyond all players from which on somebody stands there."""

_FAR = 100.0  # units of noise

_SHIRT, _SHORTS, _SOCKS = 0, 6, 9
"""Where their lightness stands in the colours of ``perception.shirts``."""

_COMPARED = 10
"""Kits likeliest to be the officials', with which the others are compared."""


class Called(NamedTuple):
    """What the detector calls T tracklets.

    shares: (T, 3) of boxes that it calls player or person, goalkeeper, referee. players: (T,) of
    those called player. seconds: (T,) of video in which there is a box.
    """

    shares: NDArray[np.float64]
    players: NDArray[np.float64]
    seconds: NDArray[np.float64]


class ClipClothes(NamedTuple):
    """What is known of T tracklets of a clip.

    views: (T,) independent images in which clothes were seen. colours: (T, S) as
    ``perception.shirts`` measures them, NaN where not seen. places: (T, S) the same in units of
    noise. kits: (K, S) the teams' kits there. bins: (P, 2) tracklet and time bin of every box,
    unique and sorted. beyond: (T, 2) shares of time in which no player of a team stands farther
    out, in the image's width and height; NaN where too few were in view. cells: (T,) where on the
    pitch, which of ``pitch_places.CELLS``; -1 where that is not known.
    """

    called: Called
    views: NDArray[np.float64]
    colours: NDArray[np.float64]
    places: NDArray[np.float64]
    kits: NDArray[np.float64]
    bins: NDArray[np.int64]
    beyond: NDArray[np.float64]
    cells: NDArray[np.int64]


def kit_distances(clip: ClipClothes) -> NDArray[np.float64]:
    """(T, 2) to each team's kit, in units of noise, without what few views add; else infinite."""
    squares = squared_distances(clip.places, clip.kits)
    size = clip.places.shape[1]
    nearer = np.maximum(squares - size / np.maximum(clip.views, 1.0)[:, None], 0.0)
    nearer[clip.views == 0] = np.inf
    return np.asarray(np.sqrt(nearer))


def kit_llr(
    distances: NDArray[np.float64], clip: ClipClothes, model: RoleModel
) -> NDArray[np.float64]:
    """(T, 4) from how near somebody's clothes are to a team's kit."""
    llr = np.zeros((len(distances), len(LABELS)))
    found = np.isfinite(clip.kits).all(axis=1).sum()
    seen = clip.views > 0
    if found:
        # With one team found, another kit may well be the other's.
        least = model.min_kit if found > 1 else -model.one_team
        near = np.minimum(distances[seen].min(axis=1, initial=np.inf), _FAR)
        llr[seen, PLAYER] = np.clip(model.kit_slope * (model.reach - near), least, model.max_kit)
        llr[llr[:, PLAYER] > 0, REFEREE] = -model.max_kit  # officials never wear a team's kit
    return llr


def votes_llr(called: Called, worn: NDArray[np.intp], model: RoleModel) -> NDArray[np.float64]:
    """(T, 4) from the detector's classes. worn: (T,) the team's kit of each, -1 for neither."""
    count = len(worn)
    # A class that is never named says nothing by its absence: the detector may not know it.
    told: NDArray[np.bool_] = np.any(called.shares > 0, axis=0)
    if not told[1:].any():
        only = np.zeros((count, len(LABELS)))
        only[:, PLAYER] = model.called_player * called.players
        return only
    told[PLAYER] = True
    votes = np.clip(called.seconds, 1.0, _MOST_SECONDS)[:, None] * called.shares
    alphas = np.repeat(np.array(model.votes)[None], count, axis=0)
    usual = model.wearers * alphas[:, PLAYER]
    for kit in np.unique(worn).tolist():
        mine = worn == kit
        mates = mine if kit >= 0 else worn >= 0
        # Nobody speaks for themselves: what the detector says of the others in this kit.
        others = called.shares[mates].sum(axis=0) - (called.shares[mine] if kit >= 0 else 0.0)
        size = model.wearers + mates.sum() - (kit >= 0)
        alphas[mine, PLAYER] = model.votes_of_players * (usual[mine] + others) / size
    logs = _dirichlet_multinomial(votes[:, None, told], alphas[:, :, told])
    llr = np.clip(logs - logs[:, [OTHER]], -model.max_votes, model.max_votes)
    llr[:, :OTHER] -= model.taught
    return np.asarray(llr)


def place_llr(clip: ClipClothes, model: RoleModel) -> NDArray[np.float64]:
    """(T, 4) from where somebody stands, on the pitch or else beside the players in view."""
    llr = np.zeros((len(clip.views), len(LABELS)))
    measured = clip.cells >= 0
    known = np.isfinite(clip.beyond).all(axis=1) & ~measured
    place = (clip.beyond[known] > _BEYOND) @ np.array([1, 2])
    for rows, table, cells in (
        (known, model.places, place),
        (measured, model.pitch, clip.cells[measured]),
    ):
        logs = np.log(np.array(table))[:, cells].T
        llr[rows] = logs - logs[:, [OTHER]]
    return llr


def _dirichlet_multinomial(
    counts: NDArray[np.float64], alphas: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Log probability of counts, along the last axis, without the factor of their orders."""
    total, size = counts.sum(axis=-1), alphas.sum(axis=-1)
    log: NDArray[np.float64] = gammaln(size) - gammaln(size + total)
    return np.asarray(log + (gammaln(alphas + counts) - gammaln(alphas)).sum(axis=-1))


def llr_of_kit(
    wearers: NDArray[np.intp], clip: ClipClothes, model: RoleModel
) -> NDArray[np.float64]:
    """(4, 3) log-likelihood ratios of a kit: shorts, together, presence."""
    at_once = people_at_once(wearers, clip.bins)
    together = np.array(model.together)[:, min(at_once, len(model.together[0])) - 1]
    seen = np.unique(clip.bins[np.isin(clip.bins[:, 0], wearers), 1])
    share = (len(seen) + 0.5) / (len(np.unique(clip.bins[:, 1])) + 1.0)
    first, second = np.array(model.presence).T
    presence = (first - 1) * np.log(share) + (second - 1) * np.log1p(-share)
    presence -= betaln(first, second)
    shorts = shorts_llr(wearers, clip.colours, clip.views, model)
    said = np.stack([shorts, together - together[OTHER], presence - presence[OTHER]], axis=1)
    said[PLAYER] = 0.0  # of a player who is seen badly, their own kit says nothing
    return said


def shorts_llr(
    wearers: NDArray[np.intp],
    colours: NDArray[np.float64],
    views: NDArray[np.float64],
    model: RoleModel,
) -> NDArray[np.float64]:
    """(4,) from how light shirt, shorts and socks of a kit are."""
    kit = np.average(colours[wearers], axis=0, weights=views[wearers])
    features = np.array([kit[_SHORTS] - kit[_SHIRT], kit[_SHORTS], kit[_SOCKS]])
    means, deviations = np.moveaxis(np.array(model.shorts), 2, 0)
    logs = (-0.5 * np.square((features - means) / deviations) - np.log(deviations)).sum(axis=1)
    return np.asarray(np.clip(logs - logs[OTHER], -model.max_shorts, model.max_shorts))


def people_at_once(tracklets: NDArray[np.intp], bins: NDArray[np.int64]) -> int:
    """How many of the ``tracklets`` share a time bin often; 0 for none.

    bins: (P, 2) tracklet and time bin, unique.
    """
    mine = bins[np.isin(bins[:, 0], tracklets), 1]
    people = np.sort(np.unique(mine, return_counts=True)[1])
    return int(people[-_MIN_BINS]) if len(people) >= _MIN_BINS else min(len(people), 1)


def alike_llr(
    chances: NDArray[np.float64],
    kits: list[NDArray[np.intp]],
    clip: ClipClothes,
    model: RoleModel,
) -> NDArray[np.float64]:
    """(G,) for the officials' kit, from how near each kit is to others that are likely theirs.

    chances: (G,) probability that each is the officials', before they are compared.
    """
    centres = np.array(
        [np.average(clip.places[one], axis=0, weights=clip.views[one]) for one in kits]
    )
    likeliest = np.argsort(-chances, kind="stable")[:_COMPARED]
    distances = np.sqrt(squared_distances(centres, centres[likeliest]))
    (near, spread), (far, wide) = model.officials_apart
    llr = 0.5 * np.square((distances - far) / wide) + np.log(wide / spread)
    llr -= 0.5 * np.square(np.maximum(distances - near, 0.0) / spread)
    llr = np.clip(llr, -model.max_alike, model.max_alike)
    weights = np.tile(chances[likeliest], (len(kits), 1))
    weights[likeliest, np.arange(len(likeliest))] = 0.0  # no kit speaks for itself
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1.0)
    alike: NDArray[np.float64] = np.log1p((weights * np.expm1(llr)).sum(axis=1))
    return alike
