"""What stands at people's feet in the annotated video, and the colour of their rings."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import numpy as np

from touchline.identities import NOBODY, UNKNOWN, Identities
from touchline.run.facts import RunFacts
from touchline.video.config import DrawConfig
from touchline.video.palette import Colour, kit_colours, lab_colour, team_colours

logger = logging.getLogger(__name__)


def say_who_is_absent(people: Identities, config: DrawConfig) -> None:
    """Warn of whom ``config.only`` names without there being such an identity."""
    absent = np.setdiff1d(config.only, people.ids).tolist()
    if absent:
        who = ", ".join(map(str, absent))
        logger.warning(
            "draw.only: nobody in this run is %s; touchline info RUN lists the identities, which "
            "link may change",
            f"identity {who}" if len(absent) == 1 else f"one of the identities {who}",
        )


def person_labels(people: Identities, config: DrawConfig) -> dict[int, str]:
    """The label of everybody who has one by ``config.label``, by identity; others show theirs.

    ``auto``: the name, else ``#10``, else ``P15`` for person 15 of a gallery, each where it is
    sure. ``name`` also shows names that are a guess, with a question mark.
    """
    labels = {}
    for row, identity in enumerate(people.ids.tolist()):
        name, doubtful = str(people.names[row]), bool(people.doubtful[row])
        number = int(people.numbers[row])
        sure = float(people.number_confidences[row]) >= config.min_confidence
        known = ""
        if config.label in ("auto", "name") and name:
            known = name if not doubtful else f"{name}?" if config.label == "name" else ""
        if not known and config.label in ("auto", "number") and number != UNKNOWN and sure:
            known = f"#{number}"
        if not known and config.label in ("auto", "name"):
            person = int(people.persons[row])
            known = f"P{person}" if person != NOBODY and not doubtful and not name else ""
        if known:
            labels[identity] = known
    return labels


def shirt_colours(facts: RunFacts) -> dict[int, Colour]:
    """The colours of the shirts, by team."""
    return {shirt.team: lab_colour(shirt.lab) for shirt in facts.shirts}


def ring_colours(
    people: Identities, kits: Mapping[int, Colour], config: DrawConfig
) -> dict[int, Colour] | None:
    """The colour of each identity's ring by ``config.colour_by``; None: one of its own.

    kits: colours of the shirts, by team.
    """
    if config.colour_by == "team":
        return team_colours(people)
    return kit_colours(people, kits) if config.colour_by == "auto" else None
