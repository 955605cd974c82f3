"""``doubts.html``: the least sure moments of a clip, both sides as crops, one file by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from io import StringIO
from pathlib import Path
from typing import IO

from touchline.formats.people_html import CropShown, begin_page, end_page, write_crop

STYLE = """
h2.part { font-size: 1.25rem; margin-top: 1.6rem; }
.sides { display: flex; flex-wrap: wrap; gap: 1rem 1.6rem; margin-top: .4rem; }
.side h3 { font-size: .85rem; font-weight: 600; margin: 0 0 .2rem; }
.side .crops { margin: 0; }
table { border-collapse: collapse; font-size: .9rem; margin-top: .5rem; }
td { padding: .05rem .6rem .05rem 0; }
td.value { text-align: right; font-variant-numeric: tabular-nums; }
tr.against { color: #b30; }
tr.sum td { border-top: 1px solid #8888; font-weight: 600; }
@media print { tr.against { color: inherit; } .sides { flex-wrap: nowrap; }
  figure img, figure .none { height: 2.1cm; } }
"""


@dataclass(frozen=True, slots=True)
class DoubtSide:
    """Crops of one side of a doubt, in order of time."""

    title: str
    crops: Sequence[CropShown]


@dataclass(frozen=True, slots=True)
class DoubtCard:
    """A doubt: what is asked, both sides, and each piece of evidence with its number.

    evidence: text and log-likelihood ratio of one person; ``log_odds`` is their sum.
    """

    title: str
    facts: Sequence[str]
    sides: tuple[DoubtSide, DoubtSide]
    evidence: Sequence[tuple[str, float]]
    log_odds: float


def write_doubts_page(
    title: str,
    notes: Sequence[str],
    parts: Iterable[tuple[str, Sequence[DoubtCard]]],
    file: Path,
) -> None:
    """Writes the page in one step: a heading and its doubts for each part. Raises StoreError."""
    page = StringIO()
    begin_page(page, title, notes, STYLE)
    for heading, cards in parts:
        page.write(f'<h2 class="part">{escape(heading)}</h2>\n')
        for card in cards:
            _write_card(page, card)
    end_page(page, file)


def _write_card(text: IO[str], card: DoubtCard) -> None:
    text.write(
        f'<section class="person">\n<h2>{escape(card.title)}</h2>\n'
        f'<p>{escape(" · ".join(card.facts))}</p>\n<div class="sides">\n'
    )
    for side in card.sides:
        text.write(f'<div class="side"><h3>{escape(side.title)}</h3>\n<div class="crops">\n')
        for crop in side.crops:
            write_crop(text, crop)
        text.write("</div></div>\n")
    text.write("</div>\n<table>\n")
    for words, value in card.evidence:
        row = ' class="against"' if value < 0 else ""
        text.write(f"<tr{row}><td>{escape(words)}</td>{_value(value)}</tr>\n")
    text.write(f'<tr class="sum"><td>one person rather than two</td>{_value(card.log_odds)}</tr>\n')
    text.write("</table>\n</section>\n")


def _value(value: float) -> str:
    return f'<td class="value">{value:+.1f}</td>'.replace("-", "−")
