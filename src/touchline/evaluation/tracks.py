"""Track scores from files of truth and result, one sequence at a time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from touchline.errors import UsageError
from touchline.evaluation.counted import check_roles, counted_result, counted_truth
from touchline.evaluation.real_times import uneven_times
from touchline.evaluation.scales import scale_between, warn_of_wrong_scale
from touchline.formats.layouts import truth_files
from touchline.formats.sequences import (
    TrackSequence,
    found_results,
    read_result_sequence,
    read_true_sequence,
    result_info,
)
from touchline.metrics.alignment import Alignment, align
from touchline.metrics.mistakes import Mistake, mistakes
from touchline.metrics.scores import TrackScores, score_tracks
from touchline.metrics.timeline import timeline
from touchline.sequence_info import SequenceInfo
from touchline.types import PEOPLE

logger = logging.getLogger(__name__)

_SAME_RATE = 0.01  # 29.97 and 30 are the same


@dataclass(frozen=True, slots=True)
class TrackEvaluation:
    """Scores of a result against its truth.

    truth, result: where they lie. roles: who was counted. sequences: scores by name; scales: what
    each result's coordinates were multiplied by. combined: all sequences together. mistakes: of
    all sequences, the worst first, each with the name of its sequence.
    """

    truth: Path
    result: Path
    roles: tuple[str, ...]
    scales: dict[str, float]
    sequences: dict[str, TrackScores]
    combined: TrackScores
    mistakes: tuple[tuple[str, Mistake], ...]

    def as_json(self) -> dict[str, Any]:
        """Every number as plain values: fractions are 0..1, frames count from 1 as in files."""
        combined = self.combined.as_json()
        return {
            "truth": str(self.truth),
            "result": str(self.result),
            "roles": list(self.roles),
            "combined": combined,
            "sequences": {
                name: {"scale": self.scales[name], **scores.as_json()}
                for name, scores in self.sequences.items()
            },
            "reentry": combined["reentry"],
            "mistakes": [
                {
                    "sequence": name,
                    "frame": one.frame + 1,
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
    truth: str | Path,
    result: str | Path,
    *,
    roles: Sequence[str] = PEOPLE,
    scale: float | None = None,
    frame_rate: float | None = None,
    allow_missing: bool = False,
    plots: Path | None = None,
) -> TrackEvaluation:
    """The scores of ``result`` against ``truth``, in the layouts that ``docs/formats.md`` lists.

    roles: true people to count. Where truth says nobody's role everyone is a ``person``; boxes of
    a result that says roles are counted likewise, those of another one all, but for boxes that
    show a person who is not asked for.
    scale: multiplies the result's coordinates; None takes it from the images' sizes where both
    are known, else 1. frame_rate: frames a second, goes before what files say.
    allow_missing: a sequence without a result counts as one without tracks.
    plots: folder for ``timeline_NAME.png`` of each sequence and ``hota.png``.

    Raises UsageError for a missing truth or result, roles nobody has and bad values; FormatError
    naming file and line; StoreError where plots cannot be written.
    """
    truth, result = Path(truth), Path(result)
    _check(roles, scale)
    if plots is not None:
        from touchline.evaluation.plots import prepare_plots

        prepare_plots(plots)
    files = truth_files(truth)
    results = found_results(result, list(files), allow_missing=allow_missing)
    scales: dict[str, float] = {}
    scores: dict[str, TrackScores] = {}
    worst: list[tuple[str, Mistake]] = []
    for name, file in results.items():
        known = SequenceInfo() if file is None else result_info(file)
        true = read_true_sequence(
            name, files[name], frame_rate=frame_rate, result_frame_rate=known.frame_rate
        )
        if frame_rate is None:
            _warn_of_other_rate(name, true.frame_rate, known.frame_rate)
        # Its frames are those of the truth, whatever length another file beside it may state.
        info = replace(known, frame_count=true.frame_count)
        found = read_result_sequence(name, file, frame_rate=true.frame_rate, info=info)
        scales[name] = scale or scale_between(name, true.image_size, found.image_size)
        alignment = _align(true, found, roles, scales[name])
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
    return TrackEvaluation(truth, result, tuple(roles), scales, scores, combined, tuple(worst))


def _warn_of_other_rate(name: str, truth: float, result: float | None) -> None:
    """Frames are compared by number, which is wrong where only one of both left some out."""
    if result is not None and abs(result / truth - 1.0) > _SAME_RATE:
        logger.warning(
            "%s: the truth has %g frames a second, the result %g: are they of the same video?",
            name,
            truth,
            result,
        )


def _align(
    true: TrackSequence, found: TrackSequence, roles: Sequence[str], scale: float
) -> Alignment:
    truth_tracks = counted_truth(true, roles)
    result_tracks = counted_result(true, found, roles, scale)
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
