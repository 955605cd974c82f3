"""Tiny scenes for tests of the search: players walk, and each is hidden for a while."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from touchline.formats.mot import write_mot
from touchline.observations import Observation, ObservationStore
from touchline.run.facts import ModelsUsed, RunFacts, RunInputs
from touchline.types import Detections, Tracks, TrackTable, identity_motion
from touchline.video.info import VideoInfo

RATE = 12.5
SIZE = (640, 360)
FRAMES = 50
PLAYERS = 3
HIDDEN_SECONDS = 1.6


def walk(seed: int, frame: int) -> NDArray[np.float64]:
    """(3, 4) boxes of three players who walk to the right, each on his own height."""
    random = np.random.default_rng(seed)
    left = random.uniform(20, 60, PLAYERS) + random.uniform(25, 40, PLAYERS) * frame / RATE
    top = 30.0 + 100.0 * np.arange(PLAYERS)
    return np.column_stack([left, top, left + 30, top + 70])


def truth_table(seed: int, *, returns: bool = False) -> TrackTable:
    """Who is where; with ``returns`` the truth too has no box of who is hidden."""
    shown = []
    for frame in range(FRAMES):
        here = seen(seed, frame) if returns else np.ones(PLAYERS, np.bool_)
        ids = np.flatnonzero(here) + 1
        boxes = walk(seed, frame)[here]
        roles = np.full(len(ids), "player", Detections.empty().roles.dtype)
        shown.append((frame, frame / RATE, Tracks(ids, boxes, np.ones(len(ids)), roles, ids - 1)))
    return TrackTable.from_frames(shown)


def seen(seed: int, frame: int) -> NDArray[np.bool_]:
    """(3,) who is not hidden: each from another second on."""
    start = 0.6 + 0.4 * np.arange(PLAYERS) + 0.1 * (seed % 3)
    time = frame / RATE
    return np.asarray((time < start) | (time >= start + HIDDEN_SECONDS))


def observations(seed: int) -> list[Observation]:
    """What is seen of the scene, with looks that tell the players apart a little."""
    looks = np.eye(PLAYERS, 4, dtype=np.float32)
    result = []
    for frame in range(FRAMES):
        here = seen(seed, frame)
        found = Detections(walk(seed, frame)[here], np.full(int(here.sum()), 0.9))
        if frame % 3 == 0:
            found = found.with_embeddings(looks[here])
        result.append(Observation(frame, frame / RATE, False, identity_motion(), found))
    return result


def write_truth(folder: Path, table: TrackTable, scale: float = 1.0) -> Path:
    """A sequence folder with gt/gt.txt and seqinfo.ini."""
    (folder / "gt").mkdir(parents=True, exist_ok=True)
    width, height = (round(side * scale) for side in SIZE)
    (folder / "seqinfo.ini").write_text(
        f"[Sequence]\nname={folder.name}\nframeRate={RATE}\nseqLength={FRAMES}\n"
        f"imWidth={width}\nimHeight={height}\n"
    )
    scaled = TrackTable(
        *(table.frames, table.times, table.ids, table.boxes * scale),
        *(table.scores, table.roles, table.interpolated),
    )
    write_mot(scaled, folder / "gt" / "gt.txt")
    return folder


def write_run(folder: Path, seed: int) -> Path:
    """A run folder with the observations of the scene."""
    folder.mkdir(parents=True, exist_ok=True)
    info = VideoInfo(
        name=folder.name,
        kind="file",
        width=SIZE[0],
        height=SIZE[1],
        fps=RATE,
        frame_count=FRAMES,
        duration=FRAMES / RATE,
        codec="none",
        live=False,
        rotation=0,
        pixel_aspect=1.0,
        matrix="none",
        size_bytes=None,
        fingerprint=f"scene {seed}",
    )
    facts = RunFacts(
        inputs=RunInputs(start=None, end=None),
        source=folder.name,
        models=ModelsUsed(),
        video=info,
        complete=True,
        settings={},
        tracks=None,
        drawn=False,
        seconds={},
        warnings=(),
    )
    with ObservationStore.create(folder / "observations.sqlite", facts.as_json()) as store:
        for observation in observations(seed):
            store.append(observation)
        store.commit()
    return folder


def write_detections(file: Path, seed: int) -> Path:
    """The same boxes as MOTChallenge text."""
    rows = [
        f"{each.frame + 1},-1,{x1:.4f},{y1:.4f},{x2 - x1:.4f},{y2 - y1:.4f},0.9"
        for each in observations(seed)
        for x1, y1, x2, y2 in each.detections.boxes.tolist()
    ]
    file.write_text("\n".join(rows) + "\n")
    return file


def write_list(folder: Path, train: int = 3, validation: int = 6, *, returns: bool = False) -> Path:
    """SEQUENCES.yaml with so many scenes, made as run folders beside it."""
    entries = []
    for seed in range(train + validation):
        run = write_run(folder / f"scene{seed}", seed)
        truth = write_truth(folder / f"scene{seed}", truth_table(seed, returns=returns))
        entries.append({"truth": truth.name, "run": run.name})
    return write_yaml(
        folder / "sequences.yaml", {"train": entries[:train], "validation": entries[train:]}
    )


def write_yaml(file: Path, tree: object) -> Path:
    file.write_text(yaml.safe_dump(tree, sort_keys=False))
    return file
