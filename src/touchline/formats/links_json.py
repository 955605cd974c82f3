"""``links.json``: which tracklets of a run were joined, which were not, and why."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from touchline.formats.atomic_text import atomic_text
from touchline.links import Links, Refusal


def write_links(links: Links, file: Path) -> None:
    """Write the reasons under a temporary name until complete. Raises StoreError.

    Frames count from 1 as in tracks.csv, times are seconds.
    """
    columns = (
        links.identities.tolist(),
        (links.frames + 1).tolist(),
        links.times.tolist(),
        links.counts.tolist(),
        links.confidences.tolist(),
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
            "confidence": round(confidence, 4),
        }
        for number, (identity, (first, last), (start, end), boxes, confidence) in enumerate(
            zip(*columns, strict=True)
        )
    ]
    content = {
        "method": "global",
        "log_odds": "natural logarithms, above 0 for one person",
        "tracklets": tracklets,
        "joins": [asdict(join) for join in links.joins],
        "refusals": [_refusal(one) for one in links.refusals],
    }
    with atomic_text(file) as text:
        text.write(json.dumps(content, indent=1) + "\n")


def _refusal(refusal: Refusal) -> dict[str, object]:
    """The frames that show both are only there where there are some."""
    said = asdict(refusal)
    return {name: value for name, value in said.items() if value is not None}
