"""Settings, lists of sequences and search spaces: any YAML, any value, any name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fuzz.hostile_inputs import ODD_VALUES, WORDS, broken, survives, tried, wrong
from hypothesis import strategies as st

from touchline.config import check_config, load_config, setting_names
from touchline.foreign_text import ForeignTextError, json_values, literal_values, yaml_values
from touchline.gallery.config import GalleryConfig
from touchline.reid.prepare_config import PrepareConfig
from touchline.run.config import RunConfig
from touchline.simulation.config import SimulationConfig
from touchline.training.detector.config import DetectorTrainConfig
from touchline.training.reid.config import TrainConfig
from touchline.tuning.search_space import read_space
from touchline.tuning.sequences import read_sequences

KINDS = (
    *(RunConfig, GalleryConfig, PrepareConfig, SimulationConfig, DetectorTrainConfig, TrainConfig),
)
YAML = [
    b"tracker:\n  max_lost_seconds: 8\n  reentry: {enabled: true}\ndraw:\n  header: 'a: b'\n",
    b"detector:\n  size: [640, 384]\n  classes: {0: player}\nmodels: {reid: colour}\n",
    b"# nothing\n", b"tracker: &a {min_score: .1}\nlink: *a\n", b"? [a]\n: 1\n", b"- 1\n- 2\n",
    b"a: !!float 1\n<<: {b: 2}\n", b"- >\n  folded\n- |\n  kept\n",
]  # fmt: skip


def test_broken_settings_files_are_one_line(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"

    def check(content: bytes) -> None:
        file.write_bytes(content)
        for kind in KINDS:
            survives(lambda kind=kind: load_config(kind, file))  # type: ignore[misc]
        survives(lambda: read_space(file, RunConfig()))
        survives(lambda: read_sequences(file))

    tried("settings files", broken(YAML), check, 70)


def test_odd_values_of_any_setting_are_one_line() -> None:
    names = [(kind, name) for kind in KINDS for name in setting_names(kind)]
    texts = [word.decode("utf-8", "surrogateescape") for word in WORDS]
    texts += ["*a", "&a", "!!int x", "[1, 2", "{a: b", "2026-13-45", "1:30", ".inf", "[[[]]]"]

    def check(asked: tuple[Any, str]) -> None:
        (kind, name), text = asked
        survives(lambda: load_config(kind, overrides=[f"{name}={text}"]))
        survives(lambda: load_config(kind, overrides=[f"{name}.{text}={text}"]))

    def check_value(asked: tuple[Any, Any]) -> None:
        (kind, name), value = asked
        survives(lambda: load_config(kind, overrides=[(name, value)]))

    tried("settings", st.tuples(st.sampled_from(names), st.sampled_from(texts)), check, 150)
    odd = st.sampled_from([*ODD_VALUES, 10**5000, b"\xff", {1: 2}, object(), 1j, ()])
    tried("values from Python", st.tuples(st.sampled_from(names), odd), check_value, 200)


def test_odd_trees_of_settings_are_one_line() -> None:
    whole = RunConfig().model_dump(mode="json")

    def check(value: Any) -> None:
        if isinstance(value, dict):
            survives(lambda: check_config(RunConfig, value))

    tried("trees of settings", wrong(whole), check, 200)


def test_broken_lists_of_sequences_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "gt.txt").write_text("1,1,10,20,30,40,1\n")
    one = {"truth": "gt.txt", "detections": "gt.txt", "name": "a", "image_size": [1280, 720]}
    two = {"truth": "./gt.txt", "run": "run", "scale": 1.5, "match": "derby", "weight": 2}
    file = tmp_path / "sequences.yaml"

    def check(value: Any) -> None:
        file.write_text(json.dumps(value))  # which is YAML as well
        survives(lambda: read_sequences(file))

    tried("lists of sequences", wrong({"train": [one, two], "validation": [two]}), check, 200)
    space = {"tracker.min_score": [0.1, 0.5], "tracker": {"fusion": ["min", "additive"]}}

    def check_space(value: Any) -> None:
        file.write_text(json.dumps(value))
        survives(lambda: read_space(file, RunConfig()))

    tried("search spaces", wrong(space), check_space, 120)


def test_any_text_is_values_or_a_reason_of_one_line() -> None:
    def check(content: bytes) -> None:
        text = content.decode("utf-8", "surrogateescape")
        for read in (yaml_values, json_values, literal_values):
            reason = None
            try:
                read(text)
            except ForeignTextError as error:
                reason = str(error)
            assert reason is None or len(reason.splitlines()) == 1

    seeds = [*YAML, b'{"a": [1, 2.5, null, "\\u00e9"]}', b"{0: 'a', 1: (1, -2), 'x': {1, 2}}"]
    tried("YAML, JSON, literals", broken(seeds), check, 200)
