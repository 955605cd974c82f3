"""run.json: what was done, with what, how long it took and what came out."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from touchline import __version__
from touchline.observations import ObservationStore
from touchline.run.config import RunConfig
from touchline.run.folder import RunFolder
from touchline.stage_times import StageTimes
from touchline.types import TrackTable


def write_report(
    folder: RunFolder,
    store: ObservationStore,
    counts: Mapping[str, int],
    config: RunConfig,
    times: StageTimes | None = None,
) -> dict[str, Any]:
    """Bring run.json up to date after a step, and return it.

    ``counts`` replace those of the same name; ``times`` those of the same stages.
    """
    facts = store.facts()
    before = folder.read_report()
    seconds = {**before.get("seconds", {}), **facts["seconds"], **(times.seconds if times else {})}
    all_counts = {**before.get("counts", {}), **counts}
    total = sum(seconds.values())
    report = {
        "touchline": __version__,
        "source": facts["video"]["name"],
        "complete": facts["complete"],
        "video": facts["video"],
        "selection": {"start": facts["inputs"]["start"], "end": facts["inputs"]["end"]},
        "models": facts["models"],
        "settings": config.model_dump(mode="json"),
        "counts": all_counts,
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "frames_per_second": round(all_counts["frames"] / total, 2) if total else None,
        "peak_memory_mb": _peak_memory_mb(),
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
        },
        "warnings": facts["warnings"],
        "files": folder.written(),
    }
    folder.write_report(report)
    return report


def link_counts(tracks: TrackTable) -> dict[str, int]:
    """Identities, boxes and interpolated boxes of the tracks."""
    return {
        "identities": len(np.unique(tracks.ids)),
        "boxes": len(tracks),
        "interpolated": int(tracks.interpolated.sum()),
    }


def _peak_memory_mb() -> float | None:
    """The most memory this process has held, in MiB; None where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)
