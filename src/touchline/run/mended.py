"""A run whose last change was killed half-way, made whole again."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path

from touchline.observations import ObservationStore
from touchline.progress import OnProgress, ShouldStop
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.made import is_unchanged

logger = logging.getLogger(__name__)


def mend_run(run: Path, on_progress: OnProgress, should_stop: ShouldStop) -> bool:
    """Link a run again whose tables are not those of its last change; whether that was needed.

    A run that was never linked stays as it is. Raises Interrupted, StoreError.
    """
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations)) as store:
        facts = RunFacts.of(store)
    half = facts.tracks is None or not is_unchanged(facts.tracks_made, folder.tracks_csv)
    if not half or not (folder.tracks_csv.exists() or folder.edits.exists()):
        return False
    from touchline.run.link_step import link_run  # seldom needed, and slow to import

    logger.warning("%s was changed, or a change was cut off: it is linked again", run)
    link_run(run, facts.settings, on_progress, should_stop)
    return True
