"""The moments of a run that are worth a look: its least sure joins, and joins nearly made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from touchline.errors import UsageError
from touchline.formats.joins_json import JoinRead, NearMiss, read_joins, read_near_misses
from touchline.identities import TEAMS, UNKNOWN, Identities
from touchline.run.folder import RunFolder
from touchline.run.join_words import cues, join_cues, speed

NEARLY = -1.0
"""Log odds of two identities from which they are worth a look."""


@dataclass(frozen=True, slots=True)
class Doubts:
    """What to look at first. joins: the least sure first; doubtful: how many of the run's
    ``of_all`` joins are less sure than its pictures need. misses: pairs of identities that may be
    one person, the likeliest first, of ``of_misses``.
    """

    joins: list[JoinRead]
    of_all: int
    doubtful: int
    misses: list[NearMiss]
    of_misses: int

    def as_json(self) -> dict[str, Any]:
        """Times in seconds, log odds as in links.json, everything in words too."""
        return {
            "joins": [_join_json(one) for one in self.joins],
            "joins_in_all": self.of_all,
            "perhaps_the_same": [
                {
                    "identities": list(one.identities),
                    "log_odds": one.log_odds,
                    "evidence": dict(one.evidence),
                    "words": [str(cue) for cue in cues(one.evidence)],
                }
                for one in self.misses
            ],
            "perhaps_the_same_in_all": self.of_misses,
        }


def doubts_of(folder: RunFolder, min_confidence: float, most: int) -> Doubts:
    """The doubts of a linked run, ``most`` of each kind.

    min_confidence: below it a join is doubtful. Raises UsageError for a run without reasons,
    FormatError for a damaged links.json.
    """
    if not folder.links.is_file():
        raise UsageError(
            f"{folder.path} has no links.json, which says how sure each join is: touchline link "
            f"{folder.path} -s link.method=global writes it"
        )
    joins = [one for one in read_joins(folder.links) if math.isfinite(one.margin)]
    misses = [one for one in read_near_misses(folder.links) if one.log_odds > NEARLY]
    doubtful = sum(one.confidence < min_confidence for one in joins)
    order = sorted(joins, key=lambda one: (one.margin, one.time, one.identity))
    return Doubts(order[:most], len(joins), doubtful, misses[:most], len(misses))


def label_of(people: Identities, identity: int) -> str:
    """``identity 8`` and what is known of them: name or number, else team."""
    found = np.flatnonzero(people.ids == identity)
    if not len(found):
        return f"identity {identity}"
    row = int(found[0])
    if people.names[row] or people.numbers[row] != UNKNOWN:
        return f"identity {identity}, {people.label(row)}"
    team = int(people.teams[row])
    return f"identity {identity}" + ("" if team == UNKNOWN else f", team {TEAMS[team]}")


def _join_json(one: JoinRead) -> dict[str, Any]:
    pace = speed(one)
    return {
        "identity": one.identity,
        "left": one.before.end,
        "time": one.time,
        "frame": one.behind.first + 1,
        "confidence": one.confidence,
        "margin": one.margin,
        "log_odds": one.log_odds,
        "evidence": dict(one.evidence),
        "metres_a_second": None if pace is None else round(pace, 1),
        "runner_up": None if one.runner_up is None else one.runner_up.identity,
        "runner_up_log_odds": None if one.runner_up is None else one.runner_up.log_odds,
        "words": [str(cue) for cue in join_cues(one)],
    }
