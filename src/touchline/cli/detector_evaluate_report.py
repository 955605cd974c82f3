"""Terminal output of ``detector evaluate``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from touchline.evaluation.detector import DetectorEvaluation, GroupScores

_UNLIMITED = 100_000  # columns: piped output is never wrapped or cut


def print_evaluation(evaluation: DetectorEvaluation) -> None:
    """A row for all people and one for each role, then people by height, in percent."""
    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console.width = _UNLIMITED
    wanted = f"{100 * evaluation.precision:g}"
    table = _table(
        "who",
        "true",
        "AP50",
        "95 %",
        "AP50-95",
        "95 %",
        f"recall at P{wanted}",
        "score",
        "recall of all",
    )
    for name, scores in evaluation.groups.items():
        table.add_row(name, *_cells(scores))
    console.print(table)
    print()
    table = _table("people by height", "true", "AP50", f"recall at P{wanted}")
    for name, height in evaluation.heights.items():
        cells = _percent(height.ap50), _percent(height.recall)
        table.add_row(name, str(height.true_boxes), *cells)
    console.print(table)
    print()
    table = _table("people by others near", "true", f"recall at P{wanted}", "recall of all")
    for name, near in evaluation.standing.items():
        cells = _percent(near.recall), _percent(near.recall_of_all)
        table.add_row(name, str(near.true_boxes), *cells)
    console.print(table)
    print()
    if evaluation.doubles == evaluation.doubles:
        print(f"{evaluation.doubles:.3f} double boxes a person")
    print(f"{evaluation.images} images, {evaluation.milliseconds:.1f} ms each (median)")


def _table(first: str, *names: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column(first, no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _cells(scores: GroupScores) -> Iterator[str]:
    chosen = scores.chosen
    yield str(scores.true_boxes)
    yield _percent(scores.ap50)
    yield _range(scores.ap50_interval)
    yield _percent(scores.ap)
    yield _range(scores.ap_interval)
    yield "-" if chosen is None else _percent(chosen.recall)
    yield "-" if chosen is None else f"{chosen.score:.3f}"
    yield _percent(scores.recall)


def _range(interval: tuple[float, float]) -> str:
    low, high = interval
    return "" if low != low else f"{_percent(low)}-{_percent(high)}"


def _percent(share: float) -> str:
    return "-" if share != share else f"{100 * share:.1f}"
