"""Several results on one truth: differences, their intervals, and what is printed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from touchline.cli.main import main
from touchline.errors import InputError
from touchline.evaluation.comparison import compare_tracks
from touchline.evaluation.tracks import TrackEvaluation, evaluate_tracks


def rows(new_id: int, frames: int, left: float = 100.0) -> str:
    """Person 1 stays; person 2 is away for two seconds and returns as ``new_id``."""
    lines = [f"{frame},1,{left},300,60,150,1,-1,-1,-1\n" for frame in range(1, frames + 1)]
    lines += [f"{frame},2,500,300,60,150,1,-1,-1,-1\n" for frame in range(1, 26)]
    lines += [f"{frame},{new_id},500,300,60,150,1,-1,-1,-1\n" for frame in range(76, frames + 1)]
    return "".join(lines)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A truth of six sequences; results that always and never lose the person who comes back."""
    for number in range(6):
        frames = 100 + 10 * number
        for folder, new_id, left in (("truth", 2, 100.0), ("good", 2, 105.0), ("bad", 7, 105.0)):
            file = tmp_path / folder / f"clip{number}.txt"
            file.parent.mkdir(exist_ok=True)
            file.write_text(rows(new_id, frames, left))
    return tmp_path / "truth", tmp_path / "bad", tmp_path / "good"


def evaluations(folders: tuple[Path, Path, Path]) -> list[TrackEvaluation]:
    truth, *results = folders
    return [evaluate_tracks(truth, result, frame_rate=25) for result in results]


def test_a_difference_is_that_of_the_combined_scores(folders: tuple[Path, Path, Path]) -> None:
    bad, good = evaluations(folders)
    found = compare_tracks([bad, good], ["bad", "good"])
    (hota,) = found.differences["HOTA"]
    assert hota.value == good.combined.hota.overall - bad.combined.hota.overall
    assert list(found.scores["kept"]) == [0, 6]
    assert found.best("HOTA") == [1]
    assert found.best("new") == [1]  # fewer is better
    assert found.best("DetA") == [0, 1]


def test_an_interval_holds_the_difference_and_is_the_same_each_time(
    folders: tuple[Path, Path, Path],
) -> None:
    both = evaluations(folders)
    found = compare_tracks(both, ["bad", "good"])
    assert found == compare_tracks(both, ["bad", "good"])
    (hota,), (deta,) = found.differences["HOTA"], found.differences["DetA"]
    assert hota.low is not None
    assert hota.high is not None
    assert 0 < hota.low < hota.value < hota.high
    assert hota.is_sure
    assert (deta.value, deta.low, deta.high) == (0, 0, 0)
    assert not deta.is_sure


def test_the_ends_of_the_interval_are_those_of_a_bootstrap_written_out(
    folders: tuple[Path, Path, Path],
) -> None:
    both = evaluations(folders)
    (kept,) = compare_tracks(both, ["bad", "good"]).differences["new"]
    assert (kept.value, kept.low, kept.high) == (-6, -6, -6)  # one return in every sequence
    (idf1,) = compare_tracks(both, ["bad", "good"]).differences["IDF1"]
    random, apart = np.random.default_rng(7), []
    parts = [list(one.sequences.values()) for one in both]
    for _ in range(4000):
        draw = random.integers(6, size=6)
        true, right = [0, 0], [0, 0]
        for place in draw.tolist():
            for which in (0, 1):
                one = parts[which][place].identity
                right[which] += 2 * one.tp
                true[which] += 2 * one.tp + one.fp + one.fn
        apart.append(right[1] / true[1] - right[0] / true[0])
    low, high = np.percentile(apart, [2.5, 97.5]).tolist()
    assert idf1.low == pytest.approx(low, abs=0.003)
    assert idf1.high == pytest.approx(high, abs=0.003)


def test_few_sequences_get_no_interval_and_other_ones_are_refused(
    folders: tuple[Path, Path, Path],
) -> None:
    for number in range(4):
        (folders[0] / f"clip{number}.txt").unlink()
    both = evaluations(folders)
    (hota,) = compare_tracks(both, ["bad", "good"]).differences["HOTA"]
    assert hota.low is None
    (folders[0] / "clip4.txt").unlink()
    one = evaluate_tracks(folders[0], folders[1], frame_rate=25)
    with pytest.raises(InputError, match="good has other sequences than bad"):
        compare_tracks([both[0], one], ["bad", "good"])


def printed(
    folders: tuple[Path, Path, Path],
    more: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> str:
    truth, bad, good = map(str, folders)
    words = ["touchline", "evaluate", "--truth", truth, "--result", bad, "--result", good]
    monkeypatch.setattr("sys.argv", [*words, "--frame-rate", "25", *more])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    return capsys.readouterr().out


def test_the_command_prints_a_column_for_each_result_and_marks_the_best(
    folders: tuple[Path, Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = printed(folders, [], monkeypatch, capsys)
    assert table.split()[:2] == ["bad", "good"]
    assert "Differences are to bad; 95 % intervals over the 6 sequences" in table
    markdown = printed(folders, ["--format", "markdown"], monkeypatch, capsys)
    assert markdown.startswith("| | bad | good |\n|---|---:|---:|\n| HOTA |")
    assert "| kept | 0 | **6** +6 [+6, +6]* |" in markdown
    latex = printed(folders, ["--format", "latex"], monkeypatch, capsys)
    assert latex.startswith("\\begin{tabular}{lrr}\n & bad & good \\\\")
    assert "kept & 0 & \\textbf{6} {\\small +6 [+6, +6]*} \\\\" in latex
    content = json.loads(printed(folders, ["--json", "-"], monkeypatch, capsys))
    assert content["comparison"]["results"] == ["bad", "good"]
    assert content["results"]["good"]["combined"]["reentry"]["kept"] == 6
