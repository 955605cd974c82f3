"""A whole search on tiny scenes in which the right answer is known."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest
import yaml
from tuning_scenes import HIDDEN_SECONDS, write_list, write_yaml

from touchline.config import load_config
from touchline.errors import Interrupted, StoreError, TouchlineError, UsageError
from touchline.run.config import RunConfig
from touchline.tuning.report import verdict
from touchline.tuning.result import TuneRequest, TuneResult
from touchline.tuning.study_folder import STUDY_FILE, working_alone
from touchline.tuning.tune import tune

FORGETFUL = {
    "tracker": {"max_lost_seconds": 0.3, "reentry": {"enabled": False}},
    "link": {"method": "online"},
}
"""Whoever is hidden comes back as somebody else."""


def silent(_stage: str, _done: int, _total: int | None) -> None:
    pass


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_list(tmp_path_factory.mktemp("scenes"), validation=1)


@pytest.fixture
def request_(scenes: Path, tmp_path: Path) -> TuneRequest:
    space = {"tracker.max_lost_seconds": [0.1, 5.0], "tracker.expansion": [0.2, 0.8]}
    return TuneRequest(
        scenes,
        tmp_path / "out",
        trials=6,
        processes=1,
        settings=FORGETFUL,
        space=write_yaml(tmp_path / "space.yaml", space),
    )


def trial_lines(out: Path) -> list[str]:
    """What Optuna remembers of the trials, without times of day."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    storage = JournalStorage(JournalFileBackend(str(out / STUDY_FILE)))
    study = optuna.load_study(study_name="touchline", storage=storage)
    return [
        f"{each.state.name} {each.params} {each.intermediate_values}"
        for each in study.trials
        if each.state.name != "FAIL"
    ]


def stop_after(trials: int) -> tuple[Callable[[str, int, int | None], None], Callable[[], bool]]:
    """A progress that says stop once so many trials are done."""
    done = 0

    def on_progress(stage: str, count: int, _total: int | None) -> None:
        nonlocal done
        done = count if stage == "trials" else done

    return on_progress, lambda: done >= trials


def test_a_setting_that_is_clearly_wrong_is_found_and_the_gain_claimed(
    request_: TuneRequest, tmp_path: Path
) -> None:
    (tmp_path / "scenes").mkdir()
    request_ = replace(request_, sequences=write_list(tmp_path / "scenes"))
    result = tune(request_, silent)
    assert list(result.changes) == ["tracker.max_lost_seconds"]  # expansion did not matter
    before, after = result.changes["tracker.max_lost_seconds"]
    assert before == 0.3
    assert float(after) > HIDDEN_SECONDS
    assert result.gain.is_sure
    assert result.gain.mean > 0.1
    assert verdict(result).startswith("The tuned settings are better: +")
    tuned = load_config(RunConfig, request_.out / "tuned.yaml")
    assert tuned.tracker.max_lost_seconds == after
    assert not tuned.tracker.reentry.enabled  # what was asked for stays
    report = (request_.out / "report.md").read_text()
    assert verdict(result) in report
    assert f"| `tracker.max_lost_seconds` | 0.3 | {after} |" in report
    assert "## Validation: 6 sequences of 6 matches" in report


def test_the_first_trial_is_the_base_and_is_scored_as_such(request_: TuneRequest) -> None:
    result = tune(replace(request_, trials=1), silent)
    assert result.changes == {}
    assert verdict(result) == (
        "The settings before are as good as any that were tried; nothing is changed."
    )
    assert result.gain.mean == 0.0
    assert load_config(RunConfig, request_.out / "tuned.yaml") == load_config(
        RunConfig, values=FORGETFUL
    )


def test_a_seed_gives_the_same_search_again(request_: TuneRequest, tmp_path: Path) -> None:
    first = tune(request_, silent)
    again = tune(replace(request_, out=tmp_path / "again"), silent)
    other = tune(replace(request_, out=tmp_path / "other", seed=1), silent)
    assert trial_lines(request_.out) == trial_lines(tmp_path / "again")
    assert trial_lines(request_.out) != trial_lines(tmp_path / "other")
    assert first.changes == again.changes
    assert first.gain == again.gain
    assert other.finished == 6


