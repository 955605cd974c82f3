"""Small matrices are worked on by one thread, unless somebody asks for more."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import os, sys
import touchline.cli
assert "numpy" not in sys.modules, "it would not ask again"
print(os.environ.get("OPENBLAS_NUM_THREADS"))
"""


@pytest.mark.parametrize(
    ("asked", "threads"),
    [({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3"), ({"OMP_NUM_THREADS": "2"}, "None")],
)
def test_the_command_shares_no_small_matrix_out_among_threads(
    asked: dict[str, str], threads: str
) -> None:
    others = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=others | asked,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == threads
