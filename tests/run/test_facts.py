"""What a run remembers and reports has names, and what somebody damaged is one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from clips import Clip

from touchline.errors import StoreError
from touchline.observations import ObservationStore
from touchline.run.config import OBSERVE_SECTIONS, RunConfig
from touchline.run.facts import RunFacts, RunInputs, RunReport
from touchline.run.folder import RunFolder
from touchline.run.request import RunRequest
from touchline.run.track import track_run


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    pass


def tracked(clip: Clip, out: Path) -> RunReport:
    settings = {
        "models": {"detections": str(clip.detections), "reid": "colour"},
        "numbers": {"read": "never"},
    }
    request = RunRequest(str(clip.video), out, settings, end=0.5, draw_video=True)
    return track_run(request, quiet, lambda: False)


@pytest.fixture(scope="module")
def run(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("facts") / "run"
    tracked(clip, folder)
    return folder


def stored(run: Path) -> dict[str, Any]:
    with ObservationStore.open(run / "observations.sqlite") as store:
        return store.facts()


def test_facts_and_report_come_back_as_they_were_written(run: Path) -> None:
    facts = stored(run)
    written = json.loads((run / "run.json").read_text())
    again = RunFacts.from_json(facts, "it").as_json()
    assert again == {name: value for name, value in facts.items() if name != "version"}
    report = RunFolder(run).read_report()
    assert report is not None
    assert json.dumps(report.as_json()) == json.dumps(written)  # in the same order, too


def test_the_report_says_only_what_there_is(run: Path) -> None:
    written = json.loads((run / "run.json").read_text())
    assert [*written["models"]] == ["detections", "embedder"]
    assert written["models"]["embedder"]["sha256"] is None  # it is no file: that is said
    assert "left_out" not in written["counts"]
    assert written["selection"] == {"start": None, "end": 0.5}


def test_every_section_of_the_first_step_has_its_place_among_the_inputs() -> None:
    assert set(OBSERVE_SECTIONS) <= set(RunInputs.__dataclass_fields__)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda facts: facts.pop("inputs"), "inputs is missing"),
        (lambda facts: facts["inputs"].pop("start"), "inputs.start is missing"),
        (lambda facts: facts["inputs"].update(field={}), "inputs.field is not what a run writes"),
        (lambda facts: facts["models"]["embedder"].update(size="x"), "models.embedder.size is not"),
        (lambda facts: facts["models"]["embedder"].update(size=0), "models.embedder is not"),
        (lambda facts: facts["video"].update(fps=0), "video is not what a run writes"),
        (lambda facts: facts["video"].update(width=float("nan")), "video.width is not"),
        (lambda facts: facts["tracks"].pop("boxes"), "tracks.boxes is missing"),
        (lambda facts: facts.update(complete=1), "complete is not what a run writes"),
        (lambda facts: facts.update(warnings="none"), "warnings is not what a run writes"),
        (lambda facts: facts.update(seconds={"link": None}), "seconds.link is not"),
    ],
)
def test_facts_of_another_form_are_refused_by_name_in_one_line(
    run: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    facts = stored(run)
    change(facts)
    with pytest.raises(StoreError) as error:
        RunFacts.from_json(facts, "observations x")
    text = str(error.value)
    assert text.startswith(f"observations x is damaged: {said}")
    assert text.endswith("touchline track --overwrite begins again")
    assert "\n" not in text


def test_a_command_checks_the_settings_once(
    clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, checked = RunConfig.model_validate, []

    def counting(values: Any) -> RunConfig:
        checked.append(values)
        return check(values)

    monkeypatch.setattr(RunConfig, "model_validate", counting)
    tracked(clip, tmp_path / "run")
    assert len(checked) == 1
