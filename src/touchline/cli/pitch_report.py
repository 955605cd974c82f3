"""Terminal output of ``pitch show`` and ``pitch evaluate``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from touchline.evaluation.pitch_pictures import PitchEvaluation
    from touchline.run.pitch_show import ShownPitch


def shown_row(shown: ShownPitch) -> dict[str, Any]:
    """One picture as plain values: its file, its frame (from 0) and its camera."""
    found = shown.calibration
    return {
        "file": str(shown.file),
        "frame": shown.frame,
        "score": found.score,
        "refused": found.reason or None,
        "camera": None if found.camera is None else asdict(found.camera),
    }


def print_shown(shown: Sequence[ShownPitch]) -> None:
    """A line for each picture and how many have a camera."""
    for one in shown:
        found = one.calibration
        said = f"no calibration: {found.reason}" if found.reason else "found"
        print(f"{one.file}  score {found.score:.2f}  {said}")
    there = sum(one.calibration.camera is not None for one in shown)
    print(f"{there} of {len(shown)} images have a camera")


def print_pitch_evaluation(evaluation: PitchEvaluation, worst: int) -> None:
    """The scores, then the worst pictures."""
    metres = "-" if evaluation.metres is None else f"{evaluation.metres:.2f} m"
    rows = {
        "JaC@5": f"{100 * evaluation.jac5:.1f}",
        "completeness": f"{100 * evaluation.completeness:.1f}",
        "product": f"{evaluation.jac5 * evaluation.completeness:.3f}",
        "median error": metres,
        "pictures": f"{len(evaluation.pictures)}, {evaluation.milliseconds:.0f} ms each (median)",
    }
    for name, value in rows.items():
        print(f"{name + ':':14} {value}")
    if worst:
        print("\nworst pictures")
    for one in evaluation.pictures[:worst]:
        if one.jac5 is None:
            print(f"  {one.name}  score {one.score:.2f}  refused: {one.reason}")
        else:
            far = "-" if one.metres is None else f"{one.metres:.2f} m"
            print(f"  {one.name}  score {one.score:.2f}  JaC@5 {100 * one.jac5:.1f}  {far}")
