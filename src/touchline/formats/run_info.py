"""Facts about the clip from the ``run.json`` beside one of our results."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from touchline.disk_files import refuse_pipe
from touchline.foreign_text import file_text, json_values
from touchline.sequence_info import SequenceInfo

logger = logging.getLogger(__name__)

_FASTEST = 1e9  # frames a second, more than any camera's


def read_run_info(file: Path) -> SequenceInfo:
    """Frame rate and image size of the video of a run, from its ``run.json``.

    The length is left out: a container's may be wrong. Warns where the run did not see all of it,
    and where the file cannot be read, which then says nothing.
    """
    refuse_pipe(file)
    try:
        report: Any = json_values(file_text(file))
        video, part = report["video"], dict(report.get("selection") or {})
        rate, width, height = video["fps"], int(video["width"]), int(video["height"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        logger.warning("%s is not the report of a run; what it would say stays unknown", file)
        return SequenceInfo()
    if not report.get("complete", True) or any(part.values()):
        logger.warning("%s: this run saw only part of the clip; the rest counts as missed", file)
    known = isinstance(rate, int | float) and 0 < rate < _FASTEST
    size = (width, height) if width > 0 and height > 0 else None
    return SequenceInfo(float(rate) if known else None, None, size)
