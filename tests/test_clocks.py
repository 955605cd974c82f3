"""A clock that is set back or forward changes nothing: no part of a run asks what time it is."""

from __future__ import annotations

import ast
from pathlib import Path

import touchline

SOURCE = Path(touchline.__file__).parent

ASKS = {
    "cli/arguments.py": "the folder of a live recording is named by date and time",
    "edits/history.py": "an edit says when it was made, and nothing is decided by it",
    "review/session.py": "a seed",
}


def test_what_a_run_makes_does_not_depend_on_the_time_of_day() -> None:
    found = set()
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                asked = f"{node.value.id}.{node.attr}"
                if asked in ("time.time", "time.time_ns", "datetime.now", "date.today"):
                    found.add(file.relative_to(SOURCE).as_posix())
    assert found == set(ASKS)
