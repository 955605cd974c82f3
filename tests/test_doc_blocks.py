"""Programs, commands and settings in the documentation work as they stand there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from clips import make_clip
from doc_blocks import Block, blocks, inline_code
from typer.main import get_command

from touchline.cli.main import app
from touchline.cli.settings_command import setting_trees
from touchline.config import setting_names
from touchline.models.shipped import DETECTOR, model_file
from touchline.run.config import RunConfig
from touchline.run.request import RunRequest
from touchline.run.track import track_run

PROGRAMS = [block for block in blocks() if block.language == "python"]
NOT_RUN = {"net.pth": "it needs the checkpoint of another project"}
"""What programs name that are only compiled, and why."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the programs name: a clip, its boxes, its truth, a run."""
    there = tmp_path_factory.mktemp("docs")
    clip = make_clip(there, frames=12)
    rows = [row.split(",") for row in clip.detections.read_text().splitlines()]
    truth = [",".join([row[0], str(n % 4 + 1), *row[2:]]) for n, row in enumerate(rows)]
    for name in ("truth.txt", "derby.gt.txt"):
        (there / name).write_text("\n".join(truth) + "\n")
    (there / "model.onnx").write_bytes(model_file(DETECTOR).read_bytes())
    settings = {"models": {"detections": str(clip.detections), "reid": "none"}}
    for name in ("match", "derby"):
        video = there / f"{name}.mp4"
        video.write_bytes(clip.video.read_bytes())
        request = RunRequest(str(video), there / "runs" / name, settings, draw_video=False)
        track_run(request, lambda _s, _d, _t: None, lambda: False)
    return there


@pytest.mark.parametrize("block", PROGRAMS, ids=str)
@pytest.mark.filterwarnings("ignore:nobody is tracked")
def test_a_program_runs_as_it_stands(
    block: Block, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = compile(block.text, str(block), "exec")
    imported = re.findall(r"^(?:import|from) (\w+)", block.text, re.MULTILINE)
    missing = [name for name in imported if find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed here")
    for name, why in NOT_RUN.items():
        if f'"{name}"' in block.text:
            pytest.skip(why)
    monkeypatch.chdir(folder)
    exec(program, {"__name__": str(block)})


def command_words(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its words."""
    if hasattr(command, "commands"):
        for name, below in command.commands.items():
            yield from command_words(below, f"{path} {name}".strip())
    else:
        yield path, command


COMMANDS = dict(command_words(get_command(app)))
GROUPS = {name.rsplit(" ", 1)[0] for name in COMMANDS if " " in name}
TREES = {
    command: setting_names(tree.kind)
    for tree in setting_trees().values()
    for command in tree.commands
}


def command_lines() -> Iterator[tuple[Block, list[str]]]:
    """Each command of ours in a block or a text, as words."""
    for block in blocks():
        if block.language in ("python", "yaml", "json"):
            continue
        joined = block.text.replace("\\\n", " ")
        for line in joined.splitlines():
            yield from _ours(block, line)
    for block in inline_code():
        yield from _ours(block, block.text)


def _ours(block: Block, line: str) -> Iterator[tuple[Block, list[str]]]:
    line = re.sub(r"^(\$ )?(.*-m touchline |touchline )", "touchline ", line.strip())
    if not line.startswith("touchline "):
        return
    try:
        words = shlex.split(line.split(" | ")[0].split(" > ")[0].split(" && ")[0], comments=True)
    except ValueError:
        words = line.split()
    yield block, words[1:]


def wrong_with(words: list[str]) -> str | None:
    """What no command of ours would take in these words; None where all is well."""
    if words[0].startswith("-") or words[0].isupper():  # --version, COMMAND
        return None
    name = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in COMMANDS), None)
    if name is None:
        return None if words[0] in GROUPS and len(words) == 1 else "no such command"
    known = {option for part in COMMANDS[name].params for option in part.opts}
    wrong = None
    for before, word in pairwise(words):
        option = word.split("=")[0]
        if before in ("-s", "--set") and name in TREES:
            setting = word.split("=")[0]
            if setting.isupper() or "..." in setting:
                continue
            if setting not in TREES[name] and not setting.endswith(".*"):
                wrong = f"no setting {setting} of touchline {name}"
        elif re.fullmatch("--?[a-z][a-z-]*", option) and option not in known | {"--help", "-h"}:
            wrong = f"no option {option} of touchline {name}"
    return wrong


def test_every_command_in_the_documentation_exists_with_its_options_and_settings() -> None:
    lines = list(command_lines())
    wrong = [
        f"{block}: touchline {' '.join(words)}: {reason}"
        for block, words in lines
        if words and (reason := wrong_with(words)) is not None
    ]
    assert not wrong, "\n".join(wrong)
    assert len(lines) > 100


def test_a_command_that_does_not_exist_would_be_found() -> None:
    assert wrong_with(["trakc", "a.mp4"]) == "no such command"
    assert wrong_with(["track", "a.mp4", "--fast"]) == "no option --fast of touchline track"
    said = wrong_with(["link", "RUN", "-s", "tracker.max_lost=3"])
    assert said == "no setting tracker.max_lost of touchline link"
    assert wrong_with(["reid", "train", "--data", "x", "-s", "stages=1"]) is not None


def test_every_setting_that_a_text_names_exists() -> None:
    known = {name for names in TREES.values() for name in names}
    parts = {name.rsplit(".", n)[0] for name in known for n in (1, 2)}
    wrong = []
    for block in inline_code():
        name = block.text.split("=")[0].split(":")[0].strip()
        if (
            not re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", name)
            or name.split(".")[0] not in RunConfig.model_fields
            or name.endswith(".csv")  # positions.csv is a file, positions.smooth_seconds a setting
        ):
            continue
        if name not in known | parts:
            wrong.append(f"{block}: {name}")
    assert not wrong, "\n".join(wrong)


def test_every_block_of_settings_is_yaml() -> None:
    found = [block for block in blocks() if block.language == "yaml"]
    for block in found:
        yaml.safe_load(block.text)
    assert found
