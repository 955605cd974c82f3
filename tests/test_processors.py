"""How many processors may be used: the machine's, as far as the container allows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from touchline import processors
from touchline.processors import cpu_quota, most_threads, usable_cores


def text(file: Path, content: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content + "\n")
    return file


def test_no_control_group_is_no_limit(tmp_path: Path) -> None:
    assert cpu_quota(tmp_path / "none", tmp_path / "neither") is None
    own = text(tmp_path / "own", "0::/a")
    text(tmp_path / "a" / "cpu.max", "max 100000")
    assert cpu_quota(tmp_path, own) is None


@pytest.mark.parametrize(
    ("files", "own", "quota"),
    [
        ({"cpu.max": "250000 100000"}, "0::/", 2.5),
        # A group above may allow less than the own one.
        ({"a/cpu.max": "50000 100000", "a/b/cpu.max": "200000 100000"}, "0::/a/b", 0.5),
        # The name from outside of the container is not there.
        ({"cpu.max": "150000 100000"}, "0::/docker/0123", 1.5),
        (
            {"cpu/x/cpu.cfs_quota_us": "300000", "cpu/x/cpu.cfs_period_us": "100000"},
            "5:memory:/y\n4:cpu,cpuacct:/x",
            3.0,
        ),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, "4:cpu:/", None),
        ({"cpu.max": "broken"}, "0::/\nalso broken", None),
    ],
)
def test_the_least_limit_of_all_groups_above_counts(
    files: dict[str, str], own: str, quota: float | None, tmp_path: Path
) -> None:
    for name, content in files.items():
        text(tmp_path / "groups" / name, content)
    assert cpu_quota(tmp_path / "groups", text(tmp_path / "own", own)) == quota


def test_two_hardware_threads_are_one_core(tmp_path: Path) -> None:
    for processor, siblings in ((0, "0,4"), (4, "0,4"), (1, "1,5")):
        text(tmp_path / f"cpu{processor}" / "topology" / "thread_siblings_list", siblings)
    assert processors._physical_cores([0, 1, 4], tmp_path) == 2
    assert processors._physical_cores([0, 1, 2], tmp_path) == 3  # of 2 nothing is known
    assert processors._physical_cores([], tmp_path) == 1


@pytest.mark.parametrize(("quota", "threads"), [(None, 0), (0.5, 1), (1.5, 2), (1000.0, 1000)])
def test_threads_fit_the_limit_and_the_machine(
    quota: float | None, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processors, "cpu_quota", lambda: quota)
    usable_cores.cache_clear()
    try:
        assert most_threads() == threads
        assert 1 <= usable_cores() <= min(threads or 1000, os.cpu_count() or 1)
    finally:
        usable_cores.cache_clear()
