"""The command ``touchline tune``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tuning_scenes import write_list, write_yaml


def touchline(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "touchline", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_tune_writes_settings_that_link_takes(tmp_path: Path) -> None:
    sequences = write_list(tmp_path, train=2, validation=6)
    space = write_yaml(tmp_path / "space.yaml", {"tracker.max_lost_seconds": [0.1, 5.0]})
    out = tmp_path / "out"
    settings = ("-s", "tracker.max_lost_seconds=0.3", "-s", "tracker.reentry.enabled=false")
    result = touchline(
        *("tune", sequences, "--out", out, "--trials", 6, "--space", space, *settings)
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""  # Optuna keeps silent
    lines = result.stdout.splitlines()
    assert lines[0].startswith("  tracker.max_lost_seconds: 0.3 -> ")
    assert lines[1].startswith("The tuned settings are better: +")
    assert lines[2] == f"settings and report in {out}"
    assert {file.name for file in out.iterdir()} == {
        *("tuned.yaml", "report.md", "study.log", "study.lock")
    }


def test_tune_refuses_in_one_line(tmp_path: Path) -> None:
    sequences = write_list(tmp_path, train=1, validation=1)
    result = touchline("tune", sequences, "--out", tmp_path / "out", "--objective", "mota")
    assert result.returncode == 2
    assert result.stderr.startswith("touchline: --objective 'mota': unknown score 'mota'")
    assert result.stderr.count("\n") == 1
