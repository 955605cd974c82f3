"""A run goes on as it began, whatever was installed since; another run is refused."""

from __future__ import annotations

from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest
from clips import Clip
from number_networks import recogniser

from touchline.errors import Interrupted, UsageError
from touchline.observations import ObservationStore
from touchline.perception import number_reader
from touchline.run.facts import RunReport
from touchline.run.observe_step import observe_run
from touchline.run.request import RunRequest
from touchline.run.track import track_run

Install = Callable[[str | None], None]
"""Makes shirt numbers read as a text, or takes away what reads them."""

SMALL = {"detector": {"batch_size": 10}, "numbers": {"min_height": 16, "min_sharpness": 0}}


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    (tmp_path / "rapidocr" / "models").mkdir(parents=True)

    def install(text: str | None) -> None:
        spec = None
        if text is not None:
            recogniser(tmp_path / "rapidocr" / "models" / "rec.onnx", text)
            spec = ModuleSpec("rapidocr", None, origin=str(tmp_path / "rapidocr" / "__init__.py"))
        monkeypatch.setattr(number_reader, "find_spec", lambda _name: spec)

    return install


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    pass


def observe(
    clip: Clip, out: Path, frames: int | None = None, settings: dict[str, Any] | None = None
) -> RunReport:
    """The report of a run that goes on for about so many frames, or to the end."""
    settings = {"models": {"detections": str(clip.detections)}, **SMALL, **(settings or {})}
    asked = iter([False] * (frames // 10 - 1) + [True]) if frames else None
    stop = (lambda: next(asked)) if asked else (lambda: False)
    return observe_run(RunRequest(str(clip.video), out, settings), quiet, stop)


def numbers_of(out: Path) -> list[bool]:
    """Whether a number was read, by frame."""
    with ObservationStore.open(out / "observations.sqlite") as store:
        return [observation.detections.numbers is not None for observation in store]


def change_inputs(out: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    with ObservationStore.open(out / "observations.sqlite", write=True) as store:
        inputs = store.facts()["inputs"]
        change(inputs)
        store.commit(inputs=inputs)


def test_a_finished_run_stays_without_numbers_when_they_can_be_read_later(
    clip: Clip, tmp_path: Path, install: Install
) -> None:
    install(None)
    first = observe(clip, tmp_path / "run")
    assert not any("number" in warning for warning in first.warnings)
    install("7")
    for _ in range(2):
        again = observe(clip, tmp_path / "run")
        (warning,) = (text for text in again.warnings if "number" in text)  # said once
        assert "the extra 'ocr' was not installed" in warning
        assert "--overwrite looks anew" in warning
        assert again.models == first.models
    assert not any(numbers_of(tmp_path / "run"))


def test_a_run_that_began_without_numbers_goes_on_without(
    clip: Clip, tmp_path: Path, install: Install
) -> None:
    install(None)
    observe(clip, tmp_path / "run", frames=20)
    install("7")
    report = observe(clip, tmp_path / "run")
    assert report.complete
    assert report.models.numbers is None
    assert not any(numbers_of(tmp_path / "run"))
    assert any("could not be read when this run began" in text for text in report.warnings)


def test_a_run_that_loses_its_number_reader_goes_on_and_says_where(
    clip: Clip, tmp_path: Path, install: Install
) -> None:
    install("7")
    observe(clip, tmp_path / "run", frames=20)
    install(None)
    report = observe(clip, tmp_path / "run", frames=20)
    assert any("read in the first 20 frames" in text for text in report.warnings)
    assert report.models.numbers is not None
    assert report.models.numbers.name == "rec.onnx"
    install("7")
    report = observe(clip, tmp_path / "run")
    read = numbers_of(tmp_path / "run")
    assert any(read[:20])
    assert not any(read[20:40])
    assert any(read[40:])


def test_an_updated_number_reader_is_no_other_run(
    clip: Clip, tmp_path: Path, install: Install
) -> None:
    install("7")
    observe(clip, tmp_path / "run", frames=20)
    install("9")
    report = observe(clip, tmp_path / "run")
    assert report.complete
    assert any("another version of rapidocr" in text for text in report.warnings)


@pytest.mark.parametrize("read", ["always", "never"])
def test_numbers_that_are_asked_for_or_refused_by_name_make_another_run(
    clip: Clip, tmp_path: Path, install: Install, read: str
) -> None:
    install(None if read == "always" else "7")
    observe(clip, tmp_path / "run")
    install("7")
    settings = {"numbers": {**SMALL["numbers"], "read": read}}
    with pytest.raises(UsageError, match=r"holds another run \(numbers\.read was 'auto'"):
        observe(clip, tmp_path / "run", settings=settings)


def test_a_faster_device_is_no_other_run_and_said_where_frames_follow(
    clip: Clip, tmp_path: Path, install: Install
) -> None:
    install(None)
    observe(clip, tmp_path / "run", frames=20)
    change_inputs(
        tmp_path / "run", lambda inputs: inputs["models"].update(detector={"provider": "CUDA"})
    )
    report = observe(clip, tmp_path / "run")
    assert any("looked at the first 20 frames with CUDA" in text for text in report.warnings)


def test_settings_that_a_later_version_brought_make_no_other_run(
    clip: Clip, tmp_path: Path, install: Install
) -> None:
    install(None)
    observe(clip, tmp_path / "run", frames=20)
    change_inputs(tmp_path / "run", lambda inputs: inputs["shots"].popitem())
    change_inputs(tmp_path / "run", lambda inputs: inputs["camera"].update(bygone=1))
    report = observe(clip, tmp_path / "run")
    (warning,) = (text for text in report.warnings if "earlier version" in text)
    assert "without shots." in warning


def test_a_run_from_before_shirts_and_numbers_goes_on_without_them(
    clip: Clip, tmp_path: Path, install: Install
) -> None:
    install("7")
    without = {"shirts": {"enabled": False}, "numbers": {"read": "never"}}
    observe(clip, tmp_path / "run", frames=20, settings=without)
    change_inputs(tmp_path / "run", lambda inputs: inputs.pop("shirts"))
    change_inputs(tmp_path / "run", lambda inputs: inputs.pop("numbers"))
    with pytest.raises(UsageError, match=r"shirts\.enabled was False, now True"):
        observe(clip, tmp_path / "run", settings={"shirts": {"enabled": True}})
    for frames in (20, None):
        report = observe(clip, tmp_path / "run", frames=frames, settings={"numbers": {}})
        assert len([text for text in report.warnings if "stays without" in text]) == 2
    with ObservationStore.open(tmp_path / "run" / "observations.sqlite") as store:
        assert all(one.detections.shirts is None for one in store)


def test_another_clip_or_part_of_it_is_another_run(clip: Clip, tmp_path: Path) -> None:
    settings = {"models": {"detections": str(clip.detections)}}
    request = RunRequest(str(clip.video), tmp_path, settings, draw_video=False)
    with pytest.raises(Interrupted):
        track_run(request, quiet, lambda: True)
    with pytest.raises(UsageError, match=r"another run \(end was none, now 1\.0\).*another folder"):
        observe_run(RunRequest(str(clip.video), tmp_path, settings, end=1.0), quiet, lambda: False)
