"""run.json: what was done, with what, how long it took and what came out."""

from __future__ import annotations

import os
import platform
import re
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from touchline import __version__
from touchline.config import check_config
from touchline.observations import ObservationStore
from touchline.run.config import RunConfig
from touchline.run.folder import RunFolder
from touchline.stage_times import StageTimes
from touchline.types import TrackTable

_SAID = frozenset(("warnings", "counts", "files", "complete", "frames_per_second"))
"""Keys of every report; one without them is made anew."""
_OF_THE_WORK = ("touchline", "peak_memory_mb", "machine")
"""What run.json says about the last command that did something."""


def write_report(
    folder: RunFolder,
    store: ObservationStore,
    times: StageTimes | None = None,
) -> dict[str, Any]:
    """Bring run.json up to date after a step, and return it.

    times: of the stages of this step; None where nothing had to be done: what is said about the
    program and the machine then stays, and so does the file if nothing else is new.
    """
    facts = store.facts()
    before = folder.read_report()
    seconds = {**before.get("seconds", {}), **facts["seconds"], **(times.seconds if times else {})}
    seconds = {name: round(value, 3) for name, value in seconds.items()}
    counts = {**store.counts(), **(facts["tracks"] or {})}
    left_out: list[str] = []
    if facts["video"]["live"]:
        last = store.last()
        came = 0 if last is None else last.frame + 1
        counts["left_out"] = came - counts["frames"]
        left_out = _left_out(counts["left_out"], came)
    config = check_config(RunConfig, facts["settings"])
    total = sum(seconds.values())
    report = {
        "touchline": __version__,
        "source": facts["video"]["name"],
        "complete": facts["complete"],
        "video": facts["video"],
        "selection": {"start": facts["inputs"]["start"], "end": facts["inputs"]["end"]},
        "models": facts["models"],
        "settings": {
            **config.model_dump(mode="json"),
            "tracker": config.tracker_in_force().model_dump(mode="json"),
        },
        "counts": counts,
        "seconds": seconds,
        "frames_per_second": round(counts["frames"] / total, 2) if total else None,
        "peak_memory_mb": _peak_memory_mb(),
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
        },
        # Those of linking are of its last time only.
        "warnings": list(
            dict.fromkeys([*facts["warnings"], *left_out, *facts.get("link_warnings", [])])
        ),
        "files": folder.written(linked=facts["tracks"] is not None, drawn=facts["drawn"]),
    }
    if times is None:
        report |= {name: before[name] for name in _OF_THE_WORK if name in before}
    if report != before:
        folder.write_report(report)
    return report


def _left_out(missed: int, came: int) -> list[str]:
    """What to say where a live source sent more than could be looked at."""
    if not missed:
        return []
    return [
        f"{missed} of {came} frames of the live source were left out ({missed / came:.0%}): they "
        "came faster than they are looked at; --detector-size 640, a GPU (--device cuda) or fewer "
        "frames a second at the source keep more"
    ]


def current_report(folder: RunFolder) -> dict[str, Any]:
    """run.json, made anew from the observations where it is missing (after a kill)."""
    report = folder.read_report()
    if report.keys() >= _SAID:
        return report
    with closing(ObservationStore.open(folder.observations, write=True)) as store:
        return write_report(folder, store)


def link_counts(tracks: TrackTable, doubles: int) -> dict[str, int]:
    """Identities, boxes and interpolated boxes of the tracks, and dropped boxes of doubles."""
    return {
        "identities": len(np.unique(tracks.ids)),
        "boxes": len(tracks),
        "interpolated": int(tracks.interpolated.sum()),
        "doubles": doubles,
    }


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
