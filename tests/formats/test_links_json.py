"""links.json tells which tracklet a box of a run belongs to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from touchline.errors import FormatError
from touchline.formats.links_json import read_tracklet_spans, write_links
from touchline.links import Links
from touchline.types import TrackTable


def links(spans: list[tuple[int, int, int]]) -> Links:
    """identity, first and last frame from 0 of each tracklet, in order of start."""
    identities, first, last = np.array(spans, np.int64).reshape(-1, 3).T
    frames = np.stack([first, last], axis=1)
    counts = last - first + 1
    return Links(identities, np.ones(len(counts)), frames, frames / 25, counts, (), ())


def tracks(rows: list[tuple[int, int]]) -> TrackTable:
    """frame and identity of each box."""
    frames, ids = np.array(rows, np.int64).reshape(-1, 2).T
    none = np.zeros(len(rows))
    roles = np.full(len(rows), "person", TrackTable.empty().roles.dtype)
    return TrackTable(frames, none, ids, np.zeros((len(rows), 4)), none, roles, none > 0)


def test_a_box_belongs_to_the_tracklet_of_its_identity_then(tmp_path: Path) -> None:
    write_links(links([(1, 0, 4), (2, 2, 9), (1, 7, 9)]), tmp_path / "links.json")
    spans = read_tracklet_spans(tmp_path / "links.json")
    rows = [(0, 1), (2, 2), (4, 1), (5, 1), (7, 1), (7, 2)]
    # Frame 5 of identity 1 was filled in: it counts to the tracklet before.
    assert spans.of(tracks(rows)).tolist() == [0, 1, 0, 0, 2, 1]


def test_a_tracklet_in_the_gap_of_another_does_not_end_it(tmp_path: Path) -> None:
    write_links(links([(1, 0, 20), (1, 5, 6), (1, 9, 10)]), tmp_path / "links.json")
    spans = read_tracklet_spans(tmp_path / "links.json")
    rows = [(4, 1), (5, 1), (7, 1), (9, 1), (11, 1), (20, 1), (25, 1)]
    assert spans.of(tracks(rows)).tolist() == [0, 1, 0, 2, 0, 0, 2]


def test_boxes_of_identities_that_are_not_in_it_have_none(tmp_path: Path) -> None:
    write_links(links([(1, 3, 4)]), tmp_path / "links.json")
    spans = read_tracklet_spans(tmp_path / "links.json")
    assert spans.of(tracks([(2, 1), (3, 1), (3, 8)])).tolist() == [-1, 0, -1]
    write_links(links([]), tmp_path / "links.json")
    assert read_tracklet_spans(tmp_path / "links.json").of(tracks([(2, 1)])).tolist() == [-1]


SPAN = '{"tracklets": [{"identity": %s, "first_frame": 1, "last_frame": 1}]}'


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"tracklets": 3}', '{"tracklets": [{"identity": 1}]}']
    + [SPAN % odd for odd in ('"a"', "1e99", "[1]", "null", "9" * 40)],
)
def test_what_is_no_links_json_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "links.json").write_text(text)
    with pytest.raises(FormatError, match=r"links\.json"):
        read_tracklet_spans(tmp_path / "links.json")
