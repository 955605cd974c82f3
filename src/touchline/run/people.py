"""Who the people of a linked run are, by what a person or a gallery says, put into its tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from touchline.config import check_config
from touchline.errors import UsageError
from touchline.observations import ObservationStore
from touchline.people_facts import Recognised
from touchline.run.config import RunConfig
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.link_step import FORGOTTEN
from touchline.run.made import is_unchanged, remade
from touchline.run.people_page import page_of
from touchline.run.report import write_report
from touchline.run.tables import identities_of, people_of_clip, stored_tracks, write_tables
from touchline.types import TrackTable


@dataclass(frozen=True, slots=True)
class LinkedRun:
    """A linked run whose store is open."""

    folder: RunFolder
    store: ObservationStore
    facts: RunFacts
    table: TrackTable


def keep_recognised(run: Path, recognised: Sequence[Recognised]) -> None:
    """Put who of a gallery its people are into the tables of a linked run.

    Raises UsageError for a run without tracks, StoreError where nothing can be written; the tables
    are as before then.
    """
    with linked_run(run, write=True) as linked:
        said = tuple(one for one in linked.facts.link_warnings if one != FORGOTTEN)
        retell(linked, replace(linked.facts, recognised=tuple(recognised), link_warnings=said))


@contextmanager
def linked_run(run: Path, *, write: bool) -> Iterator[LinkedRun]:
    """A run whose tracks are as they were made. Raises UsageError where they are not."""
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations, write=write)) as store:
        facts = RunFacts.of(store)
        if facts.tracks is None:
            raise UsageError(f"{run} has no tracks yet: touchline link {run} makes them")
        table = stored_tracks(folder, store, facts)
        if not is_unchanged(facts.tracks_made, folder.tracks_csv):
            raise UsageError(
                f"{run} has a tracks.csv that was changed since it was made: touchline link {run} "
                "makes it again"
            )
        yield LinkedRun(folder, store, facts, table)


def retell(linked: LinkedRun, facts: RunFacts) -> None:
    """Write the tables of a run with what is known of its people now, and remember ``facts``."""
    folder, store = linked.folder, linked.store
    people, problems = people_of_clip(folder, facts, linked.table)
    store.keep_tracks(write_tables(folder, linked.table, people, facts.recognised))
    made = remade(facts.tracks_made, [folder.tracks_csv, folder.players, folder.movement])
    facts = replace(facts, edit_warnings=tuple(problems), tracks_made=made)
    facts.commit(store, linked.facts)
    retell_page(folder, facts, linked.table)
    write_report(folder, store, facts, check_config(RunConfig, facts.settings))


def retell_page(folder: RunFolder, facts: RunFacts, table: TrackTable) -> None:
    """Write people.html again where there is one. Its crops stay: nobody needs the video."""
    if not folder.people.exists():
        return
    known = identities_of(folder, table, facts.video.fps)
    page = page_of(folder, facts, table, known, check_config(RunConfig, facts.settings))
    if page is not None:
        page.write()