def test_a_search_that_was_stopped_goes_on_as_if_it_had_not_been(
    request_: TuneRequest, tmp_path: Path
) -> None:
    whole = tune(replace(request_, out=tmp_path / "whole"), silent)
    with pytest.raises(Interrupted, match="stopped after 3 of 6 trials, which are kept"):
        tune(request_, *stop_after(3))
    assert len(trial_lines(request_.out)) == 3
    rest = tune(request_, silent)
    assert (rest.ran, rest.finished) == (3, 6)
    assert trial_lines(request_.out) == trial_lines(tmp_path / "whole")
    assert rest.changes == whole.changes


def test_a_search_that_was_killed_while_writing_goes_on(request_: TuneRequest) -> None:
    tune(replace(request_, trials=3), silent)
    with (request_.out / STUDY_FILE).open("ab") as study:
        study.write(b'{"op_code":4,"worker_id":"half of a li')
    (request_.out / f"{STUDY_FILE}.lock").symlink_to(request_.out / STUDY_FILE)
    assert tune(replace(request_, trials=4), silent).ran == 1


@pytest.mark.parametrize("rubbish", [b"\xc6\xff\n\x00\n", b"{\n}\n", b'{"a": 1}\n', b"[1]\n"])
def test_a_damaged_study_is_one_line_with_the_cure(request_: TuneRequest, rubbish: bytes) -> None:
    request_.out.mkdir(parents=True)
    (request_.out / STUDY_FILE).write_bytes(rubbish)
    with pytest.raises(StoreError, match=r"study\.log is damaged.* choose another --out"):
        tune(request_, silent)


def test_more_trials_go_on_with_those_there_are(request_: TuneRequest) -> None:
    tune(replace(request_, trials=2), silent)
    assert tune(replace(request_, trials=4), silent).ran == 2
    done = tune(replace(request_, trials=3), silent)
    assert (done.ran, done.finished) == (0, 4)


def test_two_processes_share_a_search(request_: TuneRequest) -> None:
    result = tune(replace(request_, processes=2), silent)
    assert result.finished == 6
    assert len(trial_lines(request_.out)) == 6
    assert float(result.changes["tracker.max_lost_seconds"][1]) > HIDDEN_SECONDS


