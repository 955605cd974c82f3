"""Many clips, each into a run folder of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from touchline.batch_runs.batch import run_batch
from touchline.batch_runs.jobs import BatchRequest
from touchline.batch_runs.records import BatchSummary, ClipRecord
from touchline.columns import checked_kind
from touchline.run.config import RunConfig


def batch(
    clips: str | Path | Sequence[str | Path],
    out: str | Path,
    config: RunConfig | None = None,
    *,
    workers: int = 1,
    shard: tuple[int, int] | None = None,
    draw_video: bool = True,
    overwrite: bool = False,
) -> BatchSummary:
    """Track many clips, as ``touchline batch`` does, and say what came of each.

    What is finished is left alone, what another process works on, too; a clip that fails is tried
    once more when the others are through. Each is tracked by a process of its own, to which Ctrl-C
    passes on. ``open_run`` opens what was made.

    Args:
        clips: a folder, a pattern, a manifest or a video, or several of them.
        out: the folder of the run folders and of ``summary.csv`` and ``summary.json``, or its
            address in an object store, as ``s3://bucket/folder``.
        config: every setting; None: the defaults. A ``{stem}`` in ``models.detections`` and
            ``models.tracks`` stands for the name of the clip's video.
        workers: clips at once.
        shard: (number from 1, n): one of n equal parts only.
        draw_video: write ``annotated.mp4`` and ``people.html`` too.
        overwrite: track all of them anew.

    Returns:
        What came of all clips; failures are in it and not raised.

    Raises:
        UsageError: no clips, or numbers that make no sense.
        StoreError: ``out`` cannot be written.
    """
    config = checked_kind(config or RunConfig(), RunConfig, "config")
    given = [clips] if isinstance(clips, str | Path) else list(clips)
    request = BatchRequest(
        [str(one) for one in given],
        out,
        config.model_dump(mode="json", exclude_unset=True),
        workers=workers,
        shard=shard,
        overwrite=overwrite,
        draw_video=draw_video,
    )
    return run_batch(request, _Unseen(), lambda: False)


class _Unseen:
    """Nobody is told how far it is."""

    def working(self, worker: int, clip: str, stage: str, done: int, total: int | None) -> None:
        pass

    def ended(self, record: ClipRecord, done: int, total: int) -> None:
        pass
