"""``touchline info``, ``name``, ``team``, ``number``, ``role`` and ``edit`` on one run."""

from __future__ import annotations

import io
import json
import shutil
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

import pytest
from clips import Clip

from touchline.cli.main import main
from touchline.stretches import clock


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


@pytest.fixture(scope="module")
def finished(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("commands") / "run"
    options = ("--detections", clip.detections, "--reid", "none", "--no-video", "--out", out)
    touchline("track", clip.video, *options)
    return out


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


def test_people_are_named_one_by_one_and_found_by_what_is_known(run: Path) -> None:
    assert "identity 2: name Ada Lund" in touchline("name", run, 2, "Ada Lund")
    assert "identity 2: number 10" in touchline("number", run, "--name", "ADA LUND", "10")
    touchline("team", run, "--number", 10, "b")
    touchline("role", run, "--number", 10, "--team", "B", "goalkeeper")
    table = touchline("info", run).splitlines()
    (line,) = [line for line in table if "Ada Lund" in line]
    assert line.split()[:6] == ["2", "Ada", "Lund", "B", "goalkeeper", "10"]
    said = touchline("info", run, "--player", 2)
    assert "stretch 1: 0:00.0 to" in said
    answer = json.loads(touchline("info", run, "--name", "Ada Lund", "--json", "-"))
    assert [row["identity"] for row in answer["players"]] == [2]
    assert answer["players"][0]["stretches"][0]["start"] == 0.0
    assert len(json.loads(touchline("info", run, "--json", "-"))["players"]) == 4


def test_a_table_names_many_and_the_last_is_undone(run: Path, tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text('identity;name\n1;Ann\n3;"Silva; B."\n4;\n')
    said = touchline("name", run, "--csv", tmp_path / "names.csv")
    assert "identity 1: name Ann\nidentity 3: name Silva; B.\n" in said
    assert "2 were stated before" in touchline("name", run, "--csv", tmp_path / "names.csv")
    filled = (run / "players.csv").read_text(encoding="utf-8").replace("\n2,,", "\n2,Bo,")
    (tmp_path / "filled.csv").write_text(filled, encoding="utf-8")
    assert "identity 2: name Bo" in touchline("name", run, "--csv", tmp_path / "filled.csv")
    assert "undone: name Bo" in touchline("edit", run, "undo")
    assert touchline("edit", run).splitlines()[-1] == "3 edits"
    listed = json.loads(touchline("edit", run, "list", "--json", "-"))["edits"]
    assert [(row["value"], row["identities"]) for row in listed][:2] == [
        ("Ann", [1]),
        ("Silva; B.", [3]),
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("name", "RUN", "Ada"), 'as touchline name RUN 8 "Ada Lund"'),
        (("name", "RUN", "9", "Ada"), "there is no identity 9; ids are 1 to 4"),
        (("number", "RUN", "1", "ten"), "number 'ten' is none: give 0 to 99, or unknown"),
        (("team", "RUN", "1", "C"), "team 'C' is none: teams are A, B, officials, or unknown"),
        (("role", "RUN", "1", "keeper"), "role 'keeper' is refused; allowed: player"),
        (("name", "RUN", "--number", "7", "Ada"), "nobody has number 7: touchline info RUN"),
        (("name", "RUN", "--team", "A"), "give one name for team A, not 0"),
        (("name", "RUN", "--csv", "no.csv"), "no.csv does not exist"),
        (("edit", "RUN", "join"), "edit join is unknown: give one of list, undo, redo, swap"),
        (("edit", "RUN", "redo"), "holds nothing to redo"),
        (("edit", "RUN", "same", "3:1"), "edit same takes 2 of FRAME:IDENTITY, as 1200:17, not 1"),
        (("edit", "RUN", "split", "3"), "'3' is no box: give FRAME:IDENTITY"),
        (("edit", "RUN", "split", "30:9"), "there is no identity 9"),
        (("edit", "RUN", "split", "1:2"), "identity 2 has no box before frame 1"),
        (("edit", "RUN", "same", "3:1", "99:1"), "identity 1 has no box in frame 99"),
        (("edit", "RUN", "same", "3:1", "9:2"), "refused, as both are in the image in frame 1"),
        (("edit", "RUN", "swap", "9:1", "9:1"), "identity 1 cannot be swapped with itself"),
        (("edit", "RUN", "undo"), "holds nothing to undo"),
        (("info", "RUN", "--name", "Ada"), "nobody has name 'Ada'"),
        (("clip", "RUN", "--name", "Ada"), "nobody has name 'Ada'"),
        (("clip", "RUN"), "say whom: --player 8"),
        (("clip", "RUN", "--player", "1", "--zoom", "--size", "big"), "give WIDTHxHEIGHT"),
    ],
)
def test_what_cannot_be_said_is_one_line(
    arguments: tuple[str, ...], words: str, finished: Path
) -> None:
    error = touchline(*(finished if word == "RUN" else word for word in arguments), fails=2)
    assert words in error
    assert error.count("\n") == 1
    assert not (finished / "edits.json").exists()


def test_a_clip_is_made_of_whoever_is_meant(run: Path) -> None:
    touchline("name", run, 2, "Ada Lund")
    said = touchline("clip", run, "--name", "ada lund", "--zoom", "--size", "96x64")
    assert "identity 2: 2.4 of 2.4 seconds, in the image for 2.4" in said
    assert f"video:   {run / 'clip-2-zoom.mp4'}" in said
    made = json.loads(touchline("clip", run, "--player", 1, "--player", 2, "--json", "-"))
    assert made["identities"] == [1, 2]
    assert Path(made["file"]).is_file()


def test_times_are_clock_times() -> None:
    assert [clock(time) for time in (None, 0.04, 59.96, 3723.4)] == [
        "-",
        "0:00.0",
        "1:00.0",
        "1:02:03.4",
    ]
