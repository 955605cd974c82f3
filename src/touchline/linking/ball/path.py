"""The likeliest path of the ball through the candidates of a clip, with times when it is not seen.

The Viterbi algorithm over candidates: each is reached from one of the last moments, or begins a new
path. What a candidate is worth depends on the path so far by its speed alone, which each best path
keeps ("per-survivor processing", Raheli et al., 1995). Linear in time, bounded in memory: what lies
long behind is decided and given up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from touchline.linking.ball.candidates import BallCandidates
from touchline.linking.ball.model import BallModel
from touchline.linking.ball.motion import BallStates, BallSteps, most_llr
from touchline.types import Affine, Floats, Ints, Mask

_NONE = -1

_SLACK = 1e-6
"""More than rounding adds to a log-likelihood ratio."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A candidate that is the ball.

    Args:
        position: of its frame among those added.
        box: (4,) corner pixels.
        begins: a path begins with it.
        llr: by how much it raised the path's log-likelihood ratio.
        score_llr: the part of that which its score has.
    """

    position: int
    box: Floats
    begins: bool
    llr: float
    score_llr: float


class _Node(NamedTuple):
    """A sighting, were it the ball's: of which path it is the end so far."""

    sighting: Sighting
    time: float
    before: int
    value: float


class BallPath:
    """Takes the candidates of frame after frame; gives the sightings that are decided."""

    def __init__(
        self, model: BallModel, max_gap_seconds: float, decided_seconds: float = 30.0
    ) -> None:
        """max_gap_seconds: longest time between two sightings of one path. decided_seconds: what
        is older than this is decided.
        """
        self._model = model
        self._max_gap = max_gap_seconds
        self._decided = max(decided_seconds, 4 * max_gap_seconds)
        self._frames = 0
        self._nodes: list[_Node]
        self._given: int  # so many of them were decided before
        self._since: float | None  # nothing after this time is decided
        self._states: BallStates
        self._values: Floats
        self._ends: Ints
        self._best: float
        self._best_end: int
        self._begin_shot()

    def __len__(self) -> int:
        """How many candidates are kept until it is decided whether they are the ball."""
        return len(self._nodes)

    def add(
        self,
        found: BallCandidates,
        *,
        time: float,
        motion: Affine,
        height: float,
        area: float,
        step_seconds: float,
    ) -> list[Sighting]:
        """Take one more frame, and return what is decided.

        height, area: as ``BallSteps.between``. step_seconds: between two frames.
        """
        position = self._frames
        self._frames += 1
        self._states = self._states.moved(motion)
        self._keep(time - self._states.times <= self._max_gap)
        if len(found.llrs):
            self._extend(found, position, time, height, area, step_seconds)
        if self._since is None:
            self._since = time
        if time - self._since > self._decided:
            return self._decide(time - self._decided / 2)
        return []

    def pass_over(self) -> None:
        """One more frame, which shows nothing of the shot."""
        self._frames += 1

    def cut(self) -> list[Sighting]:
        """A new shot begins, or the clip has ended: all that was not decided yet."""
        decided = [self._nodes[node].sighting for node in self._chain() if node >= self._given]
        self._begin_shot()
        return decided

    def _begin_shot(self) -> None:
        self._nodes, self._given, self._since = [], 0, None
        self._states = BallStates.new(np.empty((0, 2)), 0.0, np.empty(0, np.bool_), self._model)
        self._values, self._ends = np.empty(0), np.empty(0, np.int64)
        self._best, self._best_end = 0.0, _NONE

    def _keep(self, rows: Mask) -> None:
        if not rows.all():
            self._states, self._values = self._states[rows], self._values[rows]
            self._ends = self._ends[rows]

    def _extend(
        self,
        found: BallCandidates,
        position: int,
        time: float,
        height: float,
        area: float,
        step_seconds: float,
    ) -> None:
        """Each candidate becomes the end of the best path that leads to it."""
        model, count = self._model, len(found.llrs)
        states = BallStates.new(found.places, time, found.beside, model)
        sources = np.full(count, self._best)
        reached = sources + model.begin_llr
        befores, begins = np.full(count, self._best_end), np.ones(count, np.bool_)
        # Whoever is so far behind the best path loses to one that begins with this candidate.
        least = self._best + model.begin_llr - most_llr(area, model) - _SLACK
        near = (self._values > least).nonzero()[0]
        if len(near):
            near_states, near_values = self._states[near], self._values[near]
            steps = BallSteps.between(
                near_states,
                found.places,
                found.beside,
                time=time,
                height=height,
                area=area,
                model=model,
            )
            gaps = np.maximum(time - near_states.times - 1.5 * step_seconds, 0.0)
            lost = model.gap_second_llr * gaps + np.where(gaps > 0, model.gap_llr, 0.0)
            all_reached = (near_values + lost)[:, None] + steps.llrs
            rows, columns = all_reached.argmax(axis=0), np.arange(count)
            best = all_reached[rows, columns]
            begins = best <= reached
            states = states.where(begins, steps.after(rows, columns))
            sources = np.where(begins, sources, near_values[rows])
            befores = np.where(begins, befores, self._ends[near[rows]])
            reached = np.where(begins, reached, best)
        values = reached + found.llrs
        first = len(self._nodes)
        gained = values - sources
        for row in range(count):
            sighting = Sighting(
                position,
                found.boxes[row],
                bool(begins[row]),
                float(gained[row]),
                float(found.llrs[row]),
            )
            self._nodes.append(_Node(sighting, time, int(befores[row]), float(values[row])))
        self._states = self._states.followed_by(states)
        self._values = np.concatenate([self._values, values])
        self._ends = np.concatenate([self._ends, np.arange(first, first + count)])
        top = int(values.argmax())
        if values[top] > self._best:
            self._best, self._best_end = float(values[top]), first + top

    def _chain(self) -> list[int]:
        """The best path's nodes, in order."""
        chain, node = [], self._best_end
        while node != _NONE:
            chain.append(node)
            node = self._nodes[node].before
        return chain[::-1]

    def _decide(self, until: float) -> list[Sighting]:
        """What the best path says up to a time; whatever contradicts it is given up."""
        chain = [node for node in self._chain() if self._nodes[node].time <= until]
        decided = [self._nodes[node].sighting for node in chain if node >= self._given]
        last = chain[-1] if chain else _NONE
        kept = [self._nodes[last]._replace(before=_NONE)] if chain else []
        new = {last: 0} if chain else {}
        for node, one in enumerate(self._nodes):
            if one.time > until and (one.before == last or one.before in new):
                new[node] = len(kept)
                kept.append(one._replace(before=new.get(one.before, _NONE)))
        self._nodes, self._given, self._since = kept, len(chain[-1:]), until
        self._keep(np.isin(self._ends, list(new)))
        self._ends = np.array([new[end] for end in self._ends.tolist()], np.int64)
        self._best_end = new.get(self._best_end, _NONE)
        return decided
