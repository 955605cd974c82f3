"""A run folder without a video: observations of a simulated or given truth, and the truth."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.config import check_config
from touchline.errors import Interrupted, SettingsError, StoreError, UsageError
from touchline.formats.roles_csv import write_roles_csv
from touchline.formats.sequences import TrackSequence, read_truth
from touchline.formats.truth_folder import TRUTH_FILES, truth_writer, write_seqinfo
from touchline.observations import Observation, ObservationStore
from touchline.progress import OnProgress, ShouldStop
from touchline.run.config import RunConfig
from touchline.run.facts import ModelsUsed, RunFacts, RunInputs, RunReport
from touchline.run.folder import RunFolder
from touchline.run.report import write_report
from touchline.simulation.config import SimulationConfig
from touchline.simulation.scene import TruthFrame, observed, scene_people, scene_truth, table_truth
from touchline.stage_times import StageTimes
from touchline.store_file import is_being_written
from touchline.types import PEOPLE, Roles
from touchline.video.info import VideoInfo

_COMMIT_FRAMES = 250
_OF_A_SCENE = ("seconds", "people", "referees", "kits", "play", "camera")
"""Settings that make a scene, and mean nothing where the truth is given."""


@dataclass(frozen=True, slots=True)
class SimulateRequest:
    """What to simulate: a folder, settings as nested names, and perhaps a truth to start from."""

    out: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    truth: Path | None = None
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the truth comes from, and who is in it: parallel arrays of ids, roles and kits."""

    frames: Iterator[TruthFrame]
    frame_count: int
    frame_rate: float
    image_size: tuple[int, int]
    ids: NDArray[np.int64]
    roles: Roles
    kits: NDArray[np.str_]
    fingerprint: str


def simulate_run(
    request: SimulateRequest, on_progress: OnProgress, should_stop: ShouldStop = lambda: False
) -> RunReport:
    """Write the run folder; returns what run.json says. ``touchline link`` makes its tracks.

    Raises UsageError where the folder holds something and ``overwrite`` is not asked for, and
    Interrupted where ``should_stop`` ended it: truth and observations of the frames made so far
    are a whole, shorter scene then.
    """
    config = check_config(SimulationConfig, request.settings)
    source = _scene(config) if request.truth is None else _from_truth(request, config)
    folder = RunFolder(request.out)
    _prepare(folder, overwrite=request.overwrite)
    times = StageTimes()
    facts = _facts(request, config, source)
    with closing(ObservationStore.create(folder.observations, facts.as_json())) as store:
        frames = _observations(source, config)
        with times.stage("simulate"), truth_writer(folder.path) as truth:
            for done, (frame, observation) in enumerate(frames, start=1):
                truth.add(frame.index, frame.ids, frame.boxes)
                store.append(observation)
                if done % _COMMIT_FRAMES == 0:
                    store.commit()
                on_progress("simulate", done, source.frame_count)
                if should_stop():
                    break
        stopped = done < source.frame_count
        info = replace(facts.video, frame_count=done, duration=done / source.frame_rate)
        write_seqinfo(
            folder.path,
            name=folder.path.resolve().name,
            frame_rate=source.frame_rate,
            frame_count=done,
            image_size=source.image_size,
        )
        file = folder.path / "roles.csv"
        write_roles_csv(source.ids.tolist(), source.roles.tolist(), source.kits.tolist(), file)
        facts = replace(facts, complete=True, seconds=times.seconds, video=info).commit(
            store, facts
        )
        report = write_report(folder, store, facts, RunConfig())
    if stopped:
        raise Interrupted(
            f"stopped after {done} frames, which are a whole, shorter scene in {request.out}; "
            "--overwrite begins again"
        )
    return report


def _scene(config: SimulationConfig) -> _Source:
    people = scene_people(config)
    return _Source(
        scene_truth(config),
        config.frame_count,
        config.frame_rate,
        (config.width, config.height),
        people.ids,
        people.roles,
        people.kits,
        "",
    )


