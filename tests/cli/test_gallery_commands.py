"""``touchline gallery`` from the first clip to the second."""

from __future__ import annotations

import csv
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

import pytest
from clips import Clip

from touchline.cli.main import main


def touchline(*arguments: object, fails: int = 0) -> str:
    """What the command says; in this process, as a dozen new ones would take long."""
    out, error = io.StringIO(), io.StringIO()
    with (
        mock.patch("sys.argv", ["touchline", *map(str, arguments)]),
        redirect_stdout(out),
        redirect_stderr(error),
        pytest.raises(SystemExit) as end,
    ):
        main()
    assert (end.value.code or 0) == fails, error.getvalue()
    return error.getvalue() if fails else out.getvalue()


def test_people_keep_their_name_from_clip_to_clip(clip: Clip, tmp_path: Path) -> None:
    options = (clip.video, "--detections", clip.detections, "--no-video")
    every = ("-s", "embedding.mode=every")
    touchline("track", *options, *every, "--end", "1.2", "--out", tmp_path / "a")
    touchline("track", *options, *every, "--start", "1.2", "--out", tmp_path / "b")
    gallery = ("--gallery", tmp_path / "match.gallery")

    output = touchline("gallery", "add", tmp_path / "a", *gallery, "-s", "min_seconds=0.5")
    assert "4 identities: 4 new" in output
    named = touchline("gallery", "name", 3, "Martin Ødegaard", *gallery, "--number", 8)
    assert "person 3 has the name Martin Ødegaard now" in named
    output = touchline("gallery", "match", tmp_path / "b", *gallery, "--roster", "known")
    assert "Martin Ødegaard (3)" in output
    with (tmp_path / "b" / "players.csv").open() as text:
        names = {row["name"]: row["number"] for row in csv.DictReader(text)}
    assert names["Martin Ødegaard"] == "8"

    answer = json.loads(touchline("gallery", "match", tmp_path / "b", *gallery, "--json", "-"))
    assert len(answer["identities"]) == 4
    assert {row["state"] for row in answer["identities"]} <= {"known", "doubtful", "unknown"}

    listed = json.loads(touchline("gallery", "list", *gallery, "--json", "-"))
    assert [row["person"] for row in listed["people"]] == [1, 2, 3, 4]
    assert listed["embedder"]["name"] == "football-reid.onnx"
    assert "Martin Ødegaard" in touchline("gallery", "list", *gallery)
    touchline("gallery", "list", *gallery, "--csv", tmp_path / "people.csv")
    with (tmp_path / "people.csv").open() as text:
        assert [row["clips"] for row in csv.DictReader(text)] == ["a"] * 4

    (tmp_path / "b" / "annotated.mp4").write_bytes(b"")  # as if it had been drawn before
    again = touchline("gallery", "match", tmp_path / "b", *gallery, "--roster", "known")
    assert f"touchline draw {tmp_path / 'b'} draws the names" in again
    assert "person 4 is removed" in touchline("gallery", "remove", 4, *gallery)
    error = touchline("gallery", "merge", 1, 2, *gallery, fails=2)
    assert "two people: both were seen in one frame of a" in error
    assert "3 people" in touchline("gallery", "remove", "--clip", 1, *gallery)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("list",), "does not exist: touchline gallery add RUN"),
        (("name", "1", "Saka"), "does not exist"),
        (("remove",), "give the number of a person, or of a clip"),
        (("add", "nowhere"), "is not a run folder"),
        (("match", "nowhere", "--roster", "many"), "neither a number of people nor 'known'"),
        (("match", "nowhere", "--is", "7"), "not of the form IDENTITY=PERSON"),
        (("match", "nowhere", "-s", "min_confidence=2"), "min_confidence = 2 is refused"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    error = touchline("gallery", *arguments, "--gallery", tmp_path / "g", fails=2)
    assert error.startswith("touchline: ")
    assert words in error
    assert error.count("\n") == 1
    assert not (tmp_path / "g").exists()
