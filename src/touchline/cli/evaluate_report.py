"""Terminal output of ``evaluate``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from touchline.formats.frame_numbers import frame_number

if TYPE_CHECKING:
    from touchline.evaluation.tracks import TrackEvaluation
    from touchline.metrics.ceilings import Ceilings

_SHARES = ("HOTA", "DetA", "AssA", "MOTA", "IDF1")
_CEILINGS = ("HOTA", "AssA", "IDF1")
_OUTCOMES = ("kept", "new", "stolen")
_UNLIMITED = 100_000  # columns: piped output is never wrapped or cut


def print_evaluation(evaluation: TrackEvaluation, worst: int) -> None:
    """Print the scores, what became of returning players, and the ``worst`` moments."""
    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console.width = _UNLIMITED
    console.print(_score_table(evaluation))
    print()
    if (highest := evaluation.combined_ceilings) is not None:
        console.print(_ceiling_table(evaluation.combined.as_json(), highest.as_json()))
        print()
        for line in _losses(evaluation.combined.hota.overall, highest):
            print(line)
    for line in _reentry_lines(evaluation.combined.reentry.as_json()):
        print(line)
    shown = evaluation.mistakes[:worst]
    if not shown:
        return
    several = len(evaluation.sequences) > 1
    print(f"\nWorst moments ({len(shown)} of {len(evaluation.mistakes)}):")
    console.print(_mistake_table(evaluation, worst, several))


def _score_table(evaluation: TrackEvaluation) -> Table:
    table = _table("sequence")
    for name in (*_SHARES, "IDSW", *_OUTCOMES):
        table.add_column(name, justify="right", no_wrap=True)
    for name, scores in evaluation.sequences.items():
        table.add_row(Text(name), *_score_cells(scores.as_json()))
    if len(evaluation.sequences) > 1:
        table.add_section()
        table.add_row("COMBINED", *_score_cells(evaluation.combined.as_json()), style="bold")
    return table


def _score_cells(scores: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{100 * scores[name]:.1f}" for name in _SHARES)
    yield str(scores["IDSW"])
    yield from (str(scores["reentry"][name]) for name in _OUTCOMES)


def _ceiling_table(scores: Mapping[str, Any], highest: Mapping[str, Any]) -> Table:
    table = _table("the same boxes")
    for name in _CEILINGS:
        table.add_column(name, justify="right", no_wrap=True)
    for label, row in (
        ("as written", scores),
        ("perfect joining", highest["perfect_joining"]),
        ("perfect identities", highest["perfect_identities"]),
    ):
        table.add_row(label, *(f"{100 * row[name]:.1f}" for name in _CEILINGS))
    return table


def _losses(hota: float, highest: Ceilings) -> Iterator[str]:
    """What the HOTA that is missing to 100 is lost by, and whose fault that is."""
    joining, boxes = highest.joining.hota.overall, highest.identities.hota.overall
    yield (
        f"{highest.tracklets} tracklets, purity {100 * highest.purity:.1f} %. Of the "
        f"{100 * (1.0 - hota):.1f} HOTA missing to 100"
    )
    for lost, what in (
        (joining - hota, "tracklets joined to somebody else or to nobody: the linking"),
        (boxes - joining, "two people in one tracklet: the tracker"),
        (1.0 - boxes, "missed, false and loose boxes: the detector"),
    ):
        yield f"{100 * max(lost, 0.0):9.1f}  {what}"
    yield ""


def _reentry_lines(reentry: Mapping[str, Any]) -> Iterator[str]:
    """One sentence, and the counts by length of absence."""
    judged = sum(reentry[name] for name in _OUTCOMES)
    unmatched = reentry["unmatched"]
    if not judged:
        yield (
            f"{_returns(unmatched)} after at least a second, none of them found before and after."
            if unmatched
            else "Nobody came back after at least a second."
        )
        return
    kept, new, stolen = (reentry[name] for name in _OUTCOMES)
    yield (
        f"{_returns(judged)} after at least a second: {kept} kept their identity,\n"
        f"{new} got a new one, {stolen} got somebody else's."
        + (f" {unmatched} more were not found before or after." if unmatched else "")
    )
    yield ""
    yield f"{'absence':>9}  {'kept':>5}  {'new':>5}  {'stolen':>6}"
    for absence, counts in reentry["by_absence"].items():
        kept, new, stolen = (counts[name] for name in _OUTCOMES)
        yield f"{absence:>9}  {kept:>5}  {new:>5}  {stolen:>6}"


def _returns(count: int) -> str:
    return f"{count} return" if count == 1 else f"{count} returns"


def _mistake_table(evaluation: TrackEvaluation, worst: int, several: bool) -> Table:
    table = _table("sequence" if several else None)
    for name in ("time", "frame", "kind", "person", "id", "whose", "lasts"):
        left = name in ("kind", "id")
        table.add_column(name, justify="left" if left else "right", no_wrap=True)
    for name, one in evaluation.mistakes[:worst]:
        cells = [
            f"{int(one.time) // 60}:{int(one.time) % 60:02}",
            str(frame_number(one.frame)),
            one.kind,
            str(one.identity),
            f"{one.before} > {one.after}",
            "" if one.owner is None else str(one.owner),
            f"{one.seconds:.1f} s",
        ]
        table.add_row(*([Text(name)] if several else []), *cells)
    return table


def _table(first: str | None) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    if first is not None:
        # Only names may be cut, and only where the terminal is narrow.
        table.add_column(first, no_wrap=True, overflow="ellipsis", min_width=8)
    return table
