"""Whatever a text file holds, its reader answers with values or with one line of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from fuzz.hostile_inputs import broken, survives, tried, wrong

from touchline.detection.coco_files import read_coco
from touchline.detection.data import read_detection_data
from touchline.detection.yolo_files import read_yolo
from touchline.formats.ball_csv import read_ball
from touchline.formats.cameras_csv import read_cameras
from touchline.formats.gameinfo import read_gameinfo
from touchline.formats.joins_json import read_joins, read_near_misses
from touchline.formats.links_json import read_tracklet_spans
from touchline.formats.matches_csv import read_matches
from touchline.formats.mot import read_detections, read_mot
from touchline.formats.movement_csv import MOVEMENT_HEADER, read_movement
from touchline.formats.outside_csv import OUTSIDE_HEADER, read_outside
from touchline.formats.players import PLAYERS_HEADER, read_players
from touchline.formats.positions_csv import read_positions
from touchline.formats.role_files import read_game_id, read_true_roles
from touchline.formats.roles_csv import read_roles_csv
from touchline.formats.run_info import read_run_info
from touchline.formats.sequences import read_true_sequence, read_truth
from touchline.formats.sportsmot import football_clips, read_people
from touchline.formats.table import read_csv
from touchline.identities import Identities
from touchline.reid.folders import read_lists, read_market1501, read_reid_data
from touchline.reid.manifest import read_manifest
from touchline.run.join_words import join_cues
from touchline.sequence_info import read_seqinfo

MOT = b"1,1,10,20,30,40,0.9,-1,-1,-1\n2,1,11.5,20,30,40,0.5,-1,-1,-1\n2,2,100,20,30,40,1\n"
TRUTH = b"1,1,10,20,30,40,1,1,1\n2,1,11,20,30,40,1,1,0.5\n3,2,11,20,30,40,0,1,1\n"
TRACKS = (
    b"frame,time,identity,x1,y1,x2,y2,score,role,source\n"
    b"1,0.0,1,10.0,20.0,40.0,60.0,0.9,player,detected\n"
    b"2,0.04,1,11.0,20.0,41.0,60.0,0.9,player,interpolated\n"
)
SURE = TRACKS.replace(b"source\n", b"source,confidence\n").replace(b"ed\n", b"ed,0.5\n")
WHO = SURE.replace(b"confidence\n", b"confidence,team,number,name\n").replace(
    b"0.5\n", b'0.5,A,10,"Silva, B."\n'
)
TWO = Identities.nothing_known(np.array([1, 2]))
GAMEINFO = (
    b"[Sequence]\nname=SNMOT-060\ngameID=4\ntrackletID_1= player team left;10\n"
    b"trackletID_2= ball;1\n; a comment\ntrackletID_3= goalkeepers team right;1\n"
)
ROLES = b"track_id,role,team\n1,player,left\n2,referee,\n3,other,right\n"
SEQINFO = (
    b"[Sequence]\nname=a\nimDir=img1\nframeRate=25\nseqLength=30\nimWidth=1920\nimHeight=1080\n"
)
PLAYERS = (
    f"{','.join(PLAYERS_HEADER)}\n"
    "1,Ann,A,player,10,0.0,9.6,3.5,0.1,2.0,0.8,0.9,0.7,3,known,0.9,,\n"
    "2,,,referee,,0.0,9.6,3.5,0.1,,,0.9,0.0,,unknown,0.5,4,Bo\n"
).encode()
MANIFEST = (
    b"path,identity,camera,sequence,match,team,time,height,split\n"
    b"train/0001.jpg,0,1,clip,match,left,0.5,100,train\nquery/0002.jpg,-1,2,,,,,,query\n"
)

BALL = (
    b"frame,x,y,w,h,confidence,source\n1,10.5,20.0,8.0,9.0,0.9,seen\n"
    b"3,11.0,20.0,8.0,9.0,0.25,bridged\n"
)
NO_BALL = b"frame,x,y,w,h,confidence,source\n# nobody looked for it, or did\n"
CAMERAS = (
    b"frame,x,y,z,pan,tilt,roll,focal,bend,confidence,refusal\n"
    b"1,0.5,-80.0,18.0,0.1,0.22,0.0,1.5,-0.05,0.9,found\n3,,,,,,,,,0.25,no-lines\n"
)
POSITIONS = (
    b"frame,time,identity,x,y,speed,acceleration,state\n"
    b"1,0.0,7,-12.41,8.3,4.62,0.71,seen\n1,0.0,9,,,,,unsure\n2,0.04,7,-12.4,8.2,,,interpolated\n"
)
MOVEMENT = (
    f"{','.join(MOVEMENT_HEADER)}\n"
    "7,A,27.4,0.32,112.41,1,9.87,7.62,0.0,20.12,7.28,8.1,-3.42\n"
    "9,,0.0,0.32,0.0,0,0.0,,0.0,0.0,0.0,,\n,A,27.4,0.32,112.41,1,9.8,7.6,0.0,20.1,7.2,8.1,-3.4\n"
).encode()
OUTSIDE = (
    f"{','.join(OUTSIDE_HEADER)}\n0.0,9.6,240,-3.5,38.2,4.2,off-pitch\n1.0,2.0,25,,,,off-grass\n"
).encode()
NO_METRES = b"\n# no lines were looked for\n"

FILES: dict[str, tuple[Callable[[Path], object], list[bytes]]] = {
    "detections": (read_detections, [MOT]),
    "tracks": (read_mot, [MOT]),
    "tracks of others": (lambda file: read_detections(file, tracked=True), [MOT]),
    "truth": (lambda file: read_mot(file, seventh="mark"), [TRUTH]),
    "people of SportsMOT": (read_people, [TRUTH]),
    "tracks.csv": (read_csv, [TRACKS, SURE, WHO]),
    "gameinfo.ini": (read_gameinfo, [GAMEINFO]),
    "roles.csv": (read_roles_csv, [ROLES]),
    "seqinfo.ini": (read_seqinfo, [SEQINFO]),
    "matches": (read_matches, [b"sequence,match\nclip1,derby\nclip2,derby\n"]),
    "players.csv": (lambda file: read_players(file, TWO), [PLAYERS]),
    "ball.csv": (read_ball, [BALL, NO_BALL]),
    "cameras.csv": (lambda file: read_cameras(file, (1280, 720)), [CAMERAS]),
    "positions.csv": (read_positions, [POSITIONS, POSITIONS.split(b"\n")[0] + NO_METRES]),
    "movement.csv": (read_movement, [MOVEMENT, MOVEMENT.split(b"\n")[0] + NO_METRES]),
    "outside.csv": (read_outside, [OUTSIDE, OUTSIDE.split(b"\n")[0] + NO_METRES]),
    "manifest.csv": (read_manifest, [MANIFEST]),
}


@pytest.mark.parametrize("name", FILES)
def test_a_broken_table_is_one_line(name: str, tmp_path: Path) -> None:
    read, seeds = FILES[name]
    file = tmp_path / "file.csv"

    def check(content: bytes) -> None:
        file.write_bytes(content)
        survives(lambda: read(file))

    tried(name, broken(seeds), check, 250)


def test_a_sequence_folder_of_broken_files_is_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "clip"
    (folder / "gt").mkdir(parents=True)
    whole = {
        "gt/gt.txt": TRUTH,
        "seqinfo.ini": SEQINFO,
        "gameinfo.ini": GAMEINFO,
        "roles.csv": ROLES,
    }

    def check(content: bytes) -> None:
        for name in whole:
            (folder / name).write_bytes(content if content[:3] == whole[name][:3] else whole[name])
        for read in (read_true_roles, read_game_id, read_truth):
            survives(lambda read=read: read(folder))  # type: ignore[misc]
        (folder / "roles.csv").unlink()
        survives(lambda: read_true_roles(folder))
        survives(lambda: read_true_sequence("clip", folder / "gt" / "gt.txt"))

    tried("sequence folders", broken(list(whole.values())), check, 80)


def test_broken_lists_of_sportsmot_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "splits_txt").mkdir()
    (tmp_path / "dataset/train/v_1_c001/gt").mkdir(parents=True)
    (tmp_path / "dataset/train/v_1_c001/gt/gt.txt").write_bytes(TRUTH)

    def check(content: bytes) -> None:
        (tmp_path / "splits_txt/football.txt").write_bytes(content)
        (tmp_path / "splits_txt/test.txt").write_bytes(b"v_2_c001\n")
        survives(lambda: football_clips(tmp_path))
        (tmp_path / "splits_txt/football.txt").write_bytes(b"v_1_c001\nv_2_c001\n")
        (tmp_path / "splits_txt/test.txt").write_bytes(content)
        survives(lambda: football_clips(tmp_path))

    tried("splits of SportsMOT", broken([b"v_1_c001\nv_2_c001\nv_3_c002\n"]), check, 200)


def test_a_broken_report_of_a_run_is_one_line(tmp_path: Path) -> None:
    report = {
        "complete": True,
        "selection": {"start": None, "end": 3.0},
        "video": {"fps": 25.0, "width": 1920, "height": 1080},
    }
    file = tmp_path / "run.json"

    def check(value: object) -> None:
        file.write_text(json.dumps(value))
        survives(lambda: read_run_info(file))

    def check_bytes(content: bytes) -> None:
        file.write_bytes(content)
        survives(lambda: read_run_info(file))

    tried("run.json", wrong(report), check, 250)
    tried("run.json as text", broken([json.dumps(report).encode()]), check_bytes, 150)


def test_broken_reasons_of_a_run_are_one_line(tmp_path: Path) -> None:
    span: dict[str, object] = {"tracklet": 0, "identity": 1, "first_frame": 1, "last_frame": 9}
    span |= {"start": 0.0, "end": 0.3}
    join: dict[str, object] = {
        "tracklet": 1,
        "after": 0,
        "log_odds": 2.0,
        "margin": 1.0,
        "confidence": 0.7,
    }
    join |= {"confidence": 0.7, "displacement": 0.5, "evidence": {"motion": 2.0}}
    join |= {"runner_up": {"identity": 2, "log_odds": 1.0}}
    refusal: dict[str, object] = {"identities": [1, 2], "log_odds": 1.0, "evidence": {"prior": 0.4}}
    links: dict[str, object] = {
        "tracklets": [span, {**span, "tracklet": 1}],
        "joins": [join],
        "refusals": [{**refusal, "reason": "not sure enough"}],
    }
    file = tmp_path / "links.json"
    (tmp_path / "tracks.csv").write_bytes(TRACKS)
    tracks = read_csv(tmp_path / "tracks.csv")

    def check(value: object) -> None:
        file.write_text(json.dumps(value))
        survives(lambda: read_tracklet_spans(file).of(tracks))
        survives(lambda: [join_cues(one) for one in read_joins(file)])
        survives(lambda: read_near_misses(file))

    def check_bytes(content: bytes) -> None:
        file.write_bytes(content)
        survives(lambda: read_tracklet_spans(file).of(tracks))

    tried("links.json", wrong(links), check, 250)
    tried("bytes of links.json", broken([json.dumps(links).encode()]), check_bytes, 250)


def test_broken_lists_of_crops_are_one_line(tmp_path: Path) -> None:
    lists = b"0001/a b.jpg 0 1\n0002/c.jpg 1 2\n"

    def check(content: bytes) -> None:
        (tmp_path / "list_train.txt").write_bytes(content)
        survives(lambda: read_lists(tmp_path))
        (tmp_path / "list_query_val.txt").write_bytes(lists)
        survives(lambda: read_reid_data(tmp_path))

    tried("lists of crops", broken([lists]), check, 200)
    (tmp_path / "list_train.txt").write_bytes(lists)
    info = {"0": {"match": "a", "clip": "b"}, "1": {"match": "a", "clip": "c"}}

    def check_info(value: object) -> None:
        (tmp_path / "gid2info.json").write_text(json.dumps(value))
        survives(lambda: read_lists(tmp_path))

    tried("gid2info.json", wrong(info), check_info, 150)


@pytest.mark.parametrize(
    "name", ["9" * 230, "0002_c" + "9" * 200 + "s1_1", "\u0663_c1s1_1", "-1_c1s1_"]
)
def test_names_of_crops_that_are_no_numbers_are_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "0002_c1s1_000451_03.jpg").write_bytes(b"")
    (tmp_path / f"{name}.jpg").write_bytes(b"")
    survives(lambda: read_market1501(tmp_path))


def _image(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(file), np.zeros((40, 60, 3), np.uint8))


def test_broken_labels_of_yolo_are_one_line(tmp_path: Path) -> None:
    _image(tmp_path / "images" / "a_1.jpg")
    label, names = tmp_path / "labels" / "a_1.txt", tmp_path / "data.yaml"
    label.parent.mkdir()
    good = b"0 0.5 0.5 0.2 0.4\n1 0.1 0.1 0.2 0.1 0.2 0.3 0.1 0.3\n"
    named = [b"names: [player, ball]\nnc: 2\n", b"names:\n  0: player\n  1: ball\n"]

    def check_label(content: bytes) -> None:
        names.write_bytes(named[0])
        label.write_bytes(content)
        survives(lambda: read_yolo(tmp_path))

    def check_names(content: bytes) -> None:
        label.write_bytes(good)
        names.write_bytes(content)
        survives(lambda: read_detection_data(tmp_path))

    tried("labels of YOLO", broken([good]), check_label, 120)
    tried("data.yaml", broken(named), check_names, 120)
    names.unlink()

    def check_classes(content: bytes) -> None:
        (tmp_path / "classes.txt").write_bytes(content)
        survives(lambda: read_yolo(tmp_path))

    tried("classes.txt", broken([b"player\nball\n"]), check_classes, 120)


def test_broken_labels_of_coco_are_one_line(tmp_path: Path) -> None:
    _image(tmp_path / "a_1.jpg")
    labels = {
        "images": [{"id": 1, "file_name": "a_1.jpg", "width": 60, "height": 40}],
        "categories": [{"id": 3, "name": "player"}, {"id": 5, "name": "ball"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 2, 10.5, 20], "iscrowd": 0},
            {"id": 2, "image_id": 1, "category_id": 5, "bbox": [1, 2, 3, 4], "iscrowd": 1},
        ],
    }
    file = tmp_path / "labels.json"

    def check(value: object) -> None:
        file.write_text(json.dumps(value))
        survives(lambda: read_coco(file))

    def check_bytes(content: bytes) -> None:
        file.write_bytes(content)
        survives(lambda: read_detection_data(tmp_path))

    tried("labels of COCO", wrong(labels), check, 250)
    tried("COCO as text", broken([json.dumps(labels).encode()]), check_bytes, 200)
