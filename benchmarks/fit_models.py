"""How the other models are fitted, and the list of all, for ``benchmarks.fit_evidence``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.fit_inputs import KnownClip, bins_of, clothes_of, tracklets_of
from benchmarks.fit_motion import (
    fit_motion,
    motion_fields,
    motion_loss,
    motion_sample,
    population_sample,
)
from benchmarks.fit_samples import (
    Fitted,
    Floats,
    Recipe,
    Sample,
    balanced_loss,
    joined,
    means,
    weights_of,
)
from touchline.boxes import iou_matrix
from touchline.clothes.kits import KIT_MODEL
from touchline.evidence.appearance import reliability
from touchline.evidence.calibration import APPEARANCE_PRIOR
from touchline.evidence.labels import LABEL_MODEL
from touchline.evidence.motion import MOTION_MODEL
from touchline.evidence.population import POPULATION_PRIOR
from touchline.evidence.whitening import fit_whitening
from touchline.gallery.evidence import GALLERY_MODEL, GalleryModel, appearance_llr
from touchline.gallery.people import PersonEmbeddings
from touchline.identities import Identities
from touchline.linking.clustering.margins import CONFIDENCE_MODEL
from touchline.linking.config import LinkConfig
from touchline.linking.pipeline import link_clip
from touchline.tracking.config import TrackerConfig


def recipes() -> Iterator[Recipe]:
    motion, scale, kits = MOTION_MODEL, POPULATION_PRIOR.scale, KIT_MODEL
    yield Recipe("MotionModel", motion_fields(motion), motion_sample, fit_motion, motion_loss)
    yield Recipe(
        "PopulationScale",
        {"across": scale.across, "depth": scale.depth, "size": scale.size},
        population_sample,
        lambda samples: means(samples, ("across", "depth", "size")),
    )
    shipped = dict(zip(_WEIGHTS, APPEARANCE_PRIOR.weights, strict=True))
    yield Recipe("AppearancePrior", shipped, appearance_sample, fit_appearance, appearance_loss)
    yield Recipe(
        "LabelModel",
        {
            "team_agreement": LABEL_MODEL.team_agreement,
            "number_agreement": LABEL_MODEL.number_agreement,
        },
        label_sample,
        lambda samples: means(samples, ("team_agreement", "number_agreement")),
    )
    confidence = CONFIDENCE_MODEL
    yield Recipe(
        "ConfidenceModel",
        {
            "at_zero": confidence.at_zero,
            "slope": confidence.slope,
            "longest": confidence.longest,
        },
        confidence_sample,
        fit_confidence,
        confidence_loss,
    )
    noise = {f"noise.{place}": value for place, value in enumerate(kits.noise)}
    yield Recipe("KitModel", noise, kit_sample, fit_kits)
    yield Recipe(
        "GalleryModel", {"sharpness": GALLERY_MODEL.sharpness}, gallery_sample, fit_gallery
    )


def appearance_sample(clip: KnownClip) -> Sample | None:
    """Cosine and trust of pairs of tracklets, and whether they are one person."""
    known = tracklets_of(clip)
    found = bins_of(clip, known.ids)
    if not len(found):
        return None
    bins, owners = found.embeddings, found.track_ids
    whitened = fit_whitening(bins, owners).whiten(bins)
    counts = np.bincount(owners, minlength=len(known.people)).astype(np.float64)
    sums = np.zeros((len(counts), bins.shape[1]))
    np.add.at(sums, owners, whitened)
    seen = np.flatnonzero(counts)
    i, j = (seen[places] for places in np.triu_indices(len(seen), 1))
    same = known.people[i] == known.people[j]
    lengths = np.sqrt(np.einsum("nd,nd->n", sums, sums))
    trust = np.sqrt(reliability(counts[i]) * reliability(counts[j]))
    cosines = np.einsum("nd,nd->n", sums[i], sums[j]) / (lengths[i] * lengths[j])
    return {"cosines": cosines, "trust": trust, "same": same}


_WEIGHTS = ("weights.cosine", "weights.trust", "weights.constant")


def fit_appearance(samples: Sequence[tuple[str, Sample]]) -> Fitted:
    same = joined(samples, "same") > 0
    if not same.any() or same.all():
        return {}

    def loss(found: Floats) -> float:
        return appearance_loss(samples, dict(zip(_WEIGHTS, found.tolist(), strict=True)))

    found = minimize(loss, np.zeros(3), method="L-BFGS-B").x
    return dict(zip(_WEIGHTS, found.tolist(), strict=True))


def appearance_loss(samples: Sequence[tuple[str, Sample]], fields: Fitted) -> float:
    cosine, trust, constant = (fields[name] for name in _WEIGHTS)
    llr = cosine * joined(samples, "cosines") + trust * joined(samples, "trust") + constant
    return balanced_loss(llr, joined(samples, "same") > 0, weights_of(samples, "same"))


def label_sample(clip: KnownClip) -> Sample | None:
    """How often two different people of the clip share a team, and a number."""
    here = set(np.unique(clip.table.ids).tolist())
    found: dict[str, NDArray[np.generic]] = {}
    for name, known in (("team_agreement", clip.kits), ("number_agreement", clip.numbers)):
        values = [value for person, value in known.items() if person in here]
        found[name] = np.array([one == other for one, other in combinations(values, 2)], np.bool_)
    return found if any(len(values) for values in found.values()) else None


def confidence_sample(clip: KnownClip) -> Sample | None:
    """Of every box of the whole pipeline: the margin that decides, and whether it is right.

    A box is right on the person of its identity's longest tracklet, which most of its boxes show.
    """
    table = link_clip(
        clip.observations,
        TrackerConfig(),
        LinkConfig(),
        frame_rate=clip.frame_rate,
        image_size=clip.image_size,
    ).table
    table = table[~table.interpolated]
    people = np.full(len(table), -1, np.int64)
    for frame in np.unique(table.frames).tolist():
        mine, true = table.rows_at(frame), clip.truth.rows_at(frame)
        if true.stop > true.start:
            overlaps = iou_matrix(table.boxes[mine], clip.truth.boxes[true])
            best = overlaps.argmax(axis=1)
            near = overlaps.max(axis=1) >= 0.5
            people[mine] = np.where(near, clip.truth.ids[true][best], -1)
    assert table.confidences is not None
    longest = np.abs(table.confidences - CONFIDENCE_MODEL.longest) < 1e-4
    right = np.zeros(len(table), np.bool_)
    for identity in np.unique(table.ids):
        rows = np.flatnonzero(table.ids == identity)
        seen = people[rows[longest[rows]]]
        seen = seen[seen >= 0]
        if len(seen):
            right[rows] = people[rows] == np.bincount(seen).argmax()
    sure = np.clip(table.confidences, 1e-6, 1 - 1e-6)
    margins = (np.log(sure / (1 - sure)) - CONFIDENCE_MODEL.at_zero) / CONFIDENCE_MODEL.slope
    return {"margins": margins, "right": right, "longest": longest}


def fit_confidence(samples: Sequence[tuple[str, Sample]]) -> Fitted:
    longest, right = joined(samples, "longest") > 0, joined(samples, "right") > 0
    if longest.all() or right[~longest].all() or not right[~longest].any():
        return {}
    weights = weights_of(samples, "right")
    share = float(np.average(right[longest], weights=weights[longest]))

    def loss(line: Floats) -> float:
        fields = {"at_zero": float(line[0]), "slope": float(line[1]), "longest": share}
        return confidence_loss(samples, fields)

    best = minimize(loss, np.zeros(2), method="L-BFGS-B").x
    return {"at_zero": float(best[0]), "slope": float(best[1]), "longest": share}


def confidence_loss(samples: Sequence[tuple[str, Sample]], fields: Fitted) -> float:
    longest, right = joined(samples, "longest") > 0, joined(samples, "right") > 0
    log_odds = fields["at_zero"] + fields["slope"] * joined(samples, "margins")
    share = fields["longest"]
    log_odds = np.where(longest, np.log(share / (1.0 - share)), log_odds)
    losses = np.logaddexp(0.0, np.where(right, -log_odds, log_odds))
    return float(np.average(losses, weights=weights_of(samples, "right")))


def kit_sample(clip: KnownClip) -> Sample | None:
    """(1, 12) standard deviation of shirts around their tracklet's median, as kits measure it."""
    clothes = clothes_of(clip, tracklets_of(clip).ids)
    rows = np.isfinite(clothes.shirts).all(axis=1)
    values, ids = clothes.shirts[rows].astype(np.float64), clothes.track_ids[rows]
    deviations = [
        values[ids == one] - np.median(values[ids == one], axis=0) for one in np.unique(ids)
    ]
    if not deviations:
        return None
    every = np.concatenate(deviations)
    scale = 1.4826 * np.median(np.abs(every), axis=0)
    return {"noise": np.clip(every, -3 * scale, 3 * scale).std(axis=0)[None]}


