"""Plots of scores: an identity timeline, and HOTA over alpha. The only importer of matplotlib.

Plots are drawn on their own canvas: neither pyplot nor its settings are touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from touchline.disk_files import whole_file
from touchline.errors import StoreError, UsageError
from touchline.metrics.hota import ALPHAS, HotaScores
from touchline.metrics.mistakes import Kind, Mistake
from touchline.metrics.timeline import Timeline
from touchline.types import Floats, Ints
from touchline.video.palette import Colour, colour_of, text_colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DOTS_PER_INCH = 110
_MOST_INCHES = 40.0  # of an image's side; longer clips and more people are drawn finer
_ROW_INCHES, _SECOND_INCHES = 0.24, 0.17
_BAR, _UNMATCHED_BAR = 0.8, 0.3  # share of a row
_GREY, _LINE = "#b8b8b8", "#e6e6e6"
_MEASURES = ("HOTA", "DetA", "AssA")
# Readable on paper, where the palette of videos, made for grass, is too pale.
_COLOURS = (
    *("tab:blue", "tab:orange", "tab:green", "tab:red", "tab:purple"),
    *("tab:brown", "tab:pink", "tab:gray", "tab:olive", "tab:cyan"),
)
_MOST_NAMED = 16  # sequences in a legend; of more only the bundle is shown

# Marker and fill: round within a person's time in view, triangular on return; black where
# they took over another person's id, white where they were given a fresh one.
_MARKS: dict[Kind, tuple[str, str, str]] = {
    "switch": ("o", "black", "switch: another person's id"),
    "split": ("o", "white", "split: a fresh id"),
    "stolen on return": (">", "black", "back with another person's id"),
    "new on return": (">", "white", "back with a fresh id"),
}


def plot_timeline(
    timeline: Timeline, mistakes: Sequence[Mistake], file: Path, *, title: str = ""
) -> None:
    """A PNG in ``file``: one row per true person, coloured by the id they are shown under.

    Persons are ordered by their first frame. A thin grey bar: in view, but no box matches;
    nothing: not in view. Ids have the colours they have in annotated videos, and are written into
    the bars that are long enough. The image grows with people and seconds, up to a limit.

    Raises UsageError where matplotlib is missing, StoreError where ``file`` cannot be written.
    """
    rows = _rows(timeline)
    start = int(timeline.first.min()) / timeline.frame_rate if len(timeline) else 0.0
    end = (int(timeline.last.max()) + 1) / timeline.frame_rate if len(timeline) else 1.0
    row_inches = min(_ROW_INCHES, _MOST_INCHES / max(1, len(rows)))
    width = float(np.clip((end - start) * _SECOND_INCHES, 8.5, _MOST_INCHES))
    figure = _figure(width + 1.0, max(8, len(rows)) * row_inches + 1.4)
    axes = figure.add_subplot()
    axes.set_xlim(start, end)
    axes.set_ylim(max(1, len(rows)) - 0.5, -0.5)
    _label_people(axes, timeline.identities, rows, row_inches)
    _label_seconds(axes, start, end, width)
    _draw_bars(axes, timeline, rows, width / (end - start), row_inches)
    _mark(axes, timeline, rows, mistakes, row_inches)
    figure.legend(loc="outside lower center", ncols=5, fontsize=8, frameon=False)
    if not len(timeline):
        axes.text(0.5, 0.5, "no true boxes", transform=axes.transAxes, ha="center", color=_GREY)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold", parse_math=False)
    _save(figure, file)


def plot_hota(
    sequences: Mapping[str, HotaScores], file: Path, *, combined: HotaScores | None = None
) -> None:
    """A PNG in ``file``: HOTA, DetA and AssA over the 19 alphas.

    One sequence is drawn in one panel; several in a panel for each score, with a black line for
    ``combined``, all sequences together. The legends give the means over alpha.

    Raises UsageError where matplotlib is missing, StoreError where ``file`` cannot be written.
    """
    several = len(sequences) > 1
    figure = _figure(13.0 if several else 6.0, 4.5)
    panels = figure.subplots(1, 3 if several else 1, sharex=True, sharey=True, squeeze=False)[0]
    for place, measure in enumerate(_MEASURES):
        axes = panels[place % len(panels)]
        for number, (name, scores) in enumerate(sequences.items()):
            colour = _COLOURS[(number if several else place) % len(_COLOURS)]
            if len(sequences) > _MOST_NAMED:
                name, colour = "", _GREY
            _draw_curve(axes, scores, measure, name if several else measure, colour, 1.4)
        if several and combined is not None:
            _draw_curve(axes, combined, measure, "combined", "black", 2.6)
        axes.set_title(measure if several else next(iter(sequences), ""), parse_math=False)
    for axes in panels:
        axes.set_xlim(0.0, 1.0)
        axes.set_ylim(0.0, 1.0)
        axes.set_xlabel("alpha: IoU from which a box counts as found")
        axes.grid(color=_LINE)
        axes.spines[["top", "right"]].set_visible(False)
        if axes.get_legend_handles_labels()[1]:
            for text in axes.legend(loc="lower left", fontsize=7, framealpha=0.7).get_texts():
                text.set_parse_math(False)
    _save(figure, file)


def _draw_curve(
    axes: Axes, scores: HotaScores, measure: str, name: str, colour: str, width: float
) -> None:
    values: Floats = getattr(scores, measure.lower())
    label = f"{100 * values.mean():.1f}  {name}" if name else None
    axes.plot(ALPHAS, values, color=colour, linewidth=width, label=label)


def _rows(timeline: Timeline) -> Ints:
    """(G,) the row of each person: by their first frame, then identity."""
    first = np.full(len(timeline.identities), np.iinfo(np.int64).max)
    np.minimum.at(first, timeline.people, timeline.first)
    return np.argsort(np.argsort(first, kind="stable"))


def _label_people(axes: Axes, identities: Ints, rows: Ints, row_inches: float) -> None:
    """Identities at both ends of the rows; of very many, every second, third, ..."""
    size = float(np.clip(40 * row_inches, 4.0, 8.5))
    order = np.argsort(rows)[:: int(np.ceil(1.3 * size / (72 * row_inches)))]
    axes.set_yticks(rows[order], [str(one) for one in identities[order]])
    axes.tick_params(axis="y", labelsize=size, labelright=True, length=0)
    axes.set_ylabel("true person")
    axes.grid(axis="y", color=_LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)


def _label_seconds(axes: Axes, start: float, end: float, width: float) -> None:
    """Minutes and seconds above and below, about an inch apart."""
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
    least = 0.9 * (end - start) / width
    step = next((one for one in steps if one >= least), 3600 * int(np.ceil(least / 3600)))
    ticks = np.arange(np.ceil(start / step) * step, end + 1e-6, step)
    axes.set_xticks(ticks, [_clock(int(seconds)) for seconds in ticks])
    axes.tick_params(axis="x", labeltop=True, labelsize=8.5, color=_GREY)
    axes.grid(axis="x", color=_LINE, linewidth=0.6)
    axes.set_xlabel("time")


def _clock(seconds: int) -> str:
    minutes, hours = seconds // 60 % 60, seconds // 3600
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def _draw_bars(
    axes: Axes, timeline: Timeline, rows: Ints, inches_a_second: float, row_inches: float
) -> None:
    from matplotlib.collections import PolyCollection

    matched = timeline.shown >= 0
    left, right = timeline.first / timeline.frame_rate, (timeline.last + 1) / timeline.frame_rate
    half = np.where(matched, _BAR, _UNMATCHED_BAR) / 2
    middle = rows[timeline.people]
    low, high = middle - half, middle + half
    corners = np.stack([left, low, left, high, right, high, right, low], axis=1).reshape(-1, 4, 2)
    names = timeline.ids[timeline.shown[matched]].tolist()
    faces: list[str | tuple[float, ...]] = [_GREY] * len(timeline)
    for run, name in zip(np.flatnonzero(matched).tolist(), names, strict=True):
        faces[run] = _rgb(colour_of(name))
    # An outline separates bars of like colours; it would cover those of a few pixels.
    points = 72 * inches_a_second * (right - left)
    rims = np.where(matched & (points > 4), 0.4, 0.0)
    axes.add_collection(
        PolyCollection(list(corners), facecolors=faces, edgecolors="black", linewidths=rims)
    )
    _write_ids(axes, timeline, middle, points, min(7.0, 40 * row_inches))


def _write_ids(axes: Axes, timeline: Timeline, middle: Ints, points: Floats, size: float) -> None:
    """Each id in the first of its bars that has room; again after another id or a second's gap."""
    if size < 3.5:
        return
    written = (-1, -1)  # person and id
    previous_end = 0
    runs = zip(
        timeline.people.tolist(), timeline.shown.tolist(), timeline.first.tolist(), strict=True
    )
    for run, (person, shown, first) in enumerate(runs):
        if first - previous_end > timeline.frame_rate:
            written = (-1, -1)
        previous_end = int(timeline.last[run])
        if shown < 0 or (person, shown) == written:
            continue
        name = int(timeline.ids[shown])
        if points[run] < (0.65 * len(str(name)) + 1.0) * size:
            continue
        axes.annotate(
            str(name),
            (first / timeline.frame_rate, middle[run]),
            xytext=(0.7 * size, 0.0),  # clear of a mark at the bar's beginning
            textcoords="offset points",
            va="center_baseline",
            fontsize=size,
            color=_rgb(text_colour(colour_of(name))),
            in_layout=False,  # inside its bar, and costly to measure
        )
        written = (person, shown)


