"""The work list of a review: which question about who is who to answer first, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.edits.anchors import row_of, seen_box
from touchline.edits.facts import Edit, SeenBox, in_force
from touchline.errors import UsageError
from touchline.formats.joins_json import TrackletRead, read_tracklets
from touchline.identities import Identities
from touchline.links import Earlier
from touchline.observations import ObservationStore
from touchline.run.crop_choice import crop_values
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.tables import edits_of, identities_of, stored_tracks
from touchline.types import Index, TrackTable

NEAR_SECONDS = 2.0
"""Of a tracklet the box is shown that shows most, no further away from the other one than this."""


RETURN_SECONDS = 1.0
"""Whoever comes back after so long was lost, not hidden for a moment."""


@dataclass(frozen=True, slots=True)
class DoubtModel:
    """How likely each answer is, and how much it matters.

    new: log odds, as those of candidates, that somebody was not there before. sharpness: by which
    log odds are multiplied: they are too sure of themselves. bystander: how much the boxes of
    people in neither team's kit count. returning: how much more a question about a return counts
    in the order of all: who comes back under another identity is what tracks are judged by.
    """

    new: float = 0.5
    sharpness: float = 0.7
    bystander: float = 0.05
    returning: float = 4.0


DOUBT_MODEL = DoubtModel()


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be the person that is asked about.

    Args:
        box: that shows them best, near the gap.
        identity: that they have.
        probability: 0..1, that it is the same person.
        log_odds: of that against somebody new, natural logarithm.
        evidence: by kind, log-likelihood ratios of the two tracklets that the boxes are of; the
            log odds weigh all that the candidate shows.
    """

    box: SeenBox
    identity: int
    probability: float
    log_odds: float
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """Who of those before is in a box?

    Args:
        box: that shows them best, near the gap.
        identity: that they have.
        candidates: the likeliest first. Today's answer has the same identity; where nobody has, it
            is that they are new.
        probability: 0..1, that today's answer is right.
        boxes_at_stake: how many boxes have a wrong identity if it is not.
        gain: how many of them are expected to be put right by an answer.
        returns: whether nobody of those before was there for ``RETURN_SECONDS``.
    """

    box: SeenBox
    identity: int
    candidates: tuple[Candidate, ...]
    probability: float
    boxes_at_stake: int
    gain: float
    returns: bool = False


def find_questions(
    table: TrackTable,
    tracklets: Sequence[TrackletRead],
    people: Identities,
    size: tuple[int, int],
    edits: Sequence[Edit] = (),
    model: DoubtModel = DOUBT_MODEL,
) -> list[Question]:
    """What is worth asking about the tracks of ``table``, the greatest expected gain first.

    Returns come before others of up to ``model.returning`` times their gain.

    The gain is how unlikely today's answer is, times the boxes that hang on it, the fewer of those
    before and from there on. tracklets: as in links.json. people: of the tracks. size: width and
    height of the image. edits: what was stated, or answered by ``unknown``, is not asked.
    """
    view = _View(table, tracklets, crop_values(table, size), edits)
    weights = _weights(people, model.bystander)
    found = [_question(view, one) for one in _rated(view, weights, model)]

    def order(one: Question) -> tuple[float, int, int]:
        return (-one.gain * (model.returning if one.returns else 1.0), one.box.frame, one.identity)

    return sorted(found, key=order)


def questions_of(run: Path) -> list[Question]:
    """The work list of a linked run; see ``find_questions``.

    Raises UsageError for a run without reasons, FormatError for damaged files.
    """
    folder = RunFolder.existing(run)
    if not folder.links.is_file():
        raise UsageError(
            f"{run} has no links.json, which says how sure each join is: touchline link {run} "
            "-s link.method=global writes it"
        )
    with closing(ObservationStore.open(folder.observations)) as store:
        facts = RunFacts.of(store)
        table = stored_tracks(folder, store, facts)
    return find_questions(
        table,
        read_tracklets(folder.links),
        identities_of(folder, table, facts.video.fps),
        (facts.video.width, facts.video.height),
        edits_of(folder, facts),
    )


def _weights(people: Identities, bystander: float) -> dict[int, float]:
    """How much a box of each identity counts; all alike where no teams are known."""
    plays = (people.teams == 0) | (people.teams == 1) | (people.roles == "goalkeeper")
    counts = np.where(plays | ~plays.any(), 1.0, bystander)
    return dict(zip(people.ids.tolist(), counts.tolist(), strict=True))


