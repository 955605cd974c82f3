"""``touchline evaluate`` from the outside: what it prints, writes and refuses."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from clips import Clip, positions

from touchline.cli.main import main
from touchline.cli.reid_evaluate import evaluate as reid_evaluate
from touchline.errors import UsageError

TOUCHLINE = (sys.executable, "-m", "touchline")


def evaluate(*arguments: object, exit_code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [*TOUCHLINE, "evaluate", *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == exit_code, result.stderr
    return result


def put(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def rows(new_id: int) -> str:
    """Person 1 stays; person 2 is away for two seconds and returns as ``new_id``."""
    lines = [f"{frame},1,100,300,60,150,1,-1,-1,-1\n" for frame in range(1, 101)]
    lines += [f"{frame},2,500,300,60,150,1,-1,-1,-1\n" for frame in range(1, 26)]
    lines += [f"{frame},{new_id},500,300,60,150,1,-1,-1,-1\n" for frame in range(76, 101)]
    return "".join(lines)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A truth of two sequences, and a result in which one person comes back as another."""
    for name, new_id in {"SNMOT-060": 7, "a_clip_with_a_name_of_40_characters_in_it": 2}.items():
        put(tmp_path / "truth" / name / "gt" / "gt.txt", rows(2))
        put(tmp_path / "truth" / name / "seqinfo.ini", "[Sequence]\nframeRate=25\nseqLength=100\n")
        put(tmp_path / "out" / f"{name}.txt", rows(new_id))
    return tmp_path / "truth", tmp_path / "out"


def test_table_sentence_and_worst_moments_are_printed_without_colours_or_breaks(
    folders: tuple[Path, Path],
) -> None:
    truth, out = folders
    output = evaluate("--truth", truth, "--result", out).stdout
    assert "\x1b" not in output
    lines = [" ".join(line.split()) for line in output.splitlines()]
    assert "sequence HOTA DetA AssA MOTA IDF1 IDSW kept new stolen" in lines
    assert (
        "a_clip_with_a_name_of_40_characters_in_it 100.0 100.0 100.0 100.0 100.0 0 1 0 0" in lines
    )
    [combined] = [line for line in lines if line.startswith("COMBINED")]
    assert combined.endswith(" 1 1 1 0")
    assert (
        "2 returns after at least a second: 1 kept their identity, "
        "1 got a new one, 0 got somebody else's."
    ) in " ".join(lines)
    assert "2-5 s 1 1 0" in lines
    assert "Worst moments (1 of 1):" in lines
    assert "SNMOT-060 0:03 76 new on return 2 2 > 7 1.0 s" in lines


def test_terminal_of_80_columns_is_not_overrun(folders: tuple[Path, Path]) -> None:
    truth, out = folders
    command = [sys.executable, "-m", "touchline", "evaluate"]
    main_end, terminal = pty.openpty()
    with subprocess.Popen(
        [*command, "--truth", str(truth), "--result", str(out)],
        stdout=terminal,
        env={**os.environ, "COLUMNS": "80", "TERM": "dumb"},
    ) as process:
        os.close(terminal)
        output = b""
        while True:
            try:
                piece = os.read(main_end, 4096)
            except OSError:  # how Linux says that the other end is closed
                break
            if not piece:
                break
            output += piece
    os.close(main_end)
    assert process.returncode == 0
    lines = output.decode().splitlines()
    assert max(len(line) for line in lines) <= 80
    assert any(line.startswith("a_clip_with") and line.split()[-1] == "0" for line in lines)


def test_json_without_a_name_is_one_line(folders: tuple[Path, Path]) -> None:
    truth, out = folders
    refused = evaluate("--truth", truth, "--result", out, "--json", "", exit_code=2)
    assert refused.stderr == "touchline: a file or folder name on the command line is empty\n"


def test_json_is_written_or_printed_alone(folders: tuple[Path, Path], tmp_path: Path) -> None:
    truth, out = folders
    file = tmp_path / "scores.json"
    assert str(file) in evaluate("--truth", truth, "--result", out, "--json", file).stdout
    written = json.loads(file.read_text(encoding="utf-8"))
    put(out / "stranger.txt", "")
    alone = evaluate("--truth", truth, "--result", out, "--json", "-")
    assert json.loads(alone.stdout) == written
    assert "results without a truth are left out (1): stranger" in alone.stderr
    assert written["reentry"]["new"] == written["combined"]["reentry"]["new"] == 1
    assert written["sequences"]["SNMOT-060"]["HOTA"] < 1.0
    assert list(tmp_path.glob(".*")) == []


