"""Terminal output of ``reid evaluate``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from touchline.evaluation.reid import ReidEvaluation
    from touchline.metrics.retrieval_scores import Retrieval

_UNLIMITED = 100_000  # columns: piped output is never wrapped or cut
_SHARES = {"rank1": "rank 1", "rank5": "rank 5", "rank10": "rank 10", "mINP": "mINP"}


def print_evaluation(evaluation: ReidEvaluation) -> None:
    """A row of scores in percent for all crops, each appearance change and each group."""
    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console.width = _UNLIMITED
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("crops", no_wrap=True)
    for name in ("queries", "mAP", "95 %", *_SHARES.values()):
        table.add_column(name, justify="right", no_wrap=True)
    for section in _sections(evaluation):
        for name, scored in section.items():
            table.add_row(name, *_cells(scored))
        table.add_section()
    console.print(table)
    left_out = evaluation.original.left_out
    print(
        f"\n{len(evaluation.query)} queries, {left_out} of them without a true match; "
        f"{len(evaluation.gallery)} crops in the gallery"
    )


def _sections(evaluation: ReidEvaluation) -> Iterator[Mapping[str, Retrieval]]:
    """Sections of rows that belong together, by row name."""
    extra = {
        "re-ranked": evaluation.reranked,
        "within one team": evaluation.within_team,
        "one clip a match": evaluation.one_clip_a_match,
    }
    yield {
        "original": evaluation.original,
        **{name: scored for name, scored in extra.items() if scored is not None},
    }
    yield evaluation.variants
    yield {f"height {name}": scored for name, scored in evaluation.by_height.items()}
    yield {f"gap {name}": scored for name, scored in evaluation.by_gap.items()}


def _cells(scored: Retrieval) -> Iterator[str]:
    """Percentages; empty where there is no number."""
    scores = scored.scores()
    low, high = scored.intervals()["mAP"]
    yield str(len(scored))
    yield _percent(scores["mAP"])
    yield "" if low != low else f"{_percent(low)}-{_percent(high)}"
    for name in _SHARES:
        yield _percent(scores[name])


def _percent(share: float) -> str:
    return "" if share != share else f"{100 * share:.1f}"