def test_a_killed_worker_is_reported_and_finished_trials_are_kept(request_: TuneRequest) -> None:
    def kill_one(stage: str, done: int, _total: int | None) -> None:
        if stage == "trials" and done == 2:
            pid = active_children()[0].pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(TouchlineError, match="a worker process was killed"):
        tune(replace(request_, processes=2), kill_one)
    finished = len(trial_lines(request_.out))
    assert finished >= 2
    assert tune(request_, silent).ran == 6 - finished


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"objective": "idf1"}, "objective was 'hota', now 'idf1'"),
        ({"seed": 3}, "seed was 0, now 3"),
        ({"settings": {}}, "settings.tracker.max_lost_seconds was 0.3, now 2.5"),
        ({"space": None}, "space.tracker"),
        ({"sequences": "other"}, "sequences.train.scene0.content was"),
    ],
)
def test_another_search_does_not_go_on_with_this_one(
    request_: TuneRequest, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    tune(replace(request_, trials=1), silent)
    if "sequences" in changes:
        (tmp_path / "others").mkdir()
        changes = {"sequences": write_list(tmp_path / "others", returns=True)}
    with pytest.raises(UsageError, match=message):
        tune(replace(request_, **changes), silent)


def test_a_program_that_tracks_otherwise_does_not_go_on(request_: TuneRequest) -> None:
    tune(replace(request_, trials=1), silent)
    file = request_.out / STUDY_FILE
    lines = file.read_text().splitlines()
    reports = [at for at, line in enumerate(lines) if '"intermediate_value"' in line]
    for at in reports:
        head, _, rest = lines[at].partition('"intermediate_value":')
        number, end = rest.split(",", 1) if "," in rest else (rest.rstrip("}"), "}")
        lines[at] = f'{head}"intermediate_value":{float(number) + 0.1}'
        lines[at] += f",{end}" if "," in rest else end
    file.write_text("\n".join(lines) + "\n")
    with pytest.raises(UsageError, match="made by a version that tracks differently"):
        tune(replace(request_, trials=2), silent)


def test_settings_that_only_suit_the_train_sequences_are_not_called_better(
    request_: TuneRequest, tmp_path: Path
) -> None:
    """In validation nobody is hidden for long, so that a longer memory changes nothing."""
    (tmp_path / "scenes").mkdir()
    file = write_list(tmp_path / "scenes", train=3, validation=7)
    tree = yaml.safe_load(file.read_text())
    for entry in tree["validation"]:
        run = entry.pop("run")
        truth = (tmp_path / "scenes" / run / "gt" / "gt.txt").read_text()
        boxes = tmp_path / "scenes" / run / "boxes.txt"
        boxes.write_text(truth.replace(",-1,-1,-1", ""))
        entry["detections"] = f"{run}/boxes.txt"
    result = tune(replace(request_, sequences=write_yaml(file, tree)), silent)
    assert list(result.changes) == ["tracker.max_lost_seconds"]
    assert not result.gain.is_sure
    assert verdict(result).startswith("The settings before are as good: +0.00 points")
    assert "which includes 0" in verdict(result)


def test_few_matches_support_no_claim(request_: TuneRequest, tmp_path: Path) -> None:
    (tmp_path / "scenes").mkdir()
    file = write_list(tmp_path / "scenes", train=2, validation=5)
    result = tune(replace(request_, sequences=file), silent)
    assert result.gain.low > 0
    assert verdict(result).startswith("No gain is claimed: +")
    assert "fewer than 6 matches" in verdict(result)


def test_reentry_is_an_objective_of_its_own(request_: TuneRequest, tmp_path: Path) -> None:
    (tmp_path / "scenes").mkdir()
    file = write_list(tmp_path / "scenes", validation=2, returns=True)
    result = tune(replace(request_, sequences=file, objective="reentry"), silent)
    before, after = result.judged[:2]
    assert sum(scores.kept for scores in before.validation) == 0
    assert sum(scores.kept for scores in after.validation) == 6  # three players of two scenes


def test_reentry_without_returns_is_refused(request_: TuneRequest) -> None:
    with pytest.raises(UsageError, match="nobody returns after a second in the train sequences"):
        tune(replace(request_, objective="hota,reentry"), silent)


def test_only_one_search_at_a_time_works_on_a_folder(request_: TuneRequest) -> None:
    with (
        working_alone(request_.out),
        pytest.raises(StoreError, match="another touchline is searching there"),
    ):
        tune(request_, silent)


def test_a_folder_that_is_a_file_is_refused(request_: TuneRequest) -> None:
    request_.out.write_text("")
    with pytest.raises(StoreError, match="it is a file; choose another --out"):
        tune(request_, silent)


@pytest.mark.parametrize("changes", [{"trials": 0}, {"processes": 0}])
def test_no_trials_and_no_processes_are_refused(
    request_: TuneRequest, changes: dict[str, int]
) -> None:
    with pytest.raises(UsageError, match="at least one of each"):
        tune(replace(request_, **changes), silent)  # type: ignore[arg-type]


def test_hopeless_trials_are_given_up_early(request_: TuneRequest, tmp_path: Path) -> None:
    (tmp_path / "scenes").mkdir()
    file = write_list(tmp_path / "scenes", train=6, validation=1)
    base = {"tracker": {"reentry": {"enabled": False}}}  # the base is right, most others wrong
    space = write_yaml(tmp_path / "space.yaml", {"tracker.max_lost_seconds": [0.05, 5.0]})
    result: TuneResult = tune(
        replace(request_, sequences=file, settings=base, space=space, trials=8), silent
    )
    assert 0 < result.pruned < 8
    assert result.finished == 8
    assert result.changes == {}
