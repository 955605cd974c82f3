"""How ``MotionModel`` and ``PopulationScale`` are fitted, for ``benchmarks.fit_evidence``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize

from benchmarks.fit_inputs import KnownClip, tracklets_of
from benchmarks.fit_samples import Fitted, Floats, Sample, balanced_loss, joined, weights_of
from touchline.evidence.motion import GapScale, MotionModel, log_t3, motion_llr
from touchline.evidence.population import PopulationPrior, PopulationScale, PopulationScaleMeter
from touchline.linking.motion import share_in_sight
from touchline.linking.tracklets import END, START

MAX_GAP = 30.0
"""Seconds; ``link.whole.max_motion_seconds``."""

MAX_DIFFERENT = 4000
"""Most pairs of different people from a clip."""

GAP_BINS = np.array([0.5, 1.0, 2.0, 4.0, 8.0, 16.0])
"""Seconds between which gaps count as alike."""


def motion_sample(clip: KnownClip) -> Sample | None:
    """Pairs of tracklets with a gap between: of one person consecutive ones, of two any."""
    known = tracklets_of(clip)
    ends = known.described
    people, count = known.people, len(known.people)
    if count < 2:
        return None
    gaps = ends.times[None, :, START] - ends.times[:, None, END]
    after = ends.frames[None, :, START] > ends.frames[:, None, END]
    comparable = ends.chains[:, None, END] == ends.chains[None, :, START]
    possible = after & comparable & (gaps <= MAX_GAP)
    nearest = np.full(count, -1)
    for person in np.unique(people):
        mine = np.flatnonzero(people == person)  # tracklets are numbered in time
        nearest[mine[:-1]] = mine[1:]
    i = np.flatnonzero(nearest >= 0)
    i = i[possible[i, nearest[i]]]
    first, second = np.nonzero(possible & (people[:, None] != people))
    step = len(first) // MAX_DIFFERENT + 1
    i, j = np.append(i, first[::step]), np.append(nearest[i], second[::step])
    population = _population(clip)
    if not len(i) or population is None:
        return None
    share = share_in_sight(ends, i, j, known.stitching, clip.image_size)
    return {
        "displacements": ends.places[j, START] - ends.places[i, END],
        "before": ends.heights[i, END],
        "behind": ends.heights[j, START],
        "gaps": gaps[i, j],
        "left": ends.at_border[i, END],
        "entered": ends.at_border[j, START],
        "in_sight": gaps[i, j] * share,
        "same": people[i] == people[j],
        "across": np.full(len(i), population.across),
        "depth": np.full(len(i), population.depth),
        "size": np.full(len(i), population.size),
    }


def motion_fields(model: MotionModel) -> Fitted:
    return {
        "across.at_once": model.across.at_once,
        "across.a_second": model.across.a_second,
        "depth.at_once": model.depth.at_once,
        "depth.a_second": model.depth.a_second,
        "size.at_once": model.size.at_once,
        "size.a_second": model.size.a_second,
        "two_across": model.two_across,
        "found_inside": model.found_inside,
        "left_unseen": model.left_unseen,
        "came_unseen": model.came_unseen,
        "at_border": model.at_border,
        "inside_seconds": model.inside_seconds,
        "in_sight": model.in_sight,
    }


def fit_motion(samples: Sequence[tuple[str, Sample]]) -> Fitted:
    """Scales by maximum likelihood, then border and seconds in sight by the log loss of pairs."""
    same = joined(samples, "same") > 0
    if not same.any() or same.all():
        return {}
    weights = weights_of(samples, "same")
    weights[~same] *= of_equal_gaps(samples)[~same]
    before, behind, gaps = (joined(samples, key) for key in ("before", "behind", "gaps"))
    moved = joined(samples, "displacements") / np.sqrt(before * behind)[:, None]
    changes = {"across": moved[:, 0], "depth": moved[:, 1], "size": np.log(behind / before)}
    scales = {
        name: fit_scale(values[same], gaps[same], weights[same]) for name, values in changes.items()
    }
    apart = np.abs(moved[~same, 0]) / joined(samples, "across")[~same]
    two_across = float(np.average(apart, weights=weights[~same]))
    model = MotionModel(scales["across"], scales["depth"], scales["size"], two_across=two_across)

    def with_border(found: Floats) -> MotionModel:
        names = ("found_inside", "left_unseen", "came_unseen", "at_border", "in_sight")
        values = dict(zip(names, found[:5].tolist(), strict=True))
        return replace(model, **values, inside_seconds=float(np.exp(found[5])))

    def loss(found: Floats) -> float:
        return balanced_loss(all_motion_llr(samples, with_border(found)), same, weights)

    start = np.array([0.0, 0.0, 0.0, 0.0, 0.0, np.log(4.0)])
    bounds = [(-5.0, 5.0)] * 4 + [(0.0, 5.0), (np.log(0.5), np.log(60.0))]
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds).x
    return motion_fields(with_border(found))


def motion_loss(samples: Sequence[tuple[str, Sample]], fields: Fitted) -> float:
    """Log loss over pairs of one person and of two, which weigh the same."""
    same, weights = joined(samples, "same") > 0, weights_of(samples, "same")
    weights[~same] *= of_equal_gaps(samples)[~same]
    across, depth, size = (
        GapScale(fields[f"{name}.at_once"], fields[f"{name}.a_second"])
        for name in ("across", "depth", "size")
    )
    numbers = {name: value for name, value in fields.items() if "." not in name}
    model = MotionModel(across, depth, size, **numbers)
    return balanced_loss(all_motion_llr(samples, model), same, weights)


def of_equal_gaps(samples: Sequence[tuple[str, Sample]]) -> Floats:
    """Weights that give the pairs of two people of each clip the gaps of its pairs of one.

    The ratio is one of displacements over a given gap: that people are mostly back soon must not
    count as evidence.
    """
    parts = []
    for _, sample in samples:
        same, bins = sample["same"], np.digitize(sample["gaps"], GAP_BINS)
        size = len(GAP_BINS) + 1
        ours, theirs = (
            np.bincount(bins[same], minlength=size),
            np.bincount(bins[~same], minlength=size),
        )
        ratio = ours / max(ours.sum(), 1) / np.maximum(theirs / max(theirs.sum(), 1), 1e-9)
        parts.append(np.where(theirs > 0, ratio, 0.0)[bins])
    return np.concatenate(parts)


def all_motion_llr(samples: Sequence[tuple[str, Sample]], model: MotionModel) -> Floats:
    parts = []
    for _, sample in samples:
        scale = PopulationScale(
            *(float(np.asarray(sample[key])[0]) for key in ("across", "depth", "size"))
        )
        parts.append(
            motion_llr(
                np.asarray(sample["displacements"], np.float64),
                (np.asarray(sample["before"], float), np.asarray(sample["behind"], float)),
                np.asarray(sample["gaps"], np.float64),
                (np.asarray(sample["left"], bool), np.asarray(sample["entered"], bool)),
                scale,
                np.asarray(sample["in_sight"], np.float64),
                model,
            )
        )
    return np.concatenate(parts)


def fit_scale(values: Floats, gaps: Floats, weights: Floats) -> GapScale:
    """Maximum likelihood of Student's t with three degrees of freedom, its scale linear in time."""

    def loss(found: Floats) -> float:
        scale = GapScale(*np.exp(found).tolist()).after(gaps)
        return -float(np.average(log_t3(values, scale), weights=weights))

    best = minimize(loss, np.log([0.3, 0.1]), method="Nelder-Mead").x
    return GapScale(*np.exp(best).tolist())


def _population(clip: KnownClip) -> PopulationScale | None:
    """Of one frame a second, without a prior."""
    meter, last, pairs = PopulationScaleMeter(PopulationPrior(pairs=0)), -1.0, 0
    for frame in np.unique(clip.table.frames).tolist():
        rows = clip.table.rows_at(frame)
        time = float(clip.table.times[rows.start])
        if time < last + 1.0:
            continue
        meter.add(clip.table.boxes[rows])
        last, pairs = time, pairs + (rows.stop - rows.start > 1)
    return meter.scale() if pairs else None


def population_sample(clip: KnownClip) -> Sample | None:
    scale = _population(clip)
    if scale is None:
        return None
    return {
        "across": np.array([scale.across]),
        "depth": np.array([scale.depth]),
        "size": np.array([scale.size]),
    }
