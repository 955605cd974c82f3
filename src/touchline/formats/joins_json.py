"""The joins in a run's ``links.json``, each with when it was made and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from touchline.disk_files import refuse_pipe
from touchline.errors import FormatError
from touchline.foreign_text import ForeignTextError, file_text, json_values

_WORDS = {"appearance": "looks", "motion": "the way they moved", "team": "team"}
_WORDS |= {"number": "shirt number", "role": "role"}


@dataclass(frozen=True, slots=True)
class JoinRead:
    """A join. left, time: seconds of the last box before it and of the first after it.

    confidence: 0..1, that it is the person of the identity. evidence: log-likelihood ratios by
    kind. runner_up: the next best identity, or None.
    """

    identity: int
    left: float
    time: float
    confidence: float
    evidence: Mapping[str, float]
    runner_up: int | None

    def words(self) -> str:
        """How sure it is that it goes on with the same person, and what says so and what not."""
        said = f"the same person? {self.confidence:.0%} sure"
        known = [kind for kind in _WORDS if kind in self.evidence]
        against = [_WORDS[kind] for kind in known if self.evidence[kind] < 0.0]
        said += f"; {', '.join(against)} against it" if against else ""
        return said + ("" if self.runner_up is None else f"; else identity {self.runner_up}")


def read_joins(file: Path) -> list[JoinRead]:
    """The joins of a run, in order of time; none where it was linked without.

    Raises FormatError for a file that ``write_links`` did not write.
    """
    refuse_pipe(file)
    try:
        content = json_values(file_text(file))
        tracklets = {one["tracklet"]: one for one in content["tracklets"]}
        joins = []
        for one in content["joins"]:
            own, other = tracklets[one["tracklet"]], one["runner_up"]
            joins.append(
                JoinRead(
                    int(one["identity"]),
                    float(tracklets[one["after"]]["end"]),
                    float(own["start"]),
                    float(own["confidence"]),
                    {str(kind): float(value) for kind, value in one["evidence"].items()},
                    None if other is None else int(other["identity"]),
                )
            )
    except FileNotFoundError:
        return []
    except OSError as error:
        raise FormatError(f"{file} cannot be read: {error.strerror}") from None
    except ForeignTextError as error:
        raise FormatError(f"{file}: {error}") from None
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        raise FormatError(
            f"{file}: its joins are not those of a run; touchline link writes it anew"
        ) from None
    return sorted(joins, key=lambda join: (join.time, join.identity))
