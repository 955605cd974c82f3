"""Why a run found nobody: the likely cause, the number that shows it, and the cure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from touchline.linking.ball.tracker import NOT_ENABLED
from touchline.observations import Observation
from touchline.run.config import RunConfig
from touchline.run.facts import RunFacts
from touchline.tracking.config import TrackerConfig
from touchline.types import PEOPLE, Floats, Roles

_RARE = ("goalkeeper", "referee")

_FRAMES_AT_ONCE = 500


class SeenRoles:
    """How many boxes of each role were seen, and how well the best scored."""

    def __init__(self) -> None:
        self.frames = 0
        self._counts: dict[str, int] = {}
        self._best: dict[str, float] = {}
        self._held: list[tuple[Roles, Floats]] = []  # roles and scores that are not counted yet

    def each(self, observations: Iterable[Observation]) -> Iterator[Observation]:
        """The same observations, counted as they pass."""
        for observation in observations:
            self.add(observation)
            yield observation

    def add(self, observation: Observation) -> None:
        """Count one frame."""
        self.frames += 1
        self._held.append((observation.detections.roles, observation.detections.scores))
        if len(self._held) == _FRAMES_AT_ONCE:
            self._count()

    @property
    def counts(self) -> dict[str, int]:
        """How many boxes of each role there were."""
        self._count()
        return self._counts

    @property
    def best(self) -> dict[str, float]:
        """The best score of each role."""
        self._count()
        return self._best

    def _count(self) -> None:
        if not self._held:
            return
        roles, scores = (np.concatenate(parts) for parts in zip(*self._held, strict=True))
        self._held = []
        for role in np.unique(roles).tolist():
            mine = scores[roles == role]
            self._counts[role] = self._counts.get(role, 0) + len(mine)
            self._best[role] = max(self._best.get(role, 0.0), float(mine.max()))


def why_nobody(seen: SeenRoles, tracked: Roles, config: RunConfig) -> str | None:
    """Why none of the wanted people were tracked; None where somebody was, or nothing was read.

    tracked: roles of the tracks. Without people among ``tracker.roles`` any role counts.
    """
    tracker = config.tracker_in_force()
    wanted = [role for role in tracker.roles if role in PEOPLE] or list(tracker.roles)
    if not seen.frames or np.isin(tracked, wanted).any():
        return None
    if not seen.counts:
        return nothing_found(seen.frames, config)
    who = "people" if wanted[0] in PEOPLE else "a ball"
    here = [role for role in wanted if role in seen.counts]
    if not here:
        others = ", ".join(f"{count} {role}" for role, count in sorted(seen.counts.items()))
        return (
            f"nobody is tracked: the boxes are no {who} ({others}), and tracker.roles are "
            f"{', '.join(tracker.roles)}; -s 'tracker.roles=[...]' tracks others, -s "
            "detector.classes=... says what a detector's classes are"
        )
    count = sum(seen.counts[role] for role in here)
    best = max(seen.best[role] for role in here)
    if all(seen.best[role] < _begins_at(tracker, role) for role in here):
        least = min(_begins_at(tracker, role) for role in here)
        return (
            f"nobody is tracked: none of the {count} boxes of {who} scored above {best:.2f}, and "
            f"a track begins at {least:g}: {_lower(tracker, best)} begins lower"
        )
    return (
        f"nobody is tracked: {count} boxes of {who}, the best with {best:.2f}, gave no track; one "
        f"begins at {_begins_at(tracker, here[0]):g} and must be seen again within "
        f"{tracker.confirm_seconds:g} s or in the next frame (-s tracker.confirm_seconds=0)"
    )


def why_no_ball(facts: RunFacts, config: RunConfig) -> str | None:
    """Why the ball is not looked for in what was observed; None where it is."""
    models = facts.models
    if not config.link.ball.enabled:
        return NOT_ENABLED
    if models.detections is not None:
        return f"the boxes come from {models.detections.name}, which does not say what is a ball"
    if models.simulation is not None:
        return "simulated scenes have no ball"
    if models.detector is not None and "ball" not in models.detector.roles:
        roles = ", ".join(models.detector.roles)
        return f"{models.detector.name} does not find the ball (it finds {roles})"
    return None


def nothing_found(frames: int, config: RunConfig) -> str | None:
    """What to say of frames without any box; of a file of boxes the file's warnings say it."""
    if config.models.detections is not None or config.models.tracks is not None:
        return None
    return (
        f"nobody is tracked: the detector found nothing in {frames} frames (boxes from "
        f"detector.min_score {config.detector.min_score:g} up are kept): are people there, and "
        "large enough? --detector-size, -s detector.tiles=... and another --detector help"
    )


def _begins_at(tracker: TrackerConfig, role: str) -> float:
    of_role = tracker.min_new_rare_score if role in _RARE else None
    of_role = tracker.min_new_ball_score if role == "ball" else of_role
    return tracker.min_new_score if of_role is None else of_role


def _lower(tracker: TrackerConfig, best: float) -> str:
    """The options with which the best boxes begin tracks; limits must not cross."""
    limit = max(round(0.8 * best, 2), 0.01)
    names = ("min_new_score", "min_high_score", "min_score")
    return " ".join(
        f"-s tracker.{name}={limit:g}" for name in names if getattr(tracker, name) > limit
    )
