"""What speaks for and against a join, in words that need no statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from touchline.formats.joins_json import JoinRead

HEIGHT_METRES = 1.8
"""Metres that a body height counts for."""

_SPRINT = 9.5
"""Metres a second that hardly any footballer reaches."""

_MOMENT = 0.3
"""Seconds; over less a speed says more of the boxes than of the person."""

_CLEAR, _STRONG = 0.5, 2.0
"""Log-likelihood ratios of evidence that says something, and of such that says much."""

_GRADES = {
    "appearance": (
        *("look very different", "look different", "looks say little"),
        *("look alike", "look very alike"),
    ),
    "pairwise": (
        *("looks or clothes very different", "looks or clothes different"),
        *(
            "looks and clothes say little",
            "looks and clothes alike",
            "looks and clothes very alike",
        ),
    ),
    "motion": (
        *("place and time do not fit at all", "place and time do not fit"),
        *("place and time say little", "place and time fit", "place and time fit well"),
    ),
}
_SIGNS = {
    "team": ("another team", "same team"),
    "number": ("another shirt number", "same shirt number"),
    "prior": ("before anything is known",) * 2,
    "unseen": ("never seen well enough to compare",) * 2,
}
_NAMES = {"appearance": "looks", "motion": "the way they moved", "team": "team"}
_NAMES |= {"number": "shirt number"}


@dataclass(frozen=True, slots=True)
class Cue:
    """A kind of evidence. text: in words. value: log-likelihood ratio of one person against two."""

    kind: str
    text: str
    value: float

    def __str__(self) -> str:
        return f"{self.text} {self.value:+.1f}"


def cues(evidence: Mapping[str, float], moved: str = "") -> list[Cue]:
    """Everything that has a say, as ``evidence`` has it. moved: how far in what time, if known."""
    said = []
    for kind, value in evidence.items():
        if kind in _GRADES:
            grade = np.searchsorted([-_STRONG, -_CLEAR, _CLEAR, _STRONG], value)
            text = _GRADES[kind][int(grade)]
        else:
            text = _SIGNS.get(kind, (kind, kind))[value > 0]
        text += f" ({moved})" if kind == "motion" and moved else ""
        if value:
            said.append(Cue(kind, text, value))
    return said


def join_cues(join: JoinRead) -> list[Cue]:
    """Everything that has a say on a join."""
    return cues(join.evidence, moved_words(join))


def speed(join: JoinRead) -> float | None:
    """Metres a second that they would have moved, by the heights of their boxes; None: not known,
    or in too short a time.
    """
    gap = join.behind.start - join.before.end
    if join.displacement is None or gap < _MOMENT:
        return None
    return join.displacement * HEIGHT_METRES / gap


def away_words(join: JoinRead) -> str:
    """How long they were not seen in between, and whether the camera changed."""
    gap = max(join.behind.start - join.before.end, 0.0)
    if join.displacement is None:
        return "across a cut" + (f", {gap:.1f} s later" if gap > _MOMENT else "")
    return f"away for {gap:.1f} s"


def margin_words(join: JoinRead) -> str:
    """By how much it beats the next best explanation of its moment, or does not."""
    if join.margin < 0:
        return f"another explanation would be better by {-join.margin:.1f}"
    return f"better than the next explanation by {join.margin:.1f}"


def moved_words(join: JoinRead) -> str:
    """How far and how fast they would have moved; empty where no motion is known."""
    if not join.evidence.get("motion") or join.displacement is None:
        return ""
    gap = max(join.behind.start - join.before.end, 0.0)
    metres, pace = join.displacement * HEIGHT_METRES, speed(join)
    if pace is None:
        return f"{metres:.1f} m in {gap:.2f} s"
    hurry = "would have had to run" if pace > _SPRINT else "at"
    return f"{metres:.0f} m in {gap:.1f} s, {hurry} {pace:.0f} m/s"


def short_words(join: JoinRead) -> str:
    """How sure it is that it goes on with the same person, and what says no."""
    said = f"the same person? {join.confidence:.0%} sure"
    against = [name for kind, name in _NAMES.items() if join.evidence.get(kind, 0.0) < 0.0]
    said += f"; {', '.join(against)} against it" if against else ""
    return said + ("" if join.runner_up is None else f"; else identity {join.runner_up.identity}")