def _from_truth(request: SimulateRequest, config: SimulationConfig) -> _Source:
    assert request.truth is not None
    for name in _OF_A_SCENE:
        if name in request.settings:
            raise SettingsError(f"setting {name} makes a scene and has no effect with --truth")
    rate = config.frame_rate if "frame_rate" in request.settings else None
    sequences = read_truth(request.truth, frame_rate=rate)
    if len(sequences) != 1:
        raise UsageError(
            f"{request.truth} holds {len(sequences)} sequences: give the folder of one of them"
        )
    (sequence,) = sequences.values()
    size = sequence.image_size
    if size is None:
        if not {"width", "height"} <= set(request.settings):
            raise UsageError(
                f"nothing says how large the images of {request.truth} are: "
                "give them as -s width=1920 -s height=1080"
            )
        size = (config.width, config.height)
    table = sequence.tracks[np.isin(sequence.tracks.roles, PEOPLE)]
    last = int(table.frames[-1]) + 1 if len(table) else 0
    count = sequence.frame_count or last
    if not count:
        raise UsageError(f"{request.truth} holds no box of a person")
    ids, first = np.unique(table.ids, return_index=True)
    roles = table.roles[first]
    kits = _kits(request.truth, sequence, ids, roles)
    digest = hashlib.sha256(table.boxes.tobytes() + table.ids.tobytes() + table.frames.tobytes())
    return _Source(
        table_truth(table, count),
        count,
        sequence.frame_rate,
        size,
        ids,
        roles,
        kits,
        digest.hexdigest()[:32],
    )


def _kits(
    truth: Path, sequence: TrackSequence, ids: NDArray[np.int64], roles: Roles
) -> NDArray[np.str_]:
    """(N,) the kit of each: the team of roles.csv, where there is one; else one team for all."""
    folder = truth if truth.is_dir() else truth.parent.parent
    known = sequence.has_roles and (folder / "roles.csv").is_file()
    teams = sequence.teams if known else {}
    return np.array(
        [
            teams.get(identity, "") + ("" if role in ("player", "person") else f" {role}")
            for identity, role in zip(ids.tolist(), roles.tolist(), strict=True)
        ],
        np.str_,
    )


def _observations(
    source: _Source, config: SimulationConfig
) -> Iterator[tuple[TruthFrame, Observation]]:
    return observed(
        source.frames,
        source.ids,
        source.kits,
        errors=config.detector,
        appearance=config.appearance,
        image_size=source.image_size,
        frame_rate=source.frame_rate,
        seed=config.seed,
    )


def _prepare(folder: RunFolder, *, overwrite: bool) -> None:
    """Make the folder, or see that what is in it may go."""
    path = folder.path
    if not overwrite and os.path.isdir(path) and any(path.iterdir()):
        raise UsageError(
            f"{path} is not empty: choose another folder, or replace the run in it with --overwrite"
        )
    if overwrite and is_being_written(folder.observations):
        raise StoreError(f"another touchline is working on {path}: stop it first")
    folder.prepare(overwrite=overwrite)
    for name in TRUTH_FILES if overwrite else ():
        (path / name).unlink(missing_ok=True)


def _facts(request: SimulateRequest, config: SimulationConfig, source: _Source) -> RunFacts:
    """What the run remembers; the settings of tracking are the defaults, to be changed later."""
    simulation = config.model_dump(mode="json")
    made_of = json.dumps([simulation, source.fingerprint], sort_keys=True)
    width, height = source.image_size
    info = VideoInfo(
        name=request.out.resolve().name,
        kind="file",
        width=width,
        height=height,
        fps=source.frame_rate,
        frame_count=source.frame_count,
        duration=source.frame_count / source.frame_rate,
        codec="none: simulated",
        live=False,
        rotation=0,
        pixel_aspect=1.0,
        matrix="none",
        size_bytes=None,
        fingerprint=hashlib.sha256(made_of.encode()).hexdigest()[:32],
    )
    return RunFacts(
        inputs=RunInputs(start=None, end=None, simulation=simulation),
        source=str(request.truth or "simulated scene"),
        models=ModelsUsed(simulation=simulation),
        video=info,
        complete=False,
        settings={},
        tracks=None,
        drawn=False,
        seconds={},
        warnings=(),
    )
