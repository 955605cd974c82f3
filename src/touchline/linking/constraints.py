"""From stated facts to constraints of tracklets: who is one person for certain, and who is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from touchline.edits.anchors import seen_box
from touchline.edits.facts import LABEL_KINDS, Edit, LabelKind, SeenBox
from touchline.identities import TEAMS, UNKNOWN
from touchline.linking.clustering.pair_terms import DifferentLabels, PairMask, any_of
from touchline.linking.stated import Against, StatedRows, Unmet
from touchline.types import PEOPLE, Index, Ints, Mask, TrackTable

SharedFrames = Callable[[Index, Index], NDArray[np.int32]]
"""In how many frames both tracklets of a pair have a box."""

Between = tuple[SeenBox, SeenBox]
"""Two boxes of one tracklet that perhaps show two people."""

Refusal = tuple[Against, Between | None]
"""Why two people cannot be one, and where else the mistake may be."""

_NO_ROLE = "person"
"""A role that says nothing of who somebody is."""

_STATED = "it was stated"

_TELL_WHO: tuple[tuple[LabelKind, ...], ...] = (("name",), ("number", "team"))
"""Labels that two people do not share: who has all of one row in common is one person."""


@dataclass(frozen=True, slots=True)
class Constraints:
    """What is certain of T tracklets.

    units: (T,) the first tracklet of those that are one person, itself where there is no other.
    apart: (P, 2) pairs that are two people. labels: by kind (T,) what was stated of each unit, -1
    for nothing: places in ``TEAMS`` and ``PEOPLE``, shirt numbers, and for names any numbers.
    nobody: (T,) which show no person. refused: facts that contradict earlier ones.
    """

    units: Ints
    apart: Ints
    labels: dict[LabelKind, Ints]
    nobody: Mask
    refused: tuple[Unmet, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is certain of any tracklet."""
        told = [bool((values >= 0).any()) for values in self.labels.values()]
        several = bool((self.units != np.arange(len(self.units))).any())
        return several or len(self.apart) > 0 or any(told) or bool(self.nobody.any())

    @property
    def cannot_link(self) -> dict[str, PairMask]:
        """Pairs that are two people, by what says so."""
        differ = any_of(DifferentLabels(values) for values in self.labels.values())
        return {
            "stated to be two people": StatedApart.of(self.apart, len(self.units)),
            "named differently": differ,
        }


@dataclass(frozen=True, slots=True)
class StatedApart:
    """Pairs of T tracklets that were stated to be two people. codes: ascending."""

    codes: Ints
    count: int

    @classmethod
    def of(cls, apart: Ints, count: int) -> StatedApart:
        """apart: (P, 2) pairs of ``count`` tracklets."""
        low, high = apart.min(axis=1, initial=count), apart.max(axis=1, initial=-1)
        return cls(np.unique(low * count + high), count)

    def __call__(self, one: Index, other: Index) -> Mask:
        if not len(self.codes):
            return np.zeros(np.broadcast_shapes(one.shape, other.shape), np.bool_)
        asked = np.minimum(one, other) * self.count + np.maximum(one, other)
        return np.isin(asked, self.codes)


