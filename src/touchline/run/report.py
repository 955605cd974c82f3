"""run.json: what was done, with what, how long it took and what came out."""

from __future__ import annotations

import platform
import re
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from touchline import __version__
from touchline.ball_track import BallTrack
from touchline.config import check_config
from touchline.linking.glimpses import Glimpses
from touchline.observations import ObservationStore
from touchline.observe import DETECTOR_SIDES
from touchline.processors import usable_cores
from touchline.run.config import RunConfig
from touchline.run.facts import (
    InputSide,
    Machine,
    RunCounts,
    RunFacts,
    RunReport,
    Selection,
    TrackCounts,
)
from touchline.run.folder import RunFolder
from touchline.stage_times import StageTimes
from touchline.types import TrackTable


def write_report(
    folder: RunFolder,
    store: ObservationStore,
    facts: RunFacts,
    config: RunConfig,
    times: StageTimes | None = None,
) -> RunReport:
    """Bring run.json up to date after a step, and return it.

    config: what ``facts.settings`` make. times: of the stages of this step; None where nothing had
    to be done: what is said about the program and the machine then stays, and so does the file if
    nothing else is new.
    """
    before = folder.read_report()
    report = _report(folder, store, facts, config, before, times)
    if report != before:
        folder.write_report(report)
    return report


def _report(
    folder: RunFolder,
    store: ObservationStore,
    facts: RunFacts,
    config: RunConfig,
    before: RunReport | None,
    times: StageTimes | None,
) -> RunReport:
    earlier = {} if before is None else before.seconds
    seconds = {**earlier, **facts.seconds, **(times.seconds if times else {})}
    seconds = {name: round(value, 3) for name, value in seconds.items()}
    counts, left_out = _counts(store, facts)
    total = sum(seconds.values())
    report = RunReport(
        touchline=__version__,
        source=facts.video.name,
        complete=facts.complete,
        video=facts.video,
        selection=Selection(facts.inputs.start, facts.inputs.end),
        models=facts.models,
        settings={
            **config.model_dump(mode="json"),
            "tracker": config.tracker_in_force().model_dump(mode="json"),
        },
        counts=counts,
        seconds=seconds,
        frames_per_second=round(counts.frames / total, 2) if total else None,
        peak_memory_mb=_peak_memory_mb(),
        machine=Machine(platform.platform(), platform.python_version(), usable_cores()),
        # Those of linking are of its last time only.
        warnings=tuple(
            dict.fromkeys(
                [
                    *(*facts.warnings, *left_out, *facts.link_warnings),
                    *(*facts.unmet_edits, *facts.edit_warnings),
                ]
            )
        ),
        files=folder.written(linked=facts.tracks is not None, drawn=facts.drawn),
        detector_sides=_detector_sides(store),
    )
    if times is not None or before is None:
        return report
    # What the report says about the last command that did something.
    return replace(
        report,
        touchline=before.touchline,
        peak_memory_mb=before.peak_memory_mb,
        machine=before.machine,
    )


def _detector_sides(store: ObservationStore) -> tuple[InputSide, ...] | None:
    """The sides of the detector's input; None where they did not follow people."""
    sides = (store.state() or {}).get(DETECTOR_SIDES)
    if sides is None:
        return None
    return tuple(InputSide(frame, side) for frame, side in sides.tolist())


def _counts(store: ObservationStore, facts: RunFacts) -> tuple[RunCounts, list[str]]:
    """The counts, and what to say of frames that were left out."""
    counts = RunCounts(**store.counts())
    found = facts.tracks
    if found is not None:
        counts = replace(
            counts,
            identities=found.identities,
            boxes=found.boxes,
            interpolated=found.interpolated,
            doubles=found.doubles,
            glimpses=found.glimpses,
            glimpse_seconds=found.glimpse_seconds,
            outside=found.outside,
            ball_seen=found.ball_seen,
            ball_bridged=found.ball_bridged,
            cameras=found.cameras,
        )
    if not facts.video.live:
        return counts, []
    last = store.last()
    came = 0 if last is None else last.frame + 1
    missed = came - counts.frames
    return replace(counts, left_out=missed), _left_out(missed, came)


def _left_out(missed: int, came: int) -> list[str]:
    """What to say where a live source sent more than could be looked at."""
    if not missed:
        return []
    return [
        f"{missed} of {came} frames of the live source were left out ({missed / came:.0%}): they "
        "came faster than they are looked at; --detector-size 640, a GPU (--device cuda) or fewer "
        "frames a second at the source keep more"
    ]


def current_report(folder: RunFolder) -> RunReport:
    """run.json, made anew from the observations where it is missing (after a kill)."""
    report = folder.read_report()
    if report is not None:
        return report
    with closing(ObservationStore.open(folder.observations, write=True)) as store:
        facts = RunFacts.of(store)
        return write_report(folder, store, facts, check_config(RunConfig, facts.settings))


def link_counts(
    tracks: TrackTable,
    doubles: int,
    glimpses: Glimpses,
    ball: BallTrack,
    outside: int,
    cameras: int,
) -> TrackCounts:
    """Identities, boxes and interpolated boxes of the tracks, dropped boxes of doubles, dropped
    identities, the ball's frames, tracks left out as they are outside of the pitch, and frames
    whose camera is known.
    """
    interpolated, bridged = int(tracks.interpolated.sum()), int(ball.bridged.sum())
    return TrackCounts(
        len(np.unique(tracks.ids)),
        len(tracks),
        interpolated,
        doubles,
        len(ball) - bridged,
        bridged,
        glimpses.count,
        round(glimpses.seconds, 3),
        outside,
        cameras,
    )


def _peak_memory_mb() -> float | None:
    """The most memory this process has held, in MiB; None where the system does not say."""
    try:
        # Unlike ru_maxrss this does not begin at what the parent process held.
        status = Path("/proc/self/status").read_text()
        return round(int(re.findall(r"VmHWM:\s*(\d+) kB", status)[0]) / 1024, 1)
    except (OSError, IndexError):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)
