"""Exports: what other programs read is what the tracks say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from touchline.errors import InputError
from touchline.formats.clip_facts import ClipFacts
from touchline.formats.gameinfo import read_gameinfo
from touchline.formats.mot import read_mot
from touchline.formats.writers import WRITERS
from touchline.identities import UNKNOWN, Identities
from touchline.sequence_info import read_seqinfo
from touchline.types import TrackTable

CLIP = ClipFacts("derby & more", 640, 360, 25.0, 100)


@pytest.fixture
def table() -> TrackTable:
    """Two people; number 7 is away from frame 3 to frame 59, and frame 61 is interpolated."""
    frames = np.array([0, 1, 2, 60, 61, 62, 0, 1], np.int64)
    boxes = np.column_stack([frames, frames, frames + 20, frames + 50]).astype(np.float64)
    return TrackTable(
        frames,
        frames / 25.0,
        np.array([7] * 6 + [9] * 2, np.int64),
        boxes,
        np.full(8, 0.9),
        np.array(["player"] * 6 + ["referee"] * 2, "<U10"),
        np.array([False, False, False, False, True, False, False, False]),
    ).sorted()


@pytest.fixture
def people() -> Identities:
    return replace(
        Identities.nothing_known(np.array([7, 9])),
        roles=np.array(["player", "referee"], "<U10"),
        teams=np.array([1, 2]),
        team_confidences=np.array([0.9, 0.8]),
        numbers=np.array([10, UNKNOWN]),
        number_confidences=np.array([0.95, 0.0]),
        seconds=np.array([0.2, 0.08]),
        names=np.array(["Ann <B>", ""]),
    )


def test_every_format_is_written_of_a_clip_with_nobody_in_it(tmp_path: Path) -> None:
    nobody = Identities.of_tracks(TrackTable.empty(), 0.04)
    for name, writer in WRITERS.items():
        writer.write(TrackTable.empty(), nobody, CLIP, tmp_path / f"{name}{writer.ending}")
        assert (tmp_path / f"{name}{writer.ending}").exists()
        if writer.ending == ".xml":
            ElementTree.parse(tmp_path / f"{name}.xml")


def test_a_soccernet_folder_reads_back_as_the_same_tracks_roles_and_teams(
    table: TrackTable, people: Identities, tmp_path: Path
) -> None:
    WRITERS["soccernet"].write(table, people, CLIP, tmp_path / "S")
    assert np.array_equal(read_mot(tmp_path / "S" / "gt" / "gt.txt").ids, table.ids)
    info = read_seqinfo(tmp_path / "S" / "seqinfo.ini")
    assert (info.frame_rate, info.frame_count, info.image_size) == (25.0, 100, (640, 360))
    who = read_gameinfo(tmp_path / "S" / "gameinfo.ini")
    assert (who.roles, who.teams) == ({7: "player", 9: "referee"}, {7: "right"})


def test_cvat_gets_a_track_for_each_identity_that_ends_where_it_leaves(
    table: TrackTable, people: Identities, tmp_path: Path
) -> None:
    WRITERS["cvat"].write(table, people, CLIP, tmp_path / "cvat.xml")
    tracks = ElementTree.parse(tmp_path / "cvat.xml").getroot().findall("track")
    assert [track.get("label") for track in tracks] == ["player", "referee"]
    boxes = tracks[0].findall("box")
    assert [(box.get("frame"), box.get("outside"), box.get("keyframe")) for box in boxes] == [
        *[(str(frame), "0", "1") for frame in (0, 1, 2)],
        ("3", "1", "1"),
        ("60", "0", "1"),
        ("61", "0", "1"),
        ("62", "0", "1"),
        ("63", "1", "1"),
    ]
    found = {part.get("name"): part.text for part in boxes[0].findall("attribute")}
    assert found == {"team": "B", "number": "10", "name": "Ann <B>", "source": "detected"}
    assert boxes[5].findtext("attribute[@name='source']") == "interpolated"
    assert float(boxes[1].get("xbr") or "nan") == 21.0


def test_coco_and_cvat_tell_boxes_that_nobody_saw(
    table: TrackTable, people: Identities, tmp_path: Path
) -> None:
    WRITERS["coco"].write(table, people, CLIP, tmp_path / "c.json")
    content = json.loads((tmp_path / "c.json").read_text())
    names = {one["id"]: one["name"] for one in content["categories"]}
    assert len(content["annotations"]) == len(table)
    hidden = [one for one in content["annotations"] if one["attributes"]["occluded"]]
    assert [one["image_id"] for one in hidden] == [62]
    assert names[hidden[0]["category_id"]] == "player"
    assert hidden[0]["bbox"] == [61, 61, 20, 50]
    assert hidden[0]["attributes"] == {
        "track_id": 7, "occluded": True, "team": "B", "number": "10", "name": "Ann <B>"
    }  # fmt: skip
    WRITERS["cvat"].write(table, people, CLIP, tmp_path / "c.xml")
    boxes = ElementTree.parse(tmp_path / "c.xml").iter("box")
    assert [box.get("frame") for box in boxes if box.get("occluded") == "1"] == ["61"]


def test_label_studio_gets_a_region_for_each_identity_that_is_off_while_they_are_away(
    table: TrackTable, people: Identities, tmp_path: Path
) -> None:
    WRITERS["label-studio"].write(table, people, CLIP, tmp_path / "l.json")
    (task,) = json.loads((tmp_path / "l.json").read_text())
    assert task["data"] == {"video": "derby & more"}
    results = task["predictions"][0]["result"]
    regions = [one for one in results if one["type"] == "videorectangle"]
    assert [one["value"]["labels"] for one in regions] == [["player"], ["referee"]]
    sequence = regions[0]["value"]["sequence"]
    assert [(one["frame"], one["enabled"], one["occluded"]) for one in sequence] == [
        (1, True, False),
        (2, True, False),
        (3, False, False),
        (61, True, False),
        (62, True, True),
        (63, False, False),
    ]
    assert sequence[1]["x"] == pytest.approx(100 / 640, abs=1e-4)
    assert sequence[1]["width"] == pytest.approx(2000 / 640, abs=1e-4)
    assert sequence[1]["height"] == pytest.approx(5000 / 360, abs=1e-4)
    own = {one["from_name"]: one["value"] for one in results if one["id"] == regions[0]["id"]}
    assert own["team"] == {"choices": ["B"]}
    assert own["number"] == {"text": ["10"]}
    assert own["name"] == {"text": ["Ann <B>"]}


def test_sportscode_gets_an_instance_for_each_stretch_a_person_is_seen(
    table: TrackTable, people: Identities, tmp_path: Path
) -> None:
    WRITERS["sportscode"].write(table, people, CLIP, tmp_path / "code.xml")
    root = ElementTree.parse(tmp_path / "code.xml").getroot()
    found: list[tuple[object, ...]] = [
        (one.findtext("code"), float(one.findtext("start") or -1), float(one.findtext("end") or -1))
        for one in root.iter("instance")
    ]
    assert found == [
        ("Ann <B> [7]", 0.0, pytest.approx(0.12)),
        ("Ann <B> [7]", 2.4, pytest.approx(2.52)),
        ("officials referee 9 [9]", 0.0, pytest.approx(0.08)),
    ]
    assert [row.findtext("code") for row in root.iter("row")] == [
        "Ann <B> [7]",
        "officials referee 9 [9]",
    ]


def test_identities_of_tracks_take_the_most_frequent_role_and_count_detected_seconds(
    table: TrackTable,
) -> None:
    found = Identities.of_tracks(table, 0.04)
    assert found.ids.tolist() == [7, 9]
    assert found.roles.tolist() == ["player", "referee"]
    assert found.seconds.tolist() == pytest.approx([0.2, 0.08])
    assert found.with_names({9: "Zoe"}).label(1) == "Zoe"


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("ids", [9, 7], "ids must ascend"),
        ("teams", [0, 3], "teams lie in"),
        ("numbers", [100, 1], "numbers lie in"),
        ("roles", ["coach", "player"], "roles are"),
        ("team_confidences", [1.5, 0.0], "team confidences"),
        ("names", ["only one"], "names are array"),
    ],
)
def test_an_impossible_table_of_identities_is_refused_by_name(
    people: Identities, column: str, value: list[object], message: str
) -> None:
    columns = {name: getattr(people, name) for name in people.__dataclass_fields__}
    with pytest.raises(InputError, match=message):
        Identities(**{**columns, column: np.array(value)})