@dataclass(slots=True)
class _Builder:
    """Takes up facts one by one, oldest first, each checked against those before it."""

    table: TrackTable
    numbers: Ints
    tracklet_ids: Ints
    together: SharedFrames
    units: Ints
    nobody: Mask
    because: dict[int, list[Edit]] = field(default_factory=dict)
    apart: list[tuple[int, int, Edit]] = field(default_factory=list)
    labels: dict[LabelKind, dict[int, tuple[int, Edit]]] = field(
        default_factory=lambda: {kind: {} for kind in LABEL_KINDS}
    )
    names: list[str] = field(default_factory=list)
    told_rows: dict[int, list[int]] = field(default_factory=dict)

    def take(self, edit: Edit, rows: tuple[int, ...]) -> Against | None:
        """Take up a fact; the reason why it is refused, or None. What is refused has no effect."""
        before = (self.units.copy(), self.nobody.copy(), len(self.apart))
        because = {unit: list(said) for unit, said in self.because.items()}
        labels = {kind: dict(told) for kind, told in self.labels.items()}
        reason = self._taken(edit, rows)
        if reason is not None:
            (self.units, self.nobody, count), self.because, self.labels = before, because, labels
            del self.apart[count:]
        elif self.ties(edit, rows):
            for row in rows:
                self.told_rows.setdefault(int(self.tracklet_ids[row]), []).append(row)
        return reason

    def ties(self, edit: Edit, rows: tuple[int, ...]) -> bool:
        """Whether a fact says who a whole tracklet is, so that a tracklet of two misleads it."""
        owners = {int(self.tracklet_ids[row]) for row in rows}
        return edit.kind not in ("split", "not-a-person") and len(owners) == len(rows)

    def between(self, rows: tuple[int, ...]) -> Between | None:
        """Two boxes of one tracklet, the furthest apart of those that facts are about.

        rows: of a fact that ties tracklets and was refused; one of the two is among them.
        """
        pairs = [
            (min(row, other), max(row, other))
            for row in rows
            for other in self.told_rows.get(int(self.tracklet_ids[row]), [])
            if self.table.frames[row] != self.table.frames[other]
        ]
        if not pairs:
            return None
        frames = self.table.frames
        first, last = (
            seen_box(self.table, row)
            for row in max(pairs, key=lambda pair: frames[pair[1]] - frames[pair[0]])
        )
        one, other = (
            replace(box, frame=int(self.numbers[box.frame - 1]) + 1) for box in (first, last)
        )
        return one, other

    def _taken(self, edit: Edit, rows: tuple[int, ...]) -> Against | None:
        mine = [int(self.tracklet_ids[row]) for row in rows]
        if edit.kind == "not-a-person":
            return self._no_person(mine[0], edit)
        if edit.kind in ("different", "split"):
            return self._two(mine[0], mine[1], edit)
        if self.nobody[mine].any():
            return Against("that is not a person, as was stated")
        if edit.kind == "same":
            return self._one(mine[0], mine[1], edit)
        if edit.kind == "role" and edit.value == _NO_ROLE:
            return None
        return self._label(mine[0], edit)

    def _no_person(self, tracklet: int, edit: Edit) -> Against | None:
        unit = int(self.units[tracklet])
        said = [told[unit][1] for told in self.labels.values() if unit in told]
        said += self.because.get(unit, [])
        if said:
            return Against(_STATED, (said[0],))
        self.nobody[tracklet] = True
        self.because[unit] = [edit]
        return None

    def _two(self, one: int, other: int, edit: Edit) -> Against | None:
        ours, theirs = int(self.units[one]), int(self.units[other])
        if ours == theirs:
            why = self.because.get(ours)
            return Against(_STATED, (why[0],)) if why else Against("both boxes are one")
        self.apart.append((one, other, edit))
        return None

    def _one(self, one: int, other: int, edit: Edit) -> Against | None:
        """Make one unit of two, unless something says that they are two people."""
        ours, theirs = sorted((int(self.units[one]), int(self.units[other])))
        if ours == theirs:
            self.because.setdefault(ours, []).append(edit)
            return None
        reason = self.why_two(ours, theirs)
        if reason is not None:
            return reason
        self.units[self.units == theirs] = ours
        self.because.setdefault(ours, []).extend([*self.because.pop(theirs, []), edit])
        for told in self.labels.values():
            if theirs in told:
                told[ours] = told.pop(theirs)
        return self._alike(ours, edit)

    def why_two(self, ours: int, theirs: int) -> Against | None:
        """Why two units are two people for certain; None where nothing says so."""
        mine, others = (np.flatnonzero(self.units == unit) for unit in (ours, theirs))
        seen = self.together(mine[:, None], others)
        if seen.any():
            at_once = np.intersect1d(self._frames_of(mine), self._frames_of(others))
            return Against(f"both are in the image in frame {self.numbers[at_once[0]] + 1}")
        for one, other, edit in self.apart:
            if {int(self.units[one]), int(self.units[other])} == {ours, theirs}:
                return Against(_STATED, (edit,))
        for told in self.labels.values():
            if ours in told and theirs in told and told[ours][0] != told[theirs][0]:
                return Against(_STATED, (told[ours][1], told[theirs][1]))
        return None

    def _frames_of(self, tracklets: Index) -> Ints:
        return self.table.frames[np.isin(self.tracklet_ids, tracklets)]

    def _label(self, tracklet: int, edit: Edit) -> Against | None:
        unit, kind = int(self.units[tracklet]), edit.kind
        assert kind in LABEL_KINDS
        value, told = self._code(edit), self.labels[kind]
        if unit in told and told[unit][0] != value:
            return Against(_STATED, (told[unit][1],))
        told[unit] = (value, edit)
        return self._alike(unit, edit)

    def _code(self, edit: Edit) -> int:
        value = str(edit.value)
        if edit.kind == "name":
            folded = value.casefold()
            if folded not in self.names:
                self.names.append(folded)
            return self.names.index(folded)
        if edit.kind == "number":
            return int(value)
        return TEAMS.index(value) if edit.kind == "team" else PEOPLE.index(value)

    def _alike(self, unit: int, edit: Edit) -> Against | None:
        """Join a unit with the one of its name, and the one of its team and number."""
        for kinds in _TELL_WHO:
            mine = self._told(unit, kinds)
            if None in mine:
                continue
            for other in sorted(self.labels[kinds[0]]):
                if other != unit and self._told(other, kinds) == mine:
                    return self._one(unit, other, edit)
        return None

    def _told(self, unit: int, kinds: Iterable[LabelKind]) -> list[int | None]:
        found = [self.labels[kind].get(unit) for kind in kinds]
        return [None if one is None else one[0] for one in found]


