"""Track scores of a result against its truth, one sequence at a time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from touchline.errors import InputError, UsageError
from touchline.evaluation.counted import check_roles, counted_result, counted_truth
from touchline.evaluation.real_times import uneven_times
from touchline.evaluation.scales import scale_between, warn_of_wrong_scale
from touchline.evaluation.track_pairs import track_pairs
from touchline.formats.frame_numbers import frame_number
from touchline.formats.sequences import TrackSequence
from touchline.metrics.alignment import Alignment, align
from touchline.metrics.ceilings import Ceilings, ceilings
from touchline.metrics.mistakes import Mistake, mistakes
from touchline.metrics.scores import TrackScores, score_tracks
from touchline.metrics.timeline import timeline
from touchline.types import PEOPLE, Ints, TrackTable

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrackEvaluation:
    """Scores of a result against its truth.

    Args:
        truth: where the truth lies; None: it was a table.
        result: where the result lies; None: it was a table.
        roles: who was counted.
        scales: what each result's coordinates were multiplied by, by name of the sequence.
        sequences: scores of each sequence, by name.
        combined: scores of all sequences together.
        mistakes: of all sequences, the worst first, each with the name of its sequence.
        ceilings: by name, of the sequences whose result is a run linked over the whole clip: what
            the same boxes could score.
    """

    truth: Path | None
    result: Path | None
    roles: tuple[str, ...]
    scales: dict[str, float]
    sequences: dict[str, TrackScores]
    combined: TrackScores
    mistakes: tuple[tuple[str, Mistake], ...]
    ceilings: dict[str, Ceilings] = field(default_factory=dict)

    @property
    def combined_ceilings(self) -> Ceilings | None:
        """Those of all sequences together; None where one has none."""
        if not self.ceilings or len(self.ceilings) < len(self.sequences):
            return None
        return Ceilings.combine(list(self.ceilings.values()))

    def as_json(self) -> dict[str, Any]:
        """Every number as plain values: fractions are 0..1, frames count from 1 as in files."""
        combined, highest = self.combined.as_json(), self.combined_ceilings
        combined["ceilings"] = None if highest is None else highest.as_json()
        return {
            "truth": None if self.truth is None else str(self.truth),
            "result": None if self.result is None else str(self.result),
            "roles": list(self.roles),
            "combined": combined,
            "sequences": {
                name: {
                    "scale": self.scales[name],
                    **scores.as_json(),
                    "ceilings": self.ceilings[name].as_json() if name in self.ceilings else None,
                }
                for name, scores in self.sequences.items()
            },
            "reentry": combined["reentry"],
            "mistakes": [
                {
                    "sequence": name,
                    "frame": frame_number(one.frame),
                    "time": one.time,
                    "kind": one.kind,
                    "identity": one.identity,
                    "before": one.before,
                    "after": one.after,
                    "owner": one.owner,
                    "seconds": one.seconds,
                }
                for name, one in self.mistakes
            ],
        }


def evaluate_tracks(
    truth: str | Path | TrackTable,
    result: str | Path | TrackTable,
    *,
    roles: Sequence[str] = PEOPLE,
    scale: float | None = None,
    frame_rate: float | None = None,
    allow_missing: bool = False,
    plots: str | Path | None = None,
) -> TrackEvaluation:
    """The scores of tracks against true ones: HOTA, CLEAR, identity and re-entry.

    Args:
        truth: a table of true tracks, or a file or folder in one of the layouts that
            ``docs/formats.md`` lists.
        result: the tracks to score, likewise; of a folder of many sequences those of the truth.
        roles: true people to count. Where truth says nobody's role everyone is a ``person``;
            boxes of a result that says roles are counted likewise, those of another one all, but
            for boxes that show a person who is not asked for.
        scale: multiplies the result's coordinates; None takes it from the images' sizes where
            both are known, else 1.
        frame_rate: frames a second, goes before what files and tables say.
        allow_missing: whether a sequence without a result counts as one without tracks.
        plots: folder for ``timeline_NAME.png`` of each sequence and ``hota.png``; None: no plots.

    Returns:
        Scores of each sequence and of all together, and the worst moments.

    Raises:
        UsageError: a missing truth or result, several sequences beside a table, roles nobody
            has, bad values.
        FormatError: what cannot be read, naming file and line.
        StoreError: plots that cannot be written.
    """
    truth, result = _given("truth", truth), _given("result", result)
    _check(roles, scale)
    plots = None if plots is None else Path(plots)
    if plots is not None:
        from touchline.evaluation.plots import prepare_plots

        prepare_plots(plots)
    scales: dict[str, float] = {}
    scores: dict[str, TrackScores] = {}
    worst: list[tuple[str, Mistake]] = []
    highest: dict[str, Ceilings] = {}
    pairs = track_pairs(truth, result, frame_rate=frame_rate, allow_missing=allow_missing)
    for true, found in pairs:
        name = true.name
        scales[name] = scale or scale_between(name, true.image_size, found.image_size)
        counted = counted_result(true, found, roles, scales[name])
        alignment = _align(true, found, counted, roles, scales[name])
        tracklets = _tracklets(found, counted)
        if tracklets is not None:
            highest[name] = ceilings(alignment, tracklets)
        scores[name] = score_tracks(alignment)
        mistaken = mistakes(alignment, judged=scores[name].reentry)
        worst += [(name, one) for one in mistaken]
        if plots is not None:
            _plot_timeline(plots, name, alignment, mistaken)
    combined = TrackScores.combine(list(scores.values()))
    if plots is not None:
        from touchline.evaluation.plots import plot_hota

        hotas = {name: one.hota for name, one in scores.items()}
        plot_hota(hotas, plots / "hota.png", combined=combined.hota)
    worst.sort(key=lambda named: (*named[1].order, named[0], named[1].frame, named[1].identity))
    sides = [None if isinstance(side, TrackTable) else side for side in (truth, result)]
    return TrackEvaluation(
        *(sides[0], sides[1], tuple(roles), scales, scores, combined, tuple(worst), highest)
    )


def _given(name: str, side: object) -> Path | TrackTable:
    """A table as it is, a path as one. Raises InputError for anything else."""
    if isinstance(side, str | Path):
        return Path(side)
    if not isinstance(side, TrackTable):
        raise InputError(
            f"{name} is a {type(side).__name__}; a file, folder or TrackTable is needed"
        )
    return side


def _tracklets(found: TrackSequence, counted: TrackTable) -> Ints | None:
    """The tracklet of each counted box by frame, then id; None where they are not known."""
    if found.tracklets is None:
        return None
    tracklets = found.tracklets.of(counted.sorted())
    others = int((tracklets < 0).sum())
    if others:
        logger.warning(
            "%s: links.json knows no tracklet of %d of %d boxes, so there are no ceilings; "
            "touchline link makes both anew",
            *(found.name, others, len(counted)),
        )
        return None
    return tracklets


def _align(
    true: TrackSequence,
    found: TrackSequence,
    result_tracks: TrackTable,
    roles: Sequence[str],
    scale: float,
) -> Alignment:
    truth_tracks = counted_truth(true, roles)
    warn_of_wrong_scale(true.name, truth_tracks, result_tracks, scale)
    last = max((int(t.frames[-1]) for t in (truth_tracks, result_tracks) if len(t)), default=0)
    times = None if true.has_rate else uneven_times(found.tracks, true.frame_rate, last + 1)
    return align(truth_tracks, result_tracks, true.frame_rate, times)


def _check(roles: Sequence[str], scale: float | None) -> None:
    check_roles(roles)
    if scale is not None and not (np.isfinite(scale) and scale > 0):
        raise UsageError(f"scale {scale} is refused: give a factor above 0, as 1.5")


def _plot_timeline(folder: Path, name: str, alignment: Alignment, found: list[Mistake]) -> None:
    from touchline.evaluation.plots import plot_timeline

    plot_timeline(timeline(alignment), found, folder / f"timeline_{name}.png", title=name)
