"""What a batch is asked to do, and with that what is to be done with each of its clips."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from touchline.batch_runs.clips import BatchClip
from touchline.batch_runs.places import home_of, is_object_store, joined, mark_of
from touchline.batch_runs.ray_cluster import RayShare
from touchline.batch_runs.records import HIDDEN
from touchline.errors import UsageError
from touchline.run.made import program_sha256
from touchline.run.request import AskedSettings

_STEM = "{stem}"
_BOXES = ("detections", "tracks")
_NOWHERE = ("out", "overwrite", "scratch")
"""Of a job: what its results do not depend on."""


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Which clips to track, into which folder, and how.

    clips: folders, patterns, manifests or videos. out: a folder, or the address of an object
    store. settings: as of a run, nested names; a
    ``{stem}`` in models.detections and models.tracks stands for the name of the clip's video.
    workers: processes on this machine, or clips at once on a cluster. ray: the cluster that works.
    shard: (number from 1, n), one of n equal parts.
    overwrite: track all of them anew. Raises UsageError for numbers that make no sense,
    SettingsError for settings that make no configuration.
    """

    clips: Sequence[str]
    out: Path | str
    settings: Mapping[str, Any] = field(default_factory=dict)
    start: float | None = None
    end: float | None = None
    workers: int = 1
    shard: tuple[int, int] | None = None
    overwrite: bool = False
    draw_video: bool = True
    ray: RayShare | None = None

    def __post_init__(self) -> None:
        AskedSettings.checked(self.settings)  # a wrong one is said once, not for every clip
        if self.workers < 1:
            raise UsageError(f"workers {self.workers} is not possible: give 1 or more")
        if self.shard is not None and not 1 <= self.shard[0] <= self.shard[1]:
            number, count = self.shard
            raise UsageError(
                f"shard {number}/{count} is not possible: shards of {count} count from 1/{count} "
                f"to {count}/{count}"
            )

    @property
    def home(self) -> Path:
        """The folder of this machine for claims, records, summary, and what is not done yet."""
        return home_of(str(self.out)) if self.store else Path(self.out)

    @property
    def store(self) -> str | None:
        """The address of the object store where results go; None: to ``home``."""
        return str(self.out) if is_object_store(str(self.out)) else None


def refuse_shared_boxes(settings: Mapping[str, Any], clips: Sequence[BatchClip]) -> None:
    """Raises UsageError where several clips would have the boxes of one file."""
    for kind in _BOXES:
        file = settings.get("models", {}).get(kind)
        if file is not None and _STEM not in str(file) and len(clips) > 1:
            raise UsageError(
                f"{file} would give {len(clips)} clips the same boxes: write {_STEM} for the name "
                f"of each video, as in boxes/{_STEM}.txt, or give a manifest with {kind}"
            )


def job_of(clip: BatchClip, request: BatchRequest) -> dict[str, Any]:
    """The arguments of the clip's RunRequest, as plain values."""
    models = dict(request.settings.get("models", {}))
    for kind in _BOXES:
        if kind in models:
            models[kind] = str(models[kind]).replace(_STEM, Path(clip.source).stem)
    for kind, file in zip(_BOXES, (clip.detections, clip.tracks), strict=True):
        if file is not None:
            models[kind] = str(file)
    away = {}
    if (request.store or is_object_store(clip.source)) and request.ray is None:
        away = {"scratch": str(request.home / HIDDEN / "work" / clip.name)}
    return {
        "source": clip.source,
        "out": joined(request.store or str(request.home), clip.name),
        **away,
        "settings": {**request.settings, **({"models": models} if models else {})},
        "start": request.start if clip.start is None else clip.start,
        "end": request.end if clip.end is None else clip.end,
        "overwrite": request.overwrite,
        "draw_video": request.draw_video,
    }


def stamp_of(job: Mapping[str, Any]) -> str:
    """A hash of all that the run of a job depends on; files count by their size and time."""
    models = job["settings"].get("models", {})
    named = [job["source"], *(models[name] for name in ("detector", *_BOXES) if models.get(name))]
    asked = {name: value for name, value in job.items() if name not in _NOWHERE}
    parts = [asked, [_file_facts(str(file)) for file in named], program_sha256()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _file_facts(file: str) -> tuple[int, int] | str | None:
    if is_object_store(file):
        return mark_of(file)
    try:
        status = os.stat(file)
    except (OSError, ValueError):
        return None
    return status.st_size, status.st_mtime_ns