def _mark(
    axes: Axes, timeline: Timeline, rows: Ints, mistakes: Sequence[Mistake], row_inches: float
) -> None:
    size = min(6.5, 36 * row_inches)
    for kind, (marker, fill, words) in _MARKS.items():
        these = [one for one in mistakes if one.kind == kind]
        people = np.searchsorted(timeline.identities, [one.identity for one in these])
        axes.plot(
            [one.time for one in these],
            rows[people],
            linestyle="none",
            marker=marker,
            markersize=size + (fill == "black"),  # whose white outline does not show
            markerfacecolor=fill,
            markeredgecolor="black" if fill == "white" else "white",
            markeredgewidth=0.8,
            label=words,
            zorder=5,
        )
    axes.plot([], [], color=_GREY, linewidth=3, label="in view, no box matches")


def prepare_plots(folder: Path) -> None:
    """Makes the folder for plots; to be called before the work that they show.

    Raises UsageError where matplotlib is missing, StoreError where the folder cannot be made.
    """
    _figure_class()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder} cannot be made: {error.strerror}; choose another") from None


def _figure_class() -> type[Figure]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError(
            "matplotlib is not installed: pip install 'touchline[plots]' brings it"
        ) from None
    return Figure


def _figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches."""
    return _figure_class()(figsize=(width, height), dpi=_DOTS_PER_INCH, layout="constrained")


def _save(figure: Figure, file: Path) -> None:
    try:
        with whole_file(file) as draft:
            figure.savefig(draft, format="png")
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror or error}") from None


def _rgb(colour: Colour) -> tuple[float, float, float]:
    blue, green, red = (value / 255 for value in colour)
    return red, green, blue