class _View:
    """The tracks, the rows of every tracklet, and how well each box shows a person."""

    def __init__(
        self,
        table: TrackTable,
        tracklets: Sequence[TrackletRead],
        value: NDArray[np.float64],
        edits: Sequence[Edit],
    ) -> None:
        self.table, self.tracklets, self._value = table, tracklets, value
        order = np.lexsort((table.frames, table.ids))
        starts = np.searchsorted(table.ids[order], np.arange(int(table.ids.max(initial=0)) + 2))
        self._of = [order[begin:end] for begin, end in pairwise(starts.tolist())]
        self._frames = [table.frames[rows] for rows in self._of]
        self._detected = [np.append(0, np.cumsum(~table.interpolated[rows])) for rows in self._of]
        self._shrugs = [
            tuple(row_of(table, box) for box in edit.boxes)
            for edit in in_force(edits)
            if edit.kind == "unknown"
        ]

    def rows(self, identity: int) -> Index:
        return self._of[identity] if 0 <= identity < len(self._of) else self._of[0][:0]

    def _within(self, one: TrackletRead) -> Index:
        first, end = self._places(one)
        return self.rows(one.identity)[first:end]

    def _places(self, one: TrackletRead) -> tuple[int, int]:
        """Where its rows are among those of its identity."""
        if not 0 <= one.identity < len(self._of):
            return 0, 0
        first, end = np.searchsorted(self._frames[one.identity], [one.first, one.last + 1])
        return int(first), int(end)

    def is_seen(self, one: TrackletRead) -> bool:
        """Whether a tracklet has a box that was detected."""
        first, end = self._places(one)
        if first == end:
            return False
        detected = self._detected[one.identity]
        return bool(detected[end] > detected[first])

    def best(self, one: TrackletRead, begin: float, end: float) -> SeenBox:
        """The box that shows most between two moments, of a tracklet that is seen."""
        rows = self._within(one)
        rows = rows[~self.table.interpolated[rows]]
        times = self.table.times[rows]
        near = rows[(times >= begin) & (times <= end)]
        rows = near if len(near) else rows
        return seen_box(self.table, int(rows[self._value[rows].argmax()]))

    def is_shrugged(self, one: TrackletRead, other: TrackletRead) -> bool:
        """Whether it was answered already that nobody can tell."""
        if not self._shrugs:
            return False
        mine, theirs = set(self._within(one).tolist()), set(self._within(other).tolist())
        return any(
            (a in mine and b in theirs) or (a in theirs and b in mine) for a, b in self._shrugs
        )

    def halves(self, one: TrackletRead) -> tuple[int, int]:
        """How many boxes its identity has before a tracklet, and from there on."""
        before, _ = self._places(one)
        return before, len(self.rows(one.identity)) - before


@dataclass(frozen=True, slots=True)
class _Rated:
    """A question without its boxes. candidates: with the probability of each, and why."""

    tracklet: TrackletRead
    candidates: tuple[tuple[TrackletRead, float, Earlier], ...]
    right: float
    stake: int
    gain: float
    returns: bool


def _rated(view: _View, weights: Mapping[int, float], model: DoubtModel) -> Iterator[_Rated]:
    for one in view.tracklets:
        if not one.earlier or not view.is_seen(one):
            continue
        odds = np.exp(model.sharpness * np.array([each.log_odds for each in one.earlier]))
        chances = odds / (odds.sum() + np.exp(model.sharpness * model.new))
        candidates = []
        for each, chance in zip(one.earlier, chances.tolist(), strict=True):
            before = view.tracklets[each.tracklet]
            if view.is_seen(before) and not view.is_shrugged(before, one):
                candidates.append((before, chance, each))
        if not candidates:
            continue
        earlier, later = view.halves(one)
        told = [chance for before, chance, _ in candidates if before.identity == one.identity]
        right = sum(told) if told else 1.0 - float(chances.sum())
        most = max(len(view.rows(before.identity)) for before, _, _ in candidates)
        stake = min(later, earlier if earlier else most)
        away = one.start - max(before.end for before, _, _ in candidates)
        gain = (1.0 - right) * stake * weights.get(one.identity, 1.0)
        candidates.sort(key=lambda each: -each[1])
        yield _Rated(one, tuple(candidates), right, stake, gain, away >= RETURN_SECONDS)


def _question(view: _View, rated: _Rated) -> Question:
    one = rated.tracklet
    candidates = [
        Candidate(
            view.best(before, before.end - NEAR_SECONDS, before.end),
            before.identity,
            chance,
            each.log_odds,
            each.evidence,
        )
        for before, chance, each in rated.candidates
    ]
    box = view.best(one, one.start, one.start + NEAR_SECONDS)
    return Question(
        box,
        one.identity,
        tuple(candidates),
        rated.right,
        rated.stake,
        rated.gain,
        rated.returns,
    )
