"""The notebook runs from its first cell to its last, and is kept without what it printed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
NOTEBOOK = EXAMPLES / "clip_to_plots.ipynb"


def cells(kind: str) -> list[dict[str, Any]]:
    content = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    return [cell for cell in content["cells"] if cell["cell_type"] == kind]


def test_the_notebook_goes_from_the_clip_to_plots(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pandas")
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    monkeypatch.chdir(EXAMPLES)
    code = ["".join(cell["source"]) for cell in cells("code")]
    quick = [("END = 10.0", "END = 1.0"), ("end=END)", "end=END, detections=TRUTH, reid='none')")]
    for cell, (said, instead) in enumerate(quick):
        assert said in code[cell]
        code[cell] = code[cell].replace(said, instead)
    names: dict[str, Any] = {"__name__": "notebook"}
    for number, text in enumerate(code, 1):
        exec(compile(text, f"{NOTEBOOK.name}, code cell {number}", "exec"), names)
    assert re.search(r"HOTA 0\.\d+, IDF1 0\.\d+\n", capsys.readouterr().out)
    plots = names["plt"]
    assert [len(plots.figure(n).axes) for n in plots.get_fignums()] == [1, 1, 1]
    plots.close("all")


def test_the_notebook_is_kept_without_outputs_and_stands_in_the_list() -> None:
    for cell in cells("code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        assert cell["metadata"] == {}
    assert f"]({NOTEBOOK.name})" in (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert NOTEBOOK.stat().st_size < 20_000
