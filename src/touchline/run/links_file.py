"""links.json: which tracklets of a run were joined, which were not, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from touchline.formats.atomic_text import atomic_text
from touchline.linking.explain import Links


def write_links(links: Links, file: Path) -> None:
    """Write the reasons under a temporary name until complete. Raises StoreError."""
    with atomic_text(file) as text:
        text.write(json.dumps(as_json(links), indent=1) + "\n")


def as_json(links: Links) -> dict[str, Any]:
    """``Links`` as plain values; frames count from 1 as in tracks.csv, times are seconds."""
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
    return {
        "method": "global",
        "odds": "natural logarithms, above 0 for one person",
        "tracklets": tracklets,
        "joins": list(links.joins),
        "refusals": list(links.refusals),
    }
