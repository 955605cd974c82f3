"""Options that several commands share mean the same on each, and say it in the same words."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clips import Clip
from typer.main import get_command
from typer.testing import CliRunner

from touchline.cli.main import app
from touchline.errors import UsageError

OF_ITS_COMMAND = {
    "--out", "--reid", "--video", "--truth", "--scale", "--match-pattern", "--matches", "--split",
    "--data", "--checkpoint", "--precision", "--format", "--number", "--csv", "--workers",
    "--jsonl", "--help",
}  # fmt: skip
"""Options whose value is another thing for each command."""


def touchline(*words: object) -> str:
    result = CliRunner().invoke(app, [*map(str, words)])
    if isinstance(result.exception, UsageError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def parts(command: Any) -> Iterator[Any]:
    """Every option of every command."""
    for below in getattr(command, "commands", {}).values():
        yield from parts(below)
    yield from (part for part in command.params if part.param_type_name == "option")


def test_an_option_has_one_wording_wherever_it_stands() -> None:
    told: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for part in parts(get_command(app)):
        told[max(part.opts, key=len)].append((part.opts, part.metavar, part.help))
    assert len(told["--json"]) > 10
    assert len(told["--set"]) > 10
    for name, wordings in told.items():
        if name not in OF_ITS_COMMAND:
            assert all(one == wordings[0] for one in wordings), (name, wordings)


@pytest.mark.parametrize("command", ["info CLIP", "models", "simulate RUN --seconds 0.2"])
def test_json_is_a_file_beside_the_words_or_alone_on_standard_output(
    command: str, clip: Clip, tmp_path: Path
) -> None:
    places = {"CLIP": clip.video, "RUN": tmp_path / "run"}
    words = [places.get(word, word) for word in command.split()]
    again = ["--overwrite"] if "simulate" in words else []
    alone = json.loads(touchline(*words, "--json", "-"))
    file = tmp_path / "result.json"
    file.write_text("what stood there before")
    said = touchline(*words, *again, "--json", file).splitlines()
    assert f"json:    {file}" in said
    assert len(said) > 2
    written = json.loads(file.read_text())
    assert type(written) is type(alone)
    if not again:  # the report of a run tells its time
        assert written == alone


def test_json_names_a_file_and_no_option(clip: Clip, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--json --no-video: give a file after --json, or - for"):
        touchline("track", clip.video, "--out", tmp_path / "run", "--json", "--no-video")
    with pytest.raises(UsageError, match="is a folder; name a file in it"):
        touchline("info", clip.video, "--json", tmp_path)
    with pytest.raises(UsageError, match=r"the folder .*nowhere is missing or not writable"):
        touchline("models", "--json", tmp_path / "nowhere" / "a.json")
    assert not (tmp_path / "run").exists()
