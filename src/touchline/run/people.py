"""Who the people of a linked run are, by what a gallery says: kept, and put into its tables."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from touchline.config import check_config
from touchline.observations import ObservationStore
from touchline.people_facts import Recognised
from touchline.run.config import RunConfig
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.link_step import FORGOTTEN
from touchline.run.made import remade
from touchline.run.report import write_report
from touchline.run.tables import people_of_clip, tracks_of, write_tables


def keep_recognised(run: Path, recognised: Sequence[Recognised]) -> None:
    """Put who of a gallery its people are into the tables of a linked run.

    Raises UsageError for a run without tracks, StoreError where nothing can be written; the tables
    are as before then.
    """
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations, write=True)) as store:
        facts = RunFacts.of(store)
        table = tracks_of(folder)
        write_tables(folder, table, people_of_clip(folder, facts, table), recognised)
        facts = replace(
            facts,
            recognised=tuple(recognised),
            link_warnings=tuple(one for one in facts.link_warnings if one != FORGOTTEN),
            tracks_made=remade(facts.tracks_made, [folder.tracks_csv, folder.players]),
        ).commit(store, facts)
        write_report(folder, store, facts, check_config(RunConfig, facts.settings))