def test_own_run_is_scored_from_its_folder(clip: Clip, tmp_path: Path) -> None:
    truth = "".join(
        f"{frame + 1},{player},{3 * x1},{3 * y1},{3 * (x2 - x1)},{3 * (y2 - y1)},1,1,1\n"
        for frame in range(clip.frames)
        for player, (x1, y1, x2, y2) in enumerate(positions(frame).tolist())
    )
    put(tmp_path / "clip" / "gt" / "gt.txt", truth)
    put(tmp_path / "clip" / "seqinfo.ini", "frameRate=25\nimWidth=960\nimHeight=720\n")
    run = tmp_path / "run"
    subprocess.run(
        [
            *(sys.executable, "-m", "touchline", "track", clip.video, "--no-video"),
            *("--detections", clip.detections, "--out", run),
        ],
        check=True,
        capture_output=True,
    )
    report = json.loads(
        evaluate("--truth", tmp_path / "clip", "--result", run, "--json", "-").stdout
    )
    assert report["sequences"]["clip"]["scale"] == 3.0
    assert report["combined"]["DetA"] > 0.9
    highest = report["combined"]["ceilings"]
    assert report["sequences"]["clip"]["ceilings"] == highest
    assert highest["tracklets"] == 4
    assert highest["purity"] == 1.0
    assert highest["perfect_joining"]["AssA"] == pytest.approx(report["combined"]["AssA"])
    told = evaluate("--truth", tmp_path / "clip", "--result", run).stdout
    assert re.search(r"as written +\d+\.\d +\d+\.\d +\d+\.\d\n", told)
    assert "4 tracklets, purity 100.0 %." in told
    assert re.search(r"\n +0\.0  two people in one tracklet: the tracker\n", told)


def test_a_result_without_tracklets_has_no_ceilings(folders: tuple[Path, Path]) -> None:
    truth, out = folders
    asked = ("--truth", truth, "--result", out)
    assert "perfect" not in evaluate(*asked).stdout
    assert json.loads(evaluate(*asked, "--json", "-").stdout)["combined"]["ceilings"] is None


def test_plots_and_no_worst_moments(folders: tuple[Path, Path], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    truth, out = folders
    result = evaluate(
        *("--truth", truth / "SNMOT-060", "--result", out, "--plots", tmp_path / "plots"),
        *("--worst", 0),
    )
    assert (tmp_path / "plots" / "timeline_SNMOT-060.png").stat().st_size > 0
    assert "Worst" not in result.stdout


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (["--roles", "striker"], "role 'striker' is unknown"),
        (["--roles", "player"], "neither roles.csv nor gameinfo.ini says who is player"),
        (["--scale", "0"], "scale 0.0 is refused"),
        (["--frame-rate", "0"], "frame rate 0.0 is refused"),
        (["--result", "nowhere"], "result nowhere does not exist"),
        (["--truth", "nowhere"], "truth nowhere does not exist"),
        (["--worst", "-1"], "--worst"),
    ],
)
def test_bad_requests_are_refused_with_exit_code_2(
    folders: tuple[Path, Path],
    more: list[str],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    truth, out = folders
    command = ["touchline", "evaluate"]
    for option, value in (("--truth", truth), ("--result", out)):
        command += [option, str(value)] if option not in more else []
    monkeypatch.setattr(sys, "argv", [*command, *more])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    printed = capsys.readouterr()
    assert reason in printed.err
    assert printed.out == ""


def test_bad_line_is_named_and_exits_with_1(folders: tuple[Path, Path]) -> None:
    truth, out = folders
    file = put(out / "SNMOT-060.txt", "1,1,5,5,10,10,1\n\n2.5,1,5,5,10,10,1\n")
    result = evaluate("--truth", truth, "--result", out, exit_code=1)
    assert result.stderr == f"touchline: {file}, line 3: the frame must be a whole number\n"


def test_every_role_can_be_asked_for_and_a_missing_result_allowed(
    folders: tuple[Path, Path],
) -> None:
    truth, out = folders
    put(truth / "SNMOT-060" / "roles.csv", "track_id,role\n1,ball\n2,player\n")
    (out / "a_clip_with_a_name_of_40_characters_in_it.txt").unlink()
    report = json.loads(
        evaluate(
            *("--truth", truth, "--result", out, "--json", "-", "--roles", "all"),
            "--allow-missing",
        ).stdout
    )
    assert report["roles"] == ["player", "goalkeeper", "referee", "ball", "person"]
    assert report["sequences"]["SNMOT-060"]["FP"] == 0
    assert report["combined"]["FN"] == 150


@pytest.mark.parametrize("command", ["evaluate", "reid evaluate"])
def test_json_that_cannot_be_written_is_refused_before_the_work(
    command: str, tmp_path: Path
) -> None:
    truth, result = ("--truth", "--result") if command == "evaluate" else ("--data", "--reid")
    for file, reason in [(tmp_path, "is a folder"), (tmp_path / "no" / "a.json", "is missing")]:
        done = subprocess.run(
            [*TOUCHLINE, *command.split(), truth, "x", result, "y", "--json", str(file)],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 2
        assert reason in done.stderr
        assert done.stderr.count("\n") == 1


def test_none_is_no_embedder_to_score(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none is no embedder to score; colour is the built-in"):
        reid_evaluate(tmp_path, "none")


@pytest.mark.parametrize(
    ("mark", "role", "said"),
    [
        (0, "player", "the mark (seventh column) of all 2 boxes is 0: none counts"),
        (1, "ball", "nobody in the truth counts: its 2 boxes are ball, asked for are player"),
    ],
)
def test_a_truth_without_anybody_is_said(tmp_path: Path, mark: int, role: str, said: str) -> None:
    rows = "".join(f"{frame},1,5,5,10,10,{mark},-1,-1,-1\n" for frame in (1, 2))
    put(tmp_path / "A" / "gt" / "gt.txt", rows)
    put(tmp_path / "A" / "roles.csv", f"track_id,role\n1,{role}\n")
    put(tmp_path / "A.txt", rows)
    result = evaluate("--truth", tmp_path / "A", "--result", tmp_path / "A.txt")
    assert result.stderr.count(said) == 1
