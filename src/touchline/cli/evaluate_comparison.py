"""Output of ``evaluate`` for several results: a column each, the best one marked."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from touchline.evaluation.comparison import Difference, TrackComparison

FORMATS = ("table", "markdown", "latex")

_SHARES = ("HOTA", "DetA", "AssA", "MOTA", "IDF1")
_UNLIMITED = 100_000  # columns: piped output is never wrapped or cut
_LATEX = str.maketrans({mark: f"\\{mark}" for mark in "&%$#_{}"})


def print_comparison(comparison: TrackComparison, form: str) -> None:
    """Print the scores side by side in one of ``FORMATS``, and what the intervals mean."""
    if form == "table":
        _print_table(comparison)
        print(f"\n{_note(comparison)}")
    elif form == "markdown":
        print(_markdown(comparison))
        print(f"\n{_note(comparison)}")
    else:
        print(_latex(comparison))
        print(f"% {_note(comparison)}")


def _note(comparison: TrackComparison) -> str:
    from touchline.evaluation.comparison import FEWEST, RESAMPLES

    if len(comparison.names) == 1:
        return f"{comparison.sequences} sequences."
    first = f"Differences are to {comparison.names[0]}"
    if comparison.sequences < FEWEST:
        return (
            f"{first}. {comparison.sequences} sequences are too few for an interval: {FEWEST} are "
            "needed."
        )
    return (
        f"{first}; 95 % intervals over the {comparison.sequences} sequences ({RESAMPLES} bootstrap "
        "samples): how much hangs on which sequences were at hand. * leaves 0 out."
    )


def _cell(
    comparison: TrackComparison, score: str, place: int, bold: Callable[[str], str]
) -> tuple[str, str]:
    """The value, in bold where it is the best and not all are, and the difference."""
    value, best = comparison.scores[score][place], comparison.best(score)
    text = _number(score, value)
    if place in best and len(best) < len(comparison.names):
        text = bold(text)
    if not place:
        return text, ""
    return text, _told(score, comparison.differences[score][place - 1])


def _number(score: str, value: float, sign: str = "") -> str:
    return f"{100 * value:{sign}.1f}" if score in _SHARES else f"{value:{sign}.0f}"


def _told(score: str, difference: Difference) -> str:
    text = _number(score, difference.value, "+")
    if difference.low is None or difference.high is None:
        return text
    low, high = (_number(score, end, "+") for end in (difference.low, difference.high))
    return f"{text} [{low}, {high}]{'*' if difference.is_sure else ''}"


def _print_table(comparison: TrackComparison) -> None:
    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console.width = _UNLIMITED
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("")
    for place, name in enumerate(comparison.names):
        table.add_column(Text(name), justify="right", no_wrap=True, overflow="ellipsis")
        if place:
            table.add_column("", no_wrap=True)
    for score in comparison.scores:
        cells: list[Text] = []
        for place in range(len(comparison.names)):
            value, difference = _cell(comparison, score, place, lambda text: f"\0{text}")
            marked = value.startswith("\0")
            cells.append(Text(value.lstrip("\0"), style="bold" if marked else ""))
            if place:
                cells.append(Text(difference))
        table.add_row(score, *cells)
    console.print(table)


def _markdown(comparison: TrackComparison) -> str:
    names = [name.replace("|", "\\|") for name in comparison.names]
    lines = [f"| | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    for score in comparison.scores:
        cells = [
            " ".join(filter(None, _cell(comparison, score, place, lambda text: f"**{text}**")))
            for place in range(len(names))
        ]
        lines.append(f"| {score} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _latex(comparison: TrackComparison) -> str:
    names = [name.translate(_LATEX) for name in comparison.names]
    lines = [
        f"\\begin{{tabular}}{{l{'r' * len(names)}}}",
        f" & {' & '.join(names)} \\\\",
        "\\hline",
    ]
    for score in comparison.scores:
        cells = []
        for place in range(len(names)):
            value, told = _cell(comparison, score, place, lambda text: f"\\textbf{{{text}}}")
            cells.append(f"{value} {{\\small {told}}}" if told else value)
        lines.append(f"{score} & {' & '.join(cells)} \\\\")
    return "\n".join([*lines, "\\end{tabular}"])
