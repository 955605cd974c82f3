"""One sequence in memory: its packed observations and its truth."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import UsageError
from touchline.formats.layouts import truth_files
from touchline.formats.mot import read_detections
from touchline.formats.sequences import TrackSequence, read_true_sequence
from touchline.observations import Observation, ObservationStore
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.tuning.sequences import SequenceEntry
from touchline.types import PEOPLE, Detections, TrackTable, identity_motion

_MAX_STRETCH = 1.01  # images of one clip have one shape, up to a rounded pixel


@dataclass(frozen=True)
class StoredSequence:
    """Data of one sequence for the trials. Observed boxes and truth are in the same pixels.

    frames, times, cuts, looked, flashes: (F,). motions: (F, 2, 3). starts: (F + 1,), frame f has
    the rows ``starts[f]:starts[f + 1]`` of ``detections`` (which has no embeddings; shirts are NaN
    and numbers -1 where none was seen, both None where the whole sequence has none).
    embedded: (K,) rows that have an embedding, ascending. embeddings: (K, D) float16.
    truth: people only, within the observed frames.
    """

    name: str
    frame_rate: float
    image_size: tuple[int, int]
    truth: TrackTable
    frames: NDArray[np.int64]
    times: NDArray[np.float64]
    cuts: NDArray[np.bool_]
    looked: NDArray[np.bool_]
    flashes: NDArray[np.bool_]
    motions: NDArray[np.float64]
    starts: NDArray[np.int64]
    detections: Detections
    embedded: NDArray[np.int64]
    embeddings: NDArray[np.float16]

    def __iter__(self) -> Iterator[Observation]:
        """Every observation in order of frames, as the store would give them."""
        first_embedded = np.searchsorted(self.embedded, self.starts)
        columns = (self.frames, self.times, self.cuts, self.looked, self.starts, first_embedded)
        frames, times, cuts, looked, starts, vectors = (column.tolist() for column in columns)
        for f, frame in enumerate(frames):
            start, end = starts[f : f + 2]
            found = _as_stored(self.detections[start:end])
            here = slice(vectors[f], vectors[f + 1])
            if here.stop > here.start:
                embeddings = np.zeros((end - start, self.embeddings.shape[1]), np.float32)
                embeddings[self.embedded[here] - start] = self.embeddings[here]
                found = found.with_embeddings(embeddings)
            yield Observation(
                *(frame, times[f], cuts[f], self.motions[f], found),
                looked=looked[f],
                flash=bool(self.flashes[f]),
            )

    def digest(self) -> str:
        """A digest of everything a score depends on."""
        found, truth = self.detections, self.truth
        hashed = hashlib.blake2b(digest_size=8)
        for array in (
            *(self.frames, self.times, self.cuts, self.motions, self.starts),
            self.flashes[self.flashes],  # nothing where there is none, as before there were any
            *(found.boxes, found.scores, found.roles, self.embedded, self.embeddings),
            *(
                each
                for each in (found.shirts, found.numbers, found.number_scores)
                if each is not None
            ),
            *(truth.frames, truth.ids, truth.boxes),
            np.array([self.frame_rate, *self.image_size]),
            *(() if self.looked.all() else (self.looked,)),
        ):
            hashed.update(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
        return hashed.hexdigest()


def load_sequence(entry: SequenceEntry) -> StoredSequence:
    """The observations and the truth that ``entry`` names, read into memory.

    Raises UsageError where the truth is not one sequence, holds nobody within the observed
    frames, or is of another shape than the observed image and no scale is given.
    """
    files = truth_files(entry.truth)
    if len(files) > 1:
        raise UsageError(
            f"{entry.truth} holds {len(files)} sequences: an entry is one; name the folder of one"
        )
    (file,) = files.values()
    sequence = _from_run(entry, file) if entry.run else _from_detections(entry, file)
    if not len(sequence.truth):
        raise UsageError(
            f"{entry.name}: the truth has no people in the {len(sequence.frames)} observed frames"
        )
    return sequence


def _from_run(entry: SequenceEntry, truth_file: Path) -> StoredSequence:
    assert entry.run is not None
    folder = RunFolder.existing(entry.run)
    with closing(ObservationStore.open(folder.observations)) as store:
        video = RunFacts.of(store).video
        seen = list(store)
    if any(each.detections.track_ids is not None for each in seen):
        raise UsageError(
            f"{entry.name}: the run has another program's tracks, so that no tracker is at work to "
            "tune; tune on a run of a detector"
        )
    size = (video.width, video.height)
    truth = read_true_sequence(
        entry.name, truth_file, frame_rate=entry.frame_rate, result_frame_rate=video.fps
    )
    scale = entry.scale or _scale(entry.name, size, truth.image_size)
    return _packed(entry, seen, truth, scale, entry.frame_rate or video.fps, size)


def _from_detections(entry: SequenceEntry, truth_file: Path) -> StoredSequence:
    assert entry.detections is not None
    truth = read_true_sequence(entry.name, truth_file, frame_rate=entry.frame_rate)
    table = read_detections(entry.detections)
    size = truth.image_size or entry.image_size
    if size is None:
        raise UsageError(
            f"{entry.name}: nothing says how large the image is: give image_size: [width, height]"
        )
    scale = entry.scale or 1.0
    size = (round(size[0] / scale), round(size[1] / scale))
    last = max((int(t.frames[-1]) for t in (table, truth.tracks) if len(t)), default=-1)
    seen = [
        Observation(
            frame,
            frame / truth.frame_rate,
            False,
            identity_motion(),
            table.at(frame),
            looked=frame in table.looked,
        )
        for frame in range(truth.frame_count or last + 1)
    ]
    return _packed(entry, seen, truth, scale, truth.frame_rate, size)


def _scale(name: str, seen: tuple[int, int], truth: tuple[int, int] | None) -> float:
    """Factor from observed pixels to those of the truth."""
    if truth is None:
        return 1.0
    across, down = truth[0] / seen[0], truth[1] / seen[1]
    if max(across, down) > _MAX_STRETCH * min(across, down):
        raise UsageError(
            f"{name}: the truth is of an image of {truth[0]}x{truth[1]}, the run of "
            f"{seen[0]}x{seen[1]}, another shape: give scale:"
        )
    return across


def _packed(
    entry: SequenceEntry,
    seen: list[Observation],
    truth: TrackSequence,
    scale: float,
    frame_rate: float,
    size: tuple[int, int],
) -> StoredSequence:
    """The parts as arrays; the truth is brought into the observed image, once for all trials."""
    frames = np.array([each.frame for each in seen], np.int64)
    found = [each.detections for each in seen]
    starts = np.append(0, np.cumsum([len(each) for each in found])).astype(np.int64)
    tracks = truth.tracks
    tracks = tracks[np.isin(tracks.roles, PEOPLE) & np.isin(tracks.frames, frames)]
    rows, vectors = _embedded(found, starts)
    return StoredSequence(
        name=entry.name,
        frame_rate=frame_rate,
        image_size=size,
        truth=replace(tracks, boxes=tracks.boxes / scale),
        frames=frames,
        times=np.array([each.time for each in seen], np.float64),
        cuts=np.array([each.cut for each in seen], np.bool_),
        looked=np.array([each.looked for each in seen], np.bool_),
        flashes=np.array([each.flash for each in seen], np.bool_),
        motions=np.array([each.motion for each in seen], np.float64).reshape(-1, 2, 3),
        starts=starts,
        detections=Detections(
            np.concatenate([np.empty((0, 4)), *(each.boxes for each in found)]),
            np.concatenate([np.empty(0), *(each.scores for each in found)]),
            np.concatenate([Detections.empty().roles, *(each.roles for each in found)]),
            **_clothes(found),
        ),
        embedded=rows,
        embeddings=vectors,
    )


def _embedded(
    found: list[Detections], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
    """Rows that have an embedding, and these; the store holds no more than float16 either."""
    rows: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    vectors: list[NDArray[np.float16]] = []
    for start, each in zip(starts[:-1].tolist(), found, strict=True):
        if each.embeddings is not None:
            mask = each.embeddings.any(axis=1)
            if mask.any():
                rows.append(np.flatnonzero(mask) + start)
                vectors.append(each.embeddings[mask].astype(np.float16))
    return np.concatenate(rows), np.concatenate(vectors or [np.empty((0, 0), np.float16)])


def _clothes(found: list[Detections]) -> dict[str, NDArray[Any] | None]:
    """Shirts, numbers and their scores of all frames, stacked; None for those never observed."""
    columns: dict[str, NDArray[Any] | None] = {}
    for name, unseen in (("shirts", np.nan), ("numbers", -1), ("number_scores", 0.0)):
        known = [each for each in (getattr(part, name) for part in found) if each is not None]
        if not known:
            columns[name] = None
            continue
        shape = known[0].shape[1:]
        columns[name] = np.concatenate(
            [
                np.full((len(part), *shape), unseen, known[0].dtype) if column is None else column
                for part, column in ((part, getattr(part, name)) for part in found)
            ]
        )
    return columns


def _as_stored(found: Detections) -> Detections:
    """One frame as the store gives it: without shirts or numbers where nobody's were seen."""
    if found.shirts is not None and np.isnan(found.shirts).all():
        found = found.with_shirts(None)
    if found.numbers is not None and not (found.numbers >= 0).any():
        found = found.with_numbers(None, None)
    return found
