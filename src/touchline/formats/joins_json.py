"""What is doubtful of a run, out of its ``links.json``: its joins, and the joins nearly made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchline.disk_files import refuse_pipe
from touchline.errors import FormatError
from touchline.foreign_text import ForeignTextError, file_text, json_values
from touchline.links import UNLIKELY, UNSURE, Earlier, RunnerUp


@dataclass(frozen=True, slots=True)
class TrackletRead:
    """A tracklet. first, last: frames from 0. start, end: seconds of these. earlier: as of
    ``Links``.
    """

    identity: int
    first: int
    last: int
    start: float
    end: float
    earlier: tuple[Earlier, ...] = ()


@dataclass(frozen=True, slots=True)
class JoinRead:
    """A join of two tracklets of an identity.

    confidence: 0..1, that both are one person. evidence: log-likelihood ratios by kind, whose sum
    is log_odds. margin: log odds to the next best explanation; infinite where it was stated.
    displacement: body heights between the two; None across a cut. runner_up: the next best
    identity, or None.
    """

    before: TrackletRead
    behind: TrackletRead
    confidence: float
    log_odds: float
    margin: float
    evidence: Mapping[str, float]
    displacement: float | None
    runner_up: RunnerUp | None

    @property
    def identity(self) -> int:
        return self.behind.identity

    @property
    def time(self) -> float:
        """Seconds of the first box behind it."""
        return self.behind.start


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Two identities that are not one, and may be the same person. evidence, log_odds: as of
    ``JoinRead``, for one person.
    """

    identities: tuple[int, int]
    log_odds: float
    evidence: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ReasonsRead:
    """All that links.json tells: ``read_joins``, ``read_near_misses`` and ``read_tracklets``."""

    joins: list[JoinRead]
    misses: list[NearMiss]
    tracklets: list[TrackletRead]


def read_reasons(file: Path) -> ReasonsRead:
    """Why a run's identities are as they are; nothing where it was linked without.

    Raises FormatError.
    """
    return ReasonsRead(*_read(file))


def read_joins(file: Path) -> list[JoinRead]:
    """The joins of a run, in order of time; none where it was linked without.

    Raises FormatError for a file that ``write_links`` did not write.
    """
    return _read(file)[0]


def read_near_misses(file: Path) -> list[NearMiss]:
    """The likeliest refusals first, without pairs that are two people for certain; else as above.

    Raises FormatError.
    """
    return _read(file)[1]


def read_tracklets(file: Path) -> list[TrackletRead]:
    """The tracklets of a run, in order of start; none where it was linked without.

    Raises FormatError.
    """
    return _read(file)[2]


def _read(file: Path) -> tuple[list[JoinRead], list[NearMiss], list[TrackletRead]]:
    refuse_pipe(file)
    try:
        content = json_values(file_text(file))
        tracklets = {one["tracklet"]: _tracklet(one) for one in content["tracklets"]}
        every = set(range(len(tracklets)))
        named = {each.tracklet for one in tracklets.values() for each in one.earlier}
        if tracklets.keys() != every or not named <= every:
            raise ValueError
        joins = [_join(one, tracklets) for one in content["joins"]]
        missed = [
            NearMiss(_two(one["identities"]), float(one["log_odds"]), _evidence(one))
            for one in content["refusals"]
            if one["reason"] in (UNSURE, UNLIKELY)
        ]
    except FileNotFoundError:
        return [], [], []
    except OSError as error:
        raise FormatError(f"{file} cannot be read: {error.strerror}") from None
    except ForeignTextError as error:
        raise FormatError(f"{file}: {error}") from None
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        raise FormatError(
            f"{file}: its joins are not those of this version; touchline link {file.parent} writes "
            "it anew"
        ) from None
    joins.sort(key=lambda join: (join.time, join.identity))
    missed.sort(key=lambda miss: (-miss.log_odds, miss.identities))
    return joins, missed, [tracklets[number] for number in range(len(tracklets))]


def _tracklet(one: Mapping[str, Any]) -> TrackletRead:
    first, last = int(one["first_frame"]) - 1, int(one["last_frame"]) - 1
    earlier = tuple(
        Earlier(int(each["tracklet"]), float(each["log_odds"]), _evidence(each))
        for each in one["earlier"]
    )
    return TrackletRead(
        int(one["identity"]), first, last, float(one["start"]), float(one["end"]), earlier
    )


def _join(one: Mapping[str, Any], tracklets: Mapping[Any, TrackletRead]) -> JoinRead:
    moved, other = one["displacement"], one["runner_up"]
    return JoinRead(
        tracklets[one["after"]],
        tracklets[one["tracklet"]],
        float(one["confidence"]),
        float(one["log_odds"]),
        math.inf if one["margin"] is None else float(one["margin"]),
        _evidence(one),
        None if moved is None else float(moved),
        None if other is None else RunnerUp(int(other["identity"]), float(other["log_odds"])),
    )


def _evidence(one: Mapping[str, Any]) -> dict[str, float]:
    return {str(kind): float(value) for kind, value in one["evidence"].items()}


def _two(identities: Any) -> tuple[int, int]:
    one, other = identities
    return int(one), int(other)
