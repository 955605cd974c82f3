"""The people of run folders and galleries: add them, recognise them, say who is who."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from touchline.errors import UsageError
from touchline.gallery.adding import add_people
from touchline.gallery.clip import clip_people
from touchline.gallery.config import GalleryConfig
from touchline.gallery.matching import Matches, match_people
from touchline.gallery.people import ClipPeople, PersonEmbeddings
from touchline.gallery.store import Gallery, Person, opened
from touchline.identities import TEAMS, UNKNOWN
from touchline.people_facts import Recognised
from touchline.run.people import keep_recognised

logger = logging.getLogger(__name__)


def match_run(
    run: Path,
    file: Path,
    config: GalleryConfig,
    *,
    closed: bool = False,
    roster: int | None = None,
    given: Mapping[int, int] | None = None,
) -> list[Recognised]:
    """Match the identities of a run to a gallery; also written to the run's tables.

    closed: everybody in the clip is in the gallery; so it is too once it holds ``roster`` people.
    given: persons by identity, given by the user. The gallery stays as it is.

    Raises UsageError for a run without tracks or appearance and for one of another embedder.
    """
    clip = clip_people(run)
    with opened(file) as gallery:  # not while matching, which would keep writers waiting
        kept, listed = _kept(gallery, clip, roster), gallery.listed()
    rows = _rows(_match(clip, kept, listed, config, closed, roster, given), listed)
    keep_recognised(run, rows)
    return rows


def add_run(
    run: Path,
    file: Path,
    config: GalleryConfig,
    *,
    closed: bool = False,
    roster: int | None = None,
    given: Mapping[int, int] | None = None,
) -> list[Recognised]:
    """Add the people of a run to a gallery, which is made where there is none.

    Recognised people are added to their persons, unknown ones become new people, doubtful ones
    are left out, as is everybody new beyond ``roster`` people. The run's tables say who each
    identity is then. Raises UsageError as ``match_run``, and for a clip that was added before;
    where its tables do not say who is who, that is written.
    """
    clip = clip_people(run)
    with ExitStack() as undo:
        with opened(file, write=True, create=clip.embedder) as gallery:
            kept = _kept(gallery, clip, roster)
            shown = _match(clip, kept, gallery.listed(), config, closed, roster, given)
            if kept[1] and not clip.recognised:
                logger.warning("%s is in %s already: nobody is added", clip.name, file)
            else:
                added = add_people(gallery, clip, shown, config, roster=roster)
                shown = replace(
                    shown,
                    persons=np.where(added.new, added.persons, shown.persons),
                    states=np.where(added.new, "new", shown.states),
                )
            rows = _rows(shown, gallery.listed())
            # Before the gallery keeps the clip: a call killed in between is repeated, one killed
            # afterwards has left nothing undone.
            keep_recognised(run, rows)
            undo.callback(keep_recognised, run, clip.recognised)
        undo.pop_all()
    return rows


def _kept(
    gallery: Gallery, clip: ClipPeople, roster: int | None
) -> tuple[PersonEmbeddings, dict[int, int]]:
    """The people of the gallery, and those already known to be in these very tracks."""
    gallery.embedder.require_same(clip.embedder, str(gallery.file), clip.name)
    people = gallery.people()
    if roster is not None and roster < len(people):
        raise UsageError(
            f"{gallery.file} holds {len(people)} people, more than a roster of {roster}: "
            "touchline gallery merge or remove the surplus"
        )
    return people, gallery.remembered(clip.key, clip.tracks_key)


def _match(
    clip: ClipPeople,
    kept: tuple[PersonEmbeddings, dict[int, int]],
    listed: list[Person],
    config: GalleryConfig,
    closed: bool,
    roster: int | None,
    given: Mapping[int, int] | None,
) -> Matches:
    people, remembered = kept
    full = roster is not None and roster == len(people)
    # Whoever was named in the run is the person of that name.
    named = {person.name: person.person for person in listed if person.name}
    names = zip(clip.people.ids.tolist(), clip.people.identities.names.tolist(), strict=True)
    same = {identity: named[name] for identity, name in names if name in named}
    return match_people(
        clip, people, config, closed=closed or full, given=remembered | same | dict(given or {})
    )


def _rows(matches: Matches, listed: list[Person]) -> list[Recognised]:
    people, identities = {person.person: person for person in listed}, matches.identities
    rows = []
    for row, identity in enumerate(identities.ids.tolist()):
        who = people.get(int(matches.persons[row]))
        second = people.get(int(matches.runners_up[row]))
        team = int(identities.teams[row]) if who is None else who.team
        number = int(identities.numbers[row]) if who is None else who.number
        rows.append(
            Recognised(
                identity=identity,
                state=str(matches.states[row]),
                person=None if who is None else who.person,
                name="" if who is None else who.name or "",
                team=TEAMS[team] if team != UNKNOWN else "",
                number=number if number != UNKNOWN else None,
                role=str(identities.roles[row]),
                confidence=round(float(matches.confidences[row]), 4),
                runner_up=None if second is None else second.person,
                runner_up_name="" if second is None else second.name or "",
                seconds=round(float(identities.seconds[row]), 3),
            )
        )
    return rows
