"""Log odds that an identity of a clip is a person of the gallery.

The same terms as within a clip (``touchline.evidence``): appearance, shirt number; and hard
constraints: a team or a number that surely differs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.appearance import fit_appearance_model
from touchline.evidence.labels import LABEL_MODEL, Votes, cannot_link_labels, label_llr
from touchline.evidence.whitening import fit_whitening
from touchline.gallery.config import GalleryConfig
from touchline.gallery.people import PersonEmbeddings
from touchline.identities import Identities
from touchline.types import Floats


@dataclass(frozen=True, slots=True)
class GalleryModel:
    """What appearance says between clips, from what it says within one.

    sharpness: multiplies its log-likelihood ratio. max_llr: its limit before that, wider than
    within a clip: everybody is compared by the mean of all that was seen of them, and all are
    assigned together.

    Measured: with these, confidences are calibrated in both directions between two clips of a
    rendered match and between the halves of SNMOT-060, with the colour histogram and with the
    shipped encoder, and with a quarter of the people hidden from the gallery.
    """

    sharpness: float = 1.75
    max_llr: float = 12.0


GALLERY_MODEL = GalleryModel()


def log_odds(
    clip: PersonEmbeddings,
    gallery: PersonEmbeddings,
    cannot_link: NDArray[np.bool_],
    config: GalleryConfig,
) -> Floats:
    """(I, P) log odds that each identity and each person are the same.

    -inf for impossible pairs: another team, another number. Embeddings of both are centred
    by their own clips; the teams of ``clip`` are those of the gallery (``oriented``). cannot_link:
    (I, I) True for identities that are two people for certain.
    """
    ours, theirs = clip.identities, gallery.identities
    numbers, their_numbers = _numbers(ours), _numbers(theirs)
    log_odds = appearance_llr(clip, gallery, cannot_link)
    log_odds += label_llr(numbers, their_numbers, LABEL_MODEL.number_agreement)
    teams, their_teams = _teams(ours), _teams(theirs)
    log_odds[cannot_link_labels(numbers, their_numbers, config.min_number_confidence)] = -np.inf
    log_odds[cannot_link_labels(teams, their_teams, config.min_team_confidence)] = -np.inf
    return log_odds


def appearance_llr(
    clip: PersonEmbeddings,
    gallery: PersonEmbeddings,
    cannot_link: NDArray[np.bool_],
    scale: GalleryModel = GALLERY_MODEL,
) -> Floats:
    """(I, P) log-likelihood ratio of appearance alone; 0 for whoever has no embeddings.

    What a cosine says is learned from the clip: time splits of one track are one person, two in one
    frame are two.
    """
    if not len(clip.embeddings) or not len(gallery.embeddings):
        return np.zeros((len(clip), len(gallery)))
    whitening = fit_whitening(
        np.concatenate([clip.embeddings, gallery.embeddings]),
        np.concatenate([clip.owners, gallery.owners + len(clip)]),
    )
    ours, theirs = whitening.whiten(clip.embeddings), whitening.whiten(gallery.embeddings)
    crowd = int(cannot_link.sum(axis=1).max(initial=0)) + 1
    found = fit_appearance_model(ours, clip.owners, np.nonzero(cannot_link), crowd)
    model = replace(found, calibration=replace(found.calibration, limit=scale.max_llr))
    return scale.sharpness * model.llr(*_sums(clip, ours), *_sums(gallery, theirs))


def _sums(
    people: PersonEmbeddings, whitened: NDArray[np.float32]
) -> tuple[NDArray[np.float32], Floats]:
    """(P, D) sum of each person's embeddings, and (P,) how many half seconds these stand for."""
    weights = people.weights()
    return (people.means(whitened) * weights[:, None]).astype(np.float32), weights


def oriented(clip: PersonEmbeddings, gallery: PersonEmbeddings) -> PersonEmbeddings:
    """``clip`` with its teams 0 and 1 swapped where the gallery's are the other way round.

    Which team of a clip is called 0 means nothing in another clip; the shirts tell.
    """
    teams = clip.identities.teams
    ours, theirs = _team_directions(clip), _team_directions(gallery)
    similarity = ours @ theirs.T
    if similarity[0, 0] + similarity[1, 1] >= similarity[0, 1] + similarity[1, 0]:
        return clip
    swapped = np.where((teams == 0) | (teams == 1), 1 - teams, teams)
    return replace(clip, identities=replace(clip.identities, teams=swapped))


def _team_directions(people: PersonEmbeddings) -> Floats:
    """(2, D) direction in which each team differs from the clip's mean; zeros for no player."""
    means, embeddings = people.means(), np.zeros((2, people.embeddings.shape[1]))
    for team in (0, 1):
        players = (people.identities.teams == team) & (people.weights() > 0)
        players &= people.identities.roles != "goalkeeper"  # in a shirt of their own
        if players.any():
            embeddings[team] = means[players].mean(axis=0)
    return _unit(embeddings)


def _numbers(people: Identities) -> Votes:
    return Votes(people.numbers, people.number_confidences)


def _teams(people: Identities) -> Votes:
    return Votes(people.teams, people.team_confidences)


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12))
