"""Clips in which it is known whom every detection shows, for ``benchmarks.fit_evidence``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from benchmarks.linking import rendered
from benchmarks.trackers import (
    DATA,
    ClipEvidence,
    observed,
    simulated,
    snmot_060,
    snmot_test,
    sportsmot,
)
from touchline.boxes import iou_matrix
from touchline.clothes.collection import Clothes, ClothesCollector
from touchline.formats.roles_csv import read_roles_csv
from touchline.linking.appearance_bins import AppearanceBins, collect_appearance
from touchline.linking.split import cut_at_gaps
from touchline.linking.stitching import Stitching, stitch
from touchline.linking.tracklets import Tracklets, describe_tracklets
from touchline.observations import Observation
from touchline.simulation.config import SimulationConfig
from touchline.simulation.scene import observed as scene_observed
from touchline.simulation.scene import scene_people, scene_truth
from touchline.types import Tracks, TrackTable

LEFT_ALONE = "v_gQNyhv8y0QY"
"""A match of SportsMOT whose other clips are used for scoring (README of the data pack)."""

MIN_IOU = 0.5
FEW_POINTS = 30
"""Camera pans from fewer points are not used."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class KnownClip:
    """A clip's observations, and whom its detections show.

    match: clips of one match are left out together. table: the detections that show somebody, with
    true ids; frames are positions. kits: the team of each id, 0 or 1, and numbers: of the shirt,
    where known.
    """

    name: str
    match: str
    observations: list[Observation]
    truth: TrackTable
    table: TrackTable
    frame_rate: float
    image_size: tuple[int, int]
    kits: dict[int, int]
    numbers: dict[int, int]


@dataclass(frozen=True)
class KnownTracklets:
    """The tracklets of a clip. ids: (M,) of each row. people: (T,) true id of each."""

    ids: Ints
    people: Ints
    described: Tracklets
    stitching: Stitching


def clips(folder: Path, scenes: int, seconds: float, embedders: list[str]) -> Iterator[KnownClip]:
    """Simulated scenes, and what the data pack has; those with images once per embedder."""
    for seed in range(scenes):
        yield scene(seed, seconds)
    makers: list[tuple[Path, Callable[[], Iterator[KnownClip]]]] = [
        (DATA / "rendered", partial(rendered_clips, folder, embedders)),
        (DATA / "mot/SNMOT-060", partial(soccernet_060, folder, embedders)),
        (DATA / "mot_gt_only/snmot_test", partial(soccernet, folder)),
        (DATA / "mot_gt_only/sportsmot_football", partial(sportsmot_clips, folder)),
    ]
    for place, make in makers:
        if place.exists():
            yield from make()
        else:
            print(f"left out: {place.name} is not in the data pack (TOUCHLINE_DATA)", flush=True)


def scene(seed: int, seconds: float) -> KnownClip:
    """A scene of ``touchline simulate``; its simulated appearance is dropped."""
    config = SimulationConfig.model_validate({"seed": 1000 + seed, "seconds": seconds})
    people = scene_people(config)
    size = (config.width, config.height)
    frames, seen = [], []
    for truth, observation in scene_observed(
        scene_truth(config),
        people.ids,
        people.kits,
        errors=config.detector,
        appearance=config.appearance.model_copy(update={"size": 0}),
        image_size=size,
        frame_rate=config.frame_rate,
        seed=config.seed,
    ):
        count = len(truth.ids)
        tracks = Tracks(
            truth.ids, truth.boxes, np.ones(count), truth.roles, np.full(count, -1, np.int64)
        )
        frames.append((truth.index, truth.index / config.frame_rate, tracks))
        seen.append(observation)
    table = TrackTable.from_frames(frames)
    name = f"scene {config.seed}"
    return known(name, name, seen, table, config.frame_rate, size)


