"""A long clip of real observations: a short one forwards and backwards, with absences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.linking.config import LinkConfig
from touchline.linking.pipeline import link_clip
from touchline.observations import Observation, ObservationStore
from touchline.run.facts import RunFacts
from touchline.run.request import AskedSettings
from touchline.tracking.config import TrackerConfig
from touchline.types import Affine, Detections, TrackTable

_NOISE = 0.3
"""Length of what is added to embeddings: somebody never looks exactly as the time before."""

_AWAY_SHARE, _AWAY_SECONDS = 0.3, (2.0, 20.0)
"""How likely somebody is away once in a pass, and for how long."""


_COMMIT_FRAMES = 250


def repeated_run(run: Path, out: Path, minutes: float) -> None:
    """Make the folder ``out`` of a run of so many minutes, from the observations of another."""
    with closing(ObservationStore.open(run / "observations.sqlite")) as store:
        facts, stored, seen = RunFacts.of(store), store.facts(), list(store)
    video = facts.video
    tracker = AskedSettings.checked(facts.settings).config.tracker_in_force()
    out.mkdir(parents=True)
    kept = {name: value for name, value in stored.items() if name != "version"}
    with closing(ObservationStore.create(out / "observations.sqlite", kept)) as store:
        frames = round(minutes * 60 * video.fps)
        size = (video.width, video.height)
        for one in repeated(seen, tracker, size, video.fps, frames):
            store.append(one)
            if one.frame % _COMMIT_FRAMES == _COMMIT_FRAMES - 1:
                store.commit()
        store.commit()


def repeated(
    seen: Sequence[Observation],
    tracker: TrackerConfig,
    image_size: tuple[int, int],
    frame_rate: float,
    frames: int,
) -> Iterator[Observation]:
    """``frames`` observations made of those that were ``seen``, the same every time.

    Played forwards and backwards in turn, so that nobody jumps and no shot is cut that was not.
    In every pass some people are away for some seconds, all their boxes with them.
    """
    table = link_clip(
        seen, tracker, LinkConfig(), frame_rate=frame_rate, image_size=image_size
    ).table
    draw, made = np.random.default_rng(0), 0
    for forwards in cycle((True, False)):
        order = list(range(len(seen))) if forwards else list(range(len(seen)))[::-1]
        away = _absences(table, seen, draw)
        for place in order[min(made, 1) :]:  # a pass begins with the last image of the one before
            if made == frames:
                return
            found = seen[place].detections[~away[place]]
            if found.embeddings is not None:
                found = found.with_embeddings(_another_look(found, draw))
            after = seen[place] if forwards or not made else seen[min(place + 1, len(seen) - 1)]
            motion = after.motion if forwards else _inverse(after.motion)
            yield replace(
                seen[place],
                frame=made,
                time=made / frame_rate,
                cut=after.cut and made > 0,
                motion=motion,
                detections=found,
            )
            made += 1


def _absences(
    table: TrackTable, seen: Sequence[Observation], draw: np.random.Generator
) -> list[NDArray[np.bool_]]:
    """Of every frame which detections are of somebody who is away."""
    away = [np.zeros(len(one.detections), np.bool_) for one in seen]
    assert table.rows is not None
    first = seen[0].frame
    for person in np.unique(table.ids).tolist():
        if draw.random() > _AWAY_SHARE:
            continue
        mine = (table.ids == person) & (table.rows >= 0)
        start = draw.uniform(table.times[0], table.times[-1])
        gone = mine & (table.times >= start)
        gone &= table.times < start + draw.uniform(*_AWAY_SECONDS)
        for frame, row in zip(table.frames[gone].tolist(), table.rows[gone].tolist(), strict=True):
            away[frame - first][row] = True
    return away


def _another_look(found: Detections, draw: np.random.Generator) -> NDArray[np.float32]:
    """(N, D) the embeddings with noise, exact in float16 as a store keeps them."""
    assert found.embeddings is not None
    vectors = found.embeddings.copy()
    there = vectors.any(axis=1)
    noise = draw.standard_normal(vectors[there].shape)
    vectors[there] += _NOISE * noise / np.sqrt(vectors.shape[1])
    vectors[there] /= np.linalg.norm(vectors[there], axis=1, keepdims=True)
    return vectors.astype(np.float16).astype(np.float32)


def _inverse(motion: Affine) -> Affine:
    """The motion back."""
    turn = np.linalg.inv(motion[:, :2])
    return np.column_stack([turn, -turn @ motion[:, 2]])
