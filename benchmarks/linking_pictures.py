"""The two pictures of docs/linking.md: a clip's tracklets before and after, and one join explained.

    python -m benchmarks.linking_pictures RUN [--join TRACKLET] [--out FOLDER]

RUN is a linked run folder with ``link.method: global``; those of the page are of the demo clip
(``touchline demo``), which is rendered and free. ``--join`` names the later tracklet of the join
that is explained, by its number in ``links.json``; else it is the likeliest one that motion, team
and appearance all have a say in. Writes linking-timeline.png and linking-join.png.
"""

from __future__ import annotations

import argparse
import json
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from touchline.observations import ObservationStore

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#17becf")
ALONE, LINE = "#9a9a9a", "#d9d9d9"
FOR, AGAINST, SUM = "#2ca02c", "#d62728", "#333333"
TERMS = ("appearance", "motion", "team", "number", "unseen", "prior")
DOTS_PER_INCH = 110
BAR = 0.7  # share of a row


@dataclass(frozen=True)
class Tracklet:
    """One tracklet of ``links.json``: its number, identity, and first and last second."""

    number: int
    identity: int
    start: float
    end: float


@dataclass(frozen=True)
class Join:
    """Why a tracklet was joined to the earlier ``after``; log odds are natural logarithms."""

    tracklet: int
    identity: int
    after: int
    log_odds: float
    margin: float
    evidence: dict[str, float]
    runner_up: tuple[int, float] | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="a linked run folder")
    parser.add_argument("--join", type=int, help="the later tracklet of the join to explain")
    parser.add_argument("--out", type=Path, default=Path("docs/images"), help="folder to write to")
    options = parser.parse_args()
    tracklets, joins = read_links(options.run / "links.json")
    options.out.mkdir(parents=True, exist_ok=True)
    file = options.out / "linking-timeline.png"
    draw_timeline(tracklets, joins, cut_times(options.run), file)
    print(file)
    if joins:
        file = options.out / "linking-join.png"
        draw_join(chosen(joins, options.join), tracklets, file)
        print(file)


def read_links(file: Path) -> tuple[list[Tracklet], list[Join]]:
    links = json.loads(file.read_text(encoding="utf-8"))
    tracklets = [
        Tracklet(one["tracklet"], one["identity"], one["start"], one["end"])
        for one in links["tracklets"]
    ]
    joins = []
    for one in links["joins"]:
        other = one["runner_up"]
        runner_up = None if other is None else (other["identity"], other["log_odds"])
        joins.append(
            Join(
                *(one["tracklet"], one["identity"], one["after"], one["log_odds"]),
                *(one["margin"], one["evidence"], runner_up),
            )
        )
    return tracklets, joins


def cut_times(run: Path) -> list[float]:
    """Seconds of the shot cuts."""
    with closing(ObservationStore.open(run / "observations.sqlite")) as store:
        return [seen.time for seen in store if seen.cut and seen.time > 0.0]


def chosen(joins: list[Join], tracklet: int | None) -> Join:
    if tracklet is not None:
        return next(join for join in joins if join.tracklet == tracklet)
    told = [join for join in joins if join.runner_up is not None] or joins
    return max(told, key=lambda join: (len(join.evidence), join.log_odds))


def draw_timeline(
    tracklets: list[Tracklet], joins: list[Join], cuts: list[float], file: Path
) -> None:
    """One row a tracklet on the left; one row an identity, with its joins, on the right."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, 5.6), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    before, after = figure.subplots(1, 2, sharex=True)
    counts = np.bincount([one.identity for one in tracklets])
    joined = [identity for identity in range(1, len(counts)) if counts[identity] > 1]
    colours = {one: COLOURS[place % len(COLOURS)] for place, one in enumerate(joined)}
    places = {one.number: one for one in tracklets}
    for axes in (before, after):
        for time in cuts:
            axes.axvline(time, color="black", linewidth=1.0, linestyle=":")
    for join in joins:
        first, second = places[join.after], places[join.tracklet]
        after.plot(
            [first.end, second.start], [join.identity] * 2, color=colours[join.identity], lw=1.2
        )
    for one in tracklets:
        colour = colours.get(one.identity, ALONE)
        for axes, row in ((before, one.number), (after, one.identity)):
            width = max(one.end - one.start, 0.04)
            axes.barh(row, width, BAR, left=one.start, color=colour)
    finish(before, len(tracklets), f"before: {len(tracklets)} tracklets", "tracklet")
    finish(after, len(counts) - 1, f"after: {len(counts) - 1} identities", "identity")
    before.set_ylim(len(tracklets), -1)
    after.set_ylim(len(counts), 0)
    for time in cuts[:1]:
        after.annotate("cut", (time, 0.7), xytext=(4, 0), textcoords="offset points", fontsize=8)
    figure.savefig(file, metadata={"Software": None})


def finish(axes: Axes, rows: int, title: str, name: str) -> None:
    axes.set_title(title, fontsize=11)
    axes.set_xlabel("seconds")
    axes.set_ylabel(f"{name} (by start)" if name == "tracklet" else name)
    axes.tick_params(labelsize=8)
    axes.set_yticks([int(name == "identity"), *range(5, rows + 1, 5)])
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)


def draw_join(join: Join, tracklets: list[Tracklet], file: Path) -> None:
    """The terms of one join as bars that add up to its log odds, and what it has to beat."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.5, 3.3), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    terms = [(name, join.evidence.get(name, 0.0)) for name in TERMS]
    terms = [(name, value) for name, value in terms if value or name != "unseen"]
    start = 0.0
    for row, (_, value) in enumerate(terms):
        axes.barh(row, value, BAR, left=start, color=FOR if value >= 0 else AGAINST)
        label(axes, row, max(start, start + value), f"{value:+.2f}" if value else "unknown")
        axes.plot([start + value] * 2, [row, row + 1], color=LINE, linewidth=1.0)
        start += value
    row = len(terms)
    axes.barh(row, join.log_odds, BAR, color=SUM)
    label(axes, row, max(join.log_odds, 0.0), f"{join.log_odds:.2f}")
    names = [*(name for name, _ in terms), "sum"]
    reach = max(join.log_odds, start, 0.1)
    if join.runner_up is not None:
        identity, value = join.runner_up
        row += 1
        axes.barh(row, value, BAR, color=ALONE)
        label(axes, row, max(value, 0.0), f"{value:.2f}")
        names.append(f"runner-up: identity {identity}")
    row += 1
    axes.barh(row, join.margin, BAR, left=join.log_odds - join.margin, color=COLOURS[0])
    label(axes, row, join.log_odds, f"{join.margin:.2f}")
    names.append("margin to next best explanation")
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_xlim(right=reach * 1.12)
    axes.set_xlabel("log odds that both are one person (natural logarithm)")
    axes.spines[["top", "right"]].set_visible(False)
    places = {one.number: one for one in tracklets}
    first, second = places[join.after], places[join.tracklet]
    axes.set_title(
        f"tracklet {first.number} ends at {first.end:.1f} s, "
        f"tracklet {second.number} begins at {second.start:.1f} s: identity {join.identity}",
        fontsize=10,
    )
    figure.savefig(file, metadata={"Software": None})


def label(axes: Axes, row: int, right: float, text: str) -> None:
    axes.annotate(
        text, (right, row), xytext=(4, 0), textcoords="offset points", va="center", fontsize=9
    )


if __name__ == "__main__":
    main()