def rendered_clips(folder: Path, embedders: list[str]) -> Iterator[KnownClip]:
    for clip in rendered(folder):
        ids = np.unique(clip.truth.tracks.ids).tolist()
        players = [one for one in ids if one < 200 and one % 100 != 1]
        kits = {one: one // 100 for one in players}
        numbers = {one: one % 100 for one in ids if one < 200}
        match = clip.truth.name.partition("_")[0]
        for embedder in embedders:
            seen = list(observed(clip, embedder, folder)())
            yield from_pack(f"{clip.truth.name}, {embedder}", match, clip, seen, kits, numbers)


def soccernet_060(folder: Path, embedders: list[str]) -> Iterator[KnownClip]:
    known_roles = read_roles_csv(DATA / "mot/SNMOT-060/roles.csv")
    players = [one for one, role in known_roles.roles.items() if role == "player"]
    names = sorted({known_roles.teams[one] for one in players})
    kits = {one: names.index(known_roles.teams[one]) for one in players}
    clip = snmot_060(folder, "small")
    for embedder in embedders:
        seen = list(observed(clip, embedder, folder)())
        yield from_pack(f"SNMOT-060, {embedder}", "SNMOT-060", clip, seen, kits, {})


def soccernet(folder: Path) -> Iterator[KnownClip]:
    """True boxes through a simulated detector, and the camera's pan as measured."""
    for clip in snmot_test():
        file = simulated(clip.truth, "large", folder)
        clip = ClipEvidence(clip.truth, file)
        seen = list(observed(clip, "none", folder)())
        pan = np.loadtxt(DATA / f"camera/{clip.truth.name}.csv", delimiter=",", skiprows=1)
        moved = {int(row[0]) - 1: row[1:3] for row in pan if row[3] >= FEW_POINTS}
        seen = [panned(one, moved.get(one.frame)) for one in seen]
        yield from_pack(clip.truth.name, "snmot_test", clip, seen, {}, {})


def panned(observation: Observation, shift: NDArray[np.float64] | None) -> Observation:
    if shift is None:
        return observation
    motion = observation.motion.copy()
    motion[:, 2] = shift
    return replace(observation, motion=motion)


def sportsmot_clips(folder: Path) -> Iterator[KnownClip]:
    for clip in sportsmot(folder, "large"):
        if clip.truth.name.startswith(LEFT_ALONE):
            continue
        seen = list(observed(clip, "none", folder)())
        match = clip.truth.name.rpartition("_")[0]
        yield from_pack(clip.truth.name, match, clip, seen, {}, {})


def from_pack(
    name: str,
    match: str,
    clip: ClipEvidence,
    seen: list[Observation],
    kits: dict[int, int],
    numbers: dict[int, int],
) -> KnownClip:
    size = clip.truth.image_size or (1280, 720)
    found = known(name, match, seen, clip.truth.tracks, clip.truth.frame_rate, size)
    return replace(found, kits=kits, numbers=numbers)


def known(
    name: str,
    match: str,
    seen: list[Observation],
    truth: TrackTable,
    frame_rate: float,
    image_size: tuple[int, int],
) -> KnownClip:
    """Detections belong to the true boxes that they overlap most, one to one."""
    frames = []
    for position, observation in enumerate(seen):
        at = truth.rows_at(observation.frame)
        found = observation.detections
        overlaps = iou_matrix(truth.boxes[at], found.boxes)
        true, mine = linear_sum_assignment(-overlaps)
        near = overlaps[true, mine] >= MIN_IOU
        true, mine = true[near], mine[near]
        order = np.argsort(truth.ids[at][true])
        true, mine = true[order], mine[order]
        shown = Tracks(
            truth.ids[at][true], found.boxes[mine], found.scores[mine], found.roles[mine], mine
        )
        frames.append((position, observation.time, shown))
    table = TrackTable.from_frames(frames)
    return KnownClip(name, match, seen, truth, table, frame_rate, image_size, {}, {})


def tracklets_of(clip: KnownClip) -> KnownTracklets:
    """True tracks, cut where linking cuts them."""
    motions = np.array([one.motion for one in clip.observations])
    cuts = [place for place, one in enumerate(clip.observations) if one.cut]
    stitching = stitch(motions, clip.table, cuts)
    ids = cut_at_gaps(clip.table, 0.3, cuts, stitching)
    people = np.zeros(int(ids.max(initial=-1)) + 1, np.int64)
    people[ids] = clip.table.ids
    described = describe_tracklets(clip.table, ids, stitching, clip.image_size, 1.0)
    return KnownTracklets(ids, people, described, stitching)


def bins_of(clip: KnownClip, owners: Ints) -> AppearanceBins:
    """Mean embeddings of half a second. owners: (M,) whose each row of the table is."""
    return collect_appearance(clip.observations, replace(clip.table, ids=owners))


def clothes_of(clip: KnownClip, owners: Ints) -> Clothes:
    """Clothes of every row that had some. owners: (M,) whose each row of the table is."""
    collector, table = ClothesCollector(), replace(clip.table, ids=owners)
    for position, observation in enumerate(clip.observations):
        if observation.detections.shirts is not None:
            collector.add(observation.time, table.at(position), observation.detections)
    return collector.clothes()
