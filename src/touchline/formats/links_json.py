"""``links.json``: which tracklets of a run were joined, which were not, and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.disk_files import refuse_pipe
from touchline.errors import FormatError
from touchline.foreign_text import ForeignTextError, file_text, json_values
from touchline.formats.atomic_text import atomic_text
from touchline.links import Links, Refusal, RoleReason
from touchline.types import TrackTable


def write_links(links: Links, file: Path, roles: Sequence[RoleReason] = ()) -> None:
    """Write the reasons under a temporary name until complete. Raises StoreError.

    Frames count from 1 as in tracks.csv, times are seconds.
    """
    columns = (
        links.identities.tolist(),
        (links.frames + 1).tolist(),
        links.times.tolist(),
        links.counts.tolist(),
        links.confidences.round(4).tolist(),
        links.earlier or ((),) * len(links.identities),
    )
    tracklets = [
        {
            "tracklet": number,
            "identity": identity,
            "first_frame": first,
            "last_frame": last,
            "start": start,
            "end": end,
            "boxes": boxes,
            "confidence": confidence,
            "earlier": [asdict(one) for one in earlier],
        }
        for number, (identity, (first, last), (start, end), boxes, confidence, earlier) in (
            enumerate(zip(*columns, strict=True))
        )
    ]
    content = {
        "method": "global",
        "log_odds": "natural logarithms, above 0 for one person",
        "tracklets": tracklets,
        "joins": [asdict(join) for join in links.joins],
        "refusals": [_refusal(one) for one in links.refusals],
        "roles": [asdict(one) for one in roles],
    }
    with atomic_text(file) as text:
        text.write(json.dumps(content, indent=1) + "\n")


def _refusal(refusal: Refusal) -> dict[str, object]:
    """The frames that show both are only there where there are some."""
    said = asdict(refusal)
    return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True)
class TrackletSpans:
    """When and under which identity each of T tracklets of a run is, in order of start.

    identities: (T,). first, last: (T,) frames from 0.
    """

    identities: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]

    def of(self, tracks: TrackTable) -> NDArray[np.int64]:
        """(M,) the tracklet of each row of the run's ``tracks``; -1 where there is none.

        A box that was filled in between two tracklets counts to the one before it.
        """
        found = np.full(len(tracks), -1)
        order = np.lexsort((tracks.frames, tracks.ids))
        ids = tracks.ids[order]
        for identity in np.unique(self.identities).tolist():
            begin, end = np.searchsorted(ids, [identity, identity + 1])
            rows = order[begin:end]
            frames = tracks.frames[rows]
            own = np.flatnonzero(self.identities == identity)
            before = np.searchsorted(self.first[own], frames, side="right") - 1
            found[rows] = np.where(before >= 0, own[before], -1)
            # A short one may lie within a gap of a longer one, which goes on after it.
            after = frames > self.last[found[rows]]
            for tracklet in own[self.last[own] > np.append(self.first[own][1:], np.inf)].tolist():
                inside = after & (frames >= self.first[tracklet]) & (frames <= self.last[tracklet])
                found[rows[inside]] = tracklet
        return found


def read_tracklet_spans(file: Path) -> TrackletSpans:
    """The tracklets that ``write_links`` wrote. Raises FormatError for anything else."""
    refuse_pipe(file)
    try:
        tracklets = json_values(file_text(file))["tracklets"]
        columns = np.array(
            [[one[name] for name in ("identity", "first_frame", "last_frame")] for one in tracklets]
        ).reshape(-1, 3)
        if columns.dtype.kind != "i" and len(columns):
            raise TypeError
    except ForeignTextError as error:
        raise FormatError(f"{file}: {error}") from None
    except OSError as error:
        raise FormatError(f"{file} cannot be read: {error.strerror}") from None
    except (KeyError, TypeError, ValueError, OverflowError):
        raise FormatError(
            f"{file}: its tracklets are not those of a run; touchline link writes it anew"
        ) from None
    identities, first, last = columns.astype(np.int64).T
    order = np.argsort(first, kind="stable")
    return TrackletSpans(identities[order], first[order] - 1, last[order] - 1)