def fit_kits(samples: Sequence[tuple[str, Sample]]) -> Fitted:
    every = np.concatenate([np.asarray(sample["noise"], np.float64) for _, sample in samples])
    return {f"noise.{place}": float(np.median(every[:, place])) for place in range(every.shape[1])}


def gallery_sample(clip: KnownClip) -> Sample | None:
    """Log-likelihood ratios, at sharpness 1, between the people of the two halves of the clip."""
    middle = float(clip.table.times.mean()) if len(clip.table) else 0.0
    found = bins_of(clip, clip.table.ids * 2 + (clip.table.times > middle))
    if not len(found):
        return None
    bins, owners = found.embeddings, found.track_ids
    first, second = (
        person_embeddings(bins[owners % 2 == half], owners[owners % 2 == half] // 2)
        for half in (0, 1)
    )
    together = np.ones((len(first), len(first)), np.bool_)
    np.fill_diagonal(together, False)
    llr = appearance_llr(first, second, together, GalleryModel(sharpness=1.0))
    same = first.ids[:, None] == second.ids
    return {"llr": llr.ravel(), "same": same.ravel()}


def person_embeddings(bins: NDArray[np.float32], owners: NDArray[np.int64]) -> PersonEmbeddings:
    ids, places = np.unique(owners, return_inverse=True)
    centred = bins - bins.mean(axis=0) if len(bins) else bins
    people = Identities.nothing_known(ids)
    return PersonEmbeddings(people, places.astype(np.int64), centred, np.ones(len(bins)))


def fit_gallery(samples: Sequence[tuple[str, Sample]]) -> Fitted:
    same = joined(samples, "same") > 0
    if not same.any() or same.all():
        return {}
    llr, weights = joined(samples, "llr"), weights_of(samples, "same")

    def loss(sharpness: Floats) -> float:
        return balanced_loss(float(sharpness[0]) * llr, same, weights)

    best = minimize(loss, np.ones(1), method="Nelder-Mead").x
    return {"sharpness": float(best[0])}
