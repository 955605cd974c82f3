"""The blocks of code in the documentation, with the place where each stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    *(
        ROOT / name
        for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md")
    ),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "src").rglob("*.md")),
]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its page, the line of its first line, its language and its text."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks() -> list[Block]:
    """Every block of every page, in order."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in _BLOCK.finditer(text):
            line = text.count("\n", 0, match.start(2)) + 1
            name = page.relative_to(ROOT).as_posix()
            found.append(Block(name, line, match[1], match[2]))
    return found


def inline_code() -> list[Block]:
    """Every piece of code inside a line of text."""
    found = []
    for page in PAGES:
        text = _BLOCK.sub(
            lambda match: "\n" * match[0].count("\n"), page.read_text(encoding="utf-8")
        )
        for match in re.finditer(r"`([^`]+)`", text):
            line = text.count("\n", 0, match.start(1)) + 1
            words = re.sub(r"\s+", " ", match[1])
            found.append(Block(page.relative_to(ROOT).as_posix(), line, "", words))
    return found