def constrain(
    stated: StatedRows,
    table: TrackTable,
    tracklet_ids: Ints,
    together: SharedFrames,
) -> Constraints:
    """The constraints that facts set to the tracklets (M,) of the rows of ``table``.

    together: frames that two tracklets share.
    """
    builder, refused = _built(stated, table, tracklet_ids, together)
    count = len(builder.units)
    labels: dict[LabelKind, Ints] = {}
    for kind, told in builder.labels.items():
        of_unit = np.full(count, UNKNOWN)
        for unit, (value, _) in told.items():
            of_unit[unit] = value
        labels[kind] = of_unit[builder.units]
    return Constraints(
        builder.units,
        np.array([pair[:2] for pair in builder.apart], np.int64).reshape(-1, 2),
        labels,
        builder.nobody,
        refused,
    )


def reasons_against(
    stated: StatedRows,
    table: TrackTable,
    tracklet_ids: Ints,
    together: SharedFrames,
) -> Callable[[int, int], Refusal | None]:
    """Why the tracklets of two rows cannot be stated to be one person; None: they can.

    It is the reason for which that fact would be refused. Arguments as of ``constrain``.
    """
    builder, _ = _built(stated, table, tracklet_ids, together)

    def why(row: int, other_row: int) -> Refusal | None:
        one, other = int(tracklet_ids[row]), int(tracklet_ids[other_row])
        if builder.nobody[[one, other]].any():
            return Against("that is not a person, as was stated"), None
        ours, theirs = sorted((int(builder.units[one]), int(builder.units[other])))
        reason = None if ours == theirs else builder.why_two(ours, theirs)
        return None if reason is None else (reason, builder.between((row, other_row)))

    return why


def _built(
    stated: StatedRows, table: TrackTable, tracklet_ids: Ints, together: SharedFrames
) -> tuple[_Builder, tuple[Unmet, ...]]:
    """All facts taken up, and those that were refused."""
    count = int(tracklet_ids.max(initial=-1)) + 1
    units, nobody = np.arange(count), np.zeros(count, np.bool_)
    builder = _Builder(table, stated.frames, tracklet_ids, together, units, nobody)
    refused = []
    for edit, rows in zip(stated.edits, stated.rows, strict=True):
        reason = builder.take(edit, rows)
        if reason is not None:
            between = builder.between(rows) if builder.ties(edit, rows) else None
            refused.append(Unmet(edit, reason, between))
    return builder, tuple(refused)
