"""Scores of embedders on crops from real files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from touchline.errors import UsageError, VideoError
from touchline.evaluation.reid import evaluate_reid
from touchline.perception.colour_stripes import ColourStripes
from touchline.reid.manifest import Manifest
from touchline.types import Image

PEOPLE, CROPS = 8, 5


class Brightness:
    """Vectors of how bright each of eight bands is: blind to colour. One: dark or light."""

    def __init__(self, bands: int = 8) -> None:
        self.size = bands
        self.embedded = 0

    def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        self.embedded += len(crops)
        grey = [cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY).mean(axis=1) for crop in crops]
        bands = [[part.mean() for part in np.array_split(rows, self.size)] for rows in grey]
        vectors = np.array(bands, np.float32).reshape(-1, self.size) - 110
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """Eight people with shirt, shorts and socks of their own, on grass; two teams of four."""
    folder = tmp_path_factory.mktemp("people")
    random = np.random.default_rng(0)
    colours = random.integers(20, 236, (PEOPLE, 4, 3))
    paths, who, times = [], [], []
    for person in range(PEOPLE):
        for number in range(CROPS):
            crop = np.full((80, 40, 3), (60, 120, 50), np.uint8)
            for band, colour in enumerate(colours[person]):
                crop[8 + 16 * band : 24 + 16 * band, 10:30] = colour
            noise = random.normal(0, 6, crop.shape)
            name = f"{person}_{number}.png"
            cv2.imwrite(str(folder / name), np.clip(crop + noise, 0, 255).astype(np.uint8))
            paths.append(name)
            who.append(person)
            times.append(3.0 * number)
    teams = ["home" if person % 2 else "away" for person in who]
    clips = ["m_c1" if person < 6 else "m_c2" for person in who]
    return Manifest(
        folder, paths, who, teams=teams, times=times, sequences=clips, matches=["m"] * len(who)
    )


def test_colour_finds_people_by_their_clothes_and_loses_them_with_the_hue(
    people: Manifest,
) -> None:
    evaluation = evaluate_reid(people, ColourStripes())
    assert len(evaluation.query) == PEOPLE
    assert len(evaluation.gallery) == PEOPLE * (CROPS - 1)
    assert evaluation.original.scores()["mAP"] > 0.95
    assert set(evaluation.variants) == {"grey", "hue", "blur", "half"}
    by_name = {name: scored.scores()["mAP"] for name, scored in evaluation.variants.items()}
    assert by_name["half"] > 0.9
    assert by_name["hue"] < 0.7


def test_what_is_blind_to_colour_does_not_miss_it(people: Manifest) -> None:
    evaluation = evaluate_reid(people, Brightness())
    original = evaluation.original.scores()["mAP"]
    assert original > 0.8
    assert evaluation.variants["grey"].scores()["mAP"] == pytest.approx(original, abs=0.02)


def test_nothing_is_embedded_twice(people: Manifest) -> None:
    seen_by_two = replace(people, cameras=np.arange(len(people)) % 2)
    embedder = Brightness()
    evaluation = evaluate_reid(seen_by_two, embedder, variants={})
    assert len(evaluation.query) == 2 * PEOPLE
    assert len(evaluation.gallery) == embedder.embedded == len(people)
    assert evaluation.variants == {}


def test_groups_hold_the_queries_they_name(people: Manifest) -> None:
    evaluation = evaluate_reid(people, Brightness(), variants={})
    assert list(evaluation.by_height) == ["64-96 px"]
    assert evaluation.by_height["64-96 px"].scores() == evaluation.original.scores()
    # Crops lie 3 seconds apart, the farthest 12.
    assert list(evaluation.by_gap) == ["1-5 s", "5-15 s"]
    assert len(evaluation.by_gap["1-5 s"]) == PEOPLE
    tall = replace(people, heights=np.where(people.identities == 3, 200.0, np.nan))
    by_height = evaluate_reid(tall, Brightness(), variants={}).by_height
    assert by_height["128 px or more"].identities.tolist() == [3]
    assert len(by_height["64-96 px"]) == PEOPLE - 1


def test_within_a_team_only_the_team_competes(people: Manifest) -> None:
    splits = np.where(np.arange(len(people)) % CROPS == 0, "query", "gallery")
    cameras = (splits == "query").astype(np.int64)
    # Under wrong names, or everybody would be found at once.
    identities = np.random.default_rng(0).permutation(people.identities)
    teams = np.where(identities % 2, "home", "away")
    given = replace(people, identities=identities, teams=teams, splits=splits, cameras=cameras)
    whole = evaluate_reid(given, Brightness(), variants={})
    assert whole.within_team is not None
    for name in ("home", "away"):
        alone = evaluate_reid(given[given.teams == name], Brightness(), variants={}).original
        among = whole.within_team[np.isin(whole.within_team.identities, alone.identities)]
        np.testing.assert_allclose(among.average_precision, alone.average_precision, atol=1e-12)
    assert whole.original.scores()["mAP"] < whole.within_team.scores()["mAP"] < 1.0
    some = replace(people, teams=np.where(people.identities == 1, "home", ""))
    unknown = evaluate_reid(some, Brightness(), variants={}).within_team
    assert unknown is not None
    assert unknown.identities.tolist() == [1]
    assert unknown.scores()["mAP"] == 1.0  # nobody else is known to be of his team
    none = replace(people, teams=np.full(len(people), ""))
    assert evaluate_reid(none, Brightness(), variants={}).within_team is None


def test_a_person_under_another_identity_in_another_clip_is_no_mistake(people: Manifest) -> None:
    # Half of everybody's crops bear the number that another clip gave him.
    again = np.arange(len(people)) % 2 == 0
    doubled = replace(
        people,
        identities=people.identities + PEOPLE * again,
        sequences=np.where(again, "m_c1", "m_c2"),
    )
    evaluation = evaluate_reid(doubled, Brightness(), variants={})
    assert evaluation.one_clip_a_match is not None
    deceived = evaluation.original.scores()["mAP"]
    assert evaluation.one_clip_a_match.scores()["mAP"] > deceived + 0.1
    one_clip = replace(people, sequences=np.full(len(people), "m_c1"))
    assert evaluate_reid(one_clip, Brightness(), variants={}).one_clip_a_match is None


def test_people_known_across_clips_compete_in_all_of_them(people: Manifest) -> None:
    # Everybody is in both clips under one number: nothing is in doubt.
    again = np.arange(len(people)) % 2 == 0
    joined = replace(people, sequences=np.where(again, "m_c1", "m_c2"))
    evaluation = evaluate_reid(joined, Brightness(bands=1), variants={})
    assert evaluation.one_clip_a_match is not None
    assert evaluation.original.scores()["mAP"] < 1.0
    assert evaluation.one_clip_a_match.scores() == evaluation.original.scores()


def test_the_report_is_json_with_fractions(people: Manifest) -> None:
    evaluation = evaluate_reid(people, ColourStripes(), reranking=True, variants={})
    report = json.loads(json.dumps(evaluation.as_json(), allow_nan=False))
    assert 0.95 < report["mAP"] <= 1.0
    assert report["interval"]["mAP"][0] <= report["mAP"] <= report["interval"]["mAP"][1]
    assert report["queries"] == PEOPLE
    assert report["queries_without_match"] == 0
    assert report["gallery"] == PEOPLE * (CROPS - 1)
    assert report["reranked"]["rank1"] == 1.0
    assert set(report["by_gap"]) == {"1-5 s", "5-15 s"}


def test_progress_counts_every_crop_once(people: Manifest) -> None:
    told: list[tuple[int, int]] = []
    evaluate_reid(
        people,
        Brightness(),
        variants={},
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert told[-1] == (len(people), len(people))


def test_missing_crops_and_nothing_to_find_are_refused(people: Manifest, tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"0_0\.png cannot be read"):
        evaluate_reid(replace(people, root=tmp_path), Brightness())
    with pytest.raises(UsageError, match="there twice"):
        evaluate_reid(people[:0], Brightness())
    with pytest.raises(UsageError, match="no crop is in split 'val'"):
        evaluate_reid(people, Brightness(), split="val")


def test_colour_reaches_the_floor_on_lists_of_a_tenth_of_the_people(football_data: Path) -> None:
    from touchline.reid.folders import read_reid_data

    manifest = read_reid_data(football_data / "reid" / "sportsmot_football")
    held_out = np.random.default_rng(0).choice(558, 62, replace=False)
    some = manifest[np.isin(manifest.identities, held_out)]
    evaluation = evaluate_reid(some, ColourStripes(), variants={})
    assert evaluation.original.scores()["mAP"] > 0.56
