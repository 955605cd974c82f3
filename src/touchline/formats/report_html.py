"""``report.html``: a clip at a glance, one file without scripts that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import StringIO
from pathlib import Path

from touchline.formats.people_html import begin_page, end_page

_STYLE = """
h2 { margin-top: 1.6rem; } h3 { font-size: 1rem; margin: .8rem 0 .2rem; }
svg { width: 100%; height: auto; display: block; }
.grass { fill: #5b8a57; } .lines { fill: none; stroke: #fffc; stroke-width: .25; }
.lines line, .lines polyline { stroke: #fffc; stroke-width: .25; fill: none; }
.dot { stroke: #111; stroke-width: .25; }
.label { font-size: 2.6px; text-anchor: middle; fill: #fff; paint-order: stroke; stroke: #123;
  stroke-width: .5px; }
.shape { fill-opacity: .18; stroke-width: .4; stroke-dasharray: 1.2 .8; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(30rem, 1fr)); gap: 1rem; }
.many { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .8rem; }
.many figure, .two figure { break-inside: avoid; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .15rem .5rem; text-align: right; border-bottom: 1px solid #8884; }
th { font-weight: 600; vertical-align: bottom; } td.word, th.word { text-align: left; }
.bar { display: inline-block; height: .7em; vertical-align: baseline; }
.thirds { display: flex; width: 6rem; height: .7em; } .thirds i { display: block; height: 100%; }
.time { display: grid; grid-template-columns: 11rem 1fr; gap: 0 .6rem; font-size: .8rem; }
.time svg { height: 1rem; } .team { font-weight: 600; }
.key { color: #777; font-size: .85rem; }
@media print { svg { break-inside: avoid; } .many { grid-template-columns: repeat(4, 1fr); } }
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG with a caption below."""

    svg: str
    caption: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. word: text, which stands on the left."""

    name: str
    word: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A field of a table. html: markup instead of the text, made here and not by strangers."""

    text: str
    html: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: its notes, then what there is of pictures, a table and strips of time.

    wide: pictures that stand two in a row instead of many.
    """

    title: str
    notes: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    columns: Sequence[Column] = ()
    rows: Sequence[Sequence[Cell]] = ()
    strips: Sequence[tuple[str, str]] = ()
    wide: bool = False


def write_report_page(
    title: str, notes: Sequence[str], sections: Sequence[Section], file: Path
) -> None:
    """Writes the page in one step; one that says the same already stays. Raises StoreError."""
    page = StringIO()
    begin_page(page, title, notes, _STYLE)
    for section in sections:
        page.write(f"<section>\n<h2>{escape(section.title)}</h2>\n")
        for note in section.notes:
            page.write(f'<p class="key">{escape(note)}</p>\n')
        _write_pictures(page, section)
        if section.rows:
            _write_table(page, section)
        if section.strips:
            page.write('<div class="time">\n')
            for label, svg in section.strips:
                page.write(f"<span>{escape(label)}</span>{svg}\n")
            page.write("</div>\n")
        page.write("</section>\n")
    end_page(page, file)


def strip_svg(spans: Sequence[tuple[float, float]], seconds: float, colour: str) -> str:
    """A strip of time with bars where ``spans`` (start and end in seconds) are."""
    bars = "".join(
        f'<rect x="{1000 * start / seconds:.1f}" width="{1000 * (end - start) / seconds + 1:.1f}" '
        f'y="0" height="10" fill="{colour}"/>'
        for start, end in spans
    )
    return (
        '<svg viewBox="0 0 1000 10" preserveAspectRatio="none">'
        f'<rect width="1000" height="10" fill="#8882"/>{bars}</svg>'
    )


def thirds_html(shares: Sequence[float]) -> str:
    """A bar of three parts, shares of 0..1."""
    tints = ("#3d7fb8", "#9aa7b3", "#c98a2b")
    parts = "".join(
        f'<i style="width:{100 * share:.0f}%;background:{tint}"></i>'
        for share, tint in zip(shares, tints, strict=True)
    )
    return f'<span class="thirds">{parts}</span>'


def _write_pictures(page: StringIO, section: Section) -> None:
    if not section.pictures:
        return
    page.write(f'<div class="{"two" if section.wide else "many"}">\n')
    for picture in section.pictures:
        caption = escape(picture.caption)
        page.write(f"<figure>{picture.svg}<figcaption>{caption}</figcaption></figure>\n")
    page.write("</div>\n")


def _write_table(page: StringIO, section: Section) -> None:
    classes = [' class="word"' if column.word else "" for column in section.columns]
    page.write('<div class="scroll"><table>\n<tr>')
    for column, kind in zip(section.columns, classes, strict=True):
        page.write(f"<th{kind}>{escape(column.name)}</th>")
    page.write("</tr>\n")
    for row in section.rows:
        page.write("<tr>")
        for cell, kind in zip(row, classes, strict=True):
            page.write(f"<td{kind}>{escape(cell.text) if cell.html is None else cell.html}</td>")
        page.write("</tr>\n")
    page.write("</table></div>\n")
