"""Which labels are known to be different people: labels restart in every clip, people do not.

Two clips of one match show the same players under different labels. Whoever treats those labels
as different people teaches the network to separate people from themselves. The rule, for sampling
and for every loss:

    two labels are known to be different people where they share a clip (its ground truth keeps
    them apart) or where no match has both; labels of one match that share no clip may be one
    person, and neither may serve as a negative of the other.

A label that is known in several clips of a match (rendered data, labels joined by hand) shares a
clip with the labels of each of them. That it was joined says nothing of the others: two labels of
two clips stay suspects of each other even where a third one is in both.

Shape letters: B images of a batch, K labels, G groups of labels that are in the same clips.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from torch import Tensor

from touchline.errors import InputError
from touchline.reid.manifest import DISTRACTOR, Manifest


@dataclass(frozen=True, slots=True, eq=False)
class BatchLabels:
    """Identity, clip and match of each of N crops, all as numbers from 0.

    identities: (N,) int64 in 0..K-1, each of them there. sequences, matches: (N,) int64; a
    sequence belongs to one match. names: (K,) int64, what the labels are called where they come
    from; the same numbers unless given.

    Computed: groups (K,) int64, labels in exactly the same clips are one group; allowed (G, G)
    bool, whether labels of two groups are known to be different people. With one clip a label
    there are as many groups as clips.

    Raises InputError for other shapes, numbers below 0, a label without a crop, and a sequence in
    two matches.
    """

    identities: NDArray[np.int64]
    sequences: NDArray[np.int64]
    matches: NDArray[np.int64]
    names: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    groups: NDArray[np.int64] = field(init=False)
    allowed: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        identities, sequences, matches = (
            _codes(name, getattr(self, name), self.identities)
            for name in ("identities", "sequences", "matches")
        )
        count = len(np.unique(identities))
        if identities.size and identities.max() >= count:
            missing = np.setdiff1d(np.arange(identities.max()), identities)[0]
            raise InputError(f"label {missing} has no crop: number the labels from 0 without gaps")
        homes = np.unique(np.stack([sequences, matches]), axis=1)
        twice = homes[0, 1:][homes[0, 1:] == homes[0, :-1]]
        if twice.size:
            raise InputError(f"sequence {twice[0]} is in two matches: give each its own number")
        names = np.asarray(self.names, np.int64) if len(self.names) else np.arange(count)
        if names.shape != (count,):
            raise InputError(f"names have shape {names.shape}; ({count},) is needed, one per label")
        groups, allowed = _groups(identities, sequences, dict(homes.T.tolist()))
        columns = (identities, sequences, matches, names, groups, allowed)
        for name, column in zip(self.__slots__, columns, strict=True):
            object.__setattr__(self, name, column)

    @classmethod
    def from_manifest(cls, manifest: Manifest) -> BatchLabels:
        """The labels of the crops to train on, numbered in the order of their identities.

        A clip is a match with a sequence. Where the match is unknown every sequence is a match of
        its own, and crops with neither are together one clip: other data mixed in, such as
        Market-1501, whose labels are all known to differ. Raises InputError for distractors.
        """
        nobody = np.flatnonzero(manifest.identities == DISTRACTOR)
        if nobody.size:
            raise InputError(
                f"{manifest.paths[nobody[0]]} shows a distractor: only labelled crops can train"
            )
        names, identities = np.unique(manifest.identities, return_inverse=True)
        clips = list(zip(manifest.matches.tolist(), manifest.sequences.tolist(), strict=True))
        matches = [(match, "" if match else sequence) for match, sequence in clips]
        return cls(identities, _numbered(clips), _numbered(matches), names)

    def __len__(self) -> int:
        return len(self.identities)


class MatchRule:
    """The rule as masks on a device, for batches of labels.

    With it a loss leaves out what may be the sample's own person; None in its place everywhere
    means that all labels are different people.
    """

    def __init__(self, labels: BatchLabels, device: torch.device | str = "cpu") -> None:
        self._group_K = torch.from_numpy(labels.groups).to(device)
        self._allowed_GK = torch.from_numpy(labels.allowed[:, labels.groups]).to(device)

    def classes(self, identity_B: Tensor) -> Tensor:
        """(B, K) bool: the sample's own label and the labels known to be other people."""
        return self._allowed_GK[self._group_K[identity_B]]

    def pairs(self, identity_B: Tensor) -> Tensor:
        """(B, B) bool: pairs of one label and pairs known to be different people."""
        return self.classes(identity_B)[:, identity_B]


def _codes(name: str, values: ArrayLike, like: NDArray[np.int64]) -> NDArray[np.int64]:
    codes: NDArray[np.int64] = np.asarray(values, np.int64)
    if codes.ndim != 1 or len(codes) != len(like):
        raise InputError(f"{name} have shape {codes.shape}; ({len(like)},) is needed, one per crop")
    if codes.size and codes.min() < 0:
        raise InputError(f"{name} hold {codes.min()}: numbers from 0 are needed")
    return codes


def _numbered(names: list[tuple[str, str]]) -> NDArray[np.int64]:
    number = {name: index for index, name in enumerate(dict.fromkeys(names))}
    return np.array([number[name] for name in names], np.int64)


def _groups(
    identities: NDArray[np.int64], sequences: NDArray[np.int64], match_of: dict[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The group of each label, and which groups are known to be different people."""
    homes: list[list[int]] = [[] for _ in np.unique(identities)]
    for identity, sequence in np.unique(np.stack([identities, sequences], axis=1), axis=0).tolist():
        homes[identity].append(sequence)
    numbers = {home: number for number, home in enumerate(dict.fromkeys(map(tuple, homes)))}
    groups = np.array([numbers[tuple(home)] for home in homes], np.int64)
    matches = [{match_of[sequence] for sequence in home} for home in numbers]
    return groups, _overlap([set(home) for home in numbers]) | ~_overlap(matches)


def _overlap(sets: list[set[int]]) -> NDArray[np.bool_]:
    """(G, G): whether two sets have a member in common."""
    rows = np.repeat(np.arange(len(sets)), [len(members) for members in sets])
    columns = np.array([member for members in sets for member in members], np.int64)
    width = int(columns.max(initial=-1)) + 1
    table = csr_array((np.ones(len(rows), np.int64), (rows, columns)), shape=(len(sets), width))
    shared: NDArray[np.bool_] = (table @ table.T).toarray() > 0
    return shared
