"""Says how many inputs each reader saw, where hours were asked for."""

from __future__ import annotations

import os

import pytest
from fuzz.hostile_inputs import SECONDS, TRIED


@pytest.fixture(autouse=True)
def no_waiting_for_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written here need not outlive a power cut."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not SECONDS:
        return
    terminalreporter.section("hostile inputs")
    for name, (count, seconds) in sorted(TRIED.items()):
        terminalreporter.write_line(f"{name:30} {count:9} inputs {seconds:9.1f} s")
