"""``people.html``: a contact sheet of a clip, one file that needs nothing else to be looked at."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from io import StringIO
from pathlib import Path
from typing import IO

from touchline.disk_files import refuse_pipe
from touchline.formats.atomic_text import atomic_text
from touchline.stretches import clock

_MAX_BYTES = 100_000_000
"""A file that is larger was not written here."""

_CROP = re.compile(r'data-crop="(\d+(?: -?\d+){4})"[^>]* src="data:image/jpeg;base64,([\w+/=]+)"')

STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.4 system-ui, sans-serif; margin: 1.5rem auto; max-width: 76rem;
  padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 0; }
p { margin: .2rem 0; }
.person { border-top: 1px solid #8888; padding: .8rem 0; break-inside: avoid; }
.person p { color: #777; }
.crops { display: flex; flex-wrap: wrap; gap: .5rem; align-items: flex-end; margin-top: .4rem; }
figure { margin: 0; text-align: center; }
figure img, figure .none { height: 8.5rem; border-radius: 4px; display: block; margin: auto; }
figure .none { background: #8884; width: 3.5rem; }
figcaption { font-size: .8rem; color: #777; font-variant-numeric: tabular-nums; }
.doubt { align-self: center; max-width: 7rem; font-size: .8rem; border: 2px dashed #c60;
  border-radius: 4px; padding: .3rem .4rem; text-align: center; }
.doubt b { display: block; font-size: 1.2rem; color: #c60; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; }
  figure img, figure .none { height: 2.6cm; } .person { padding: .3cm 0; } }
"""


@dataclass(frozen=True, slots=True)
class CropShown:
    """A crop of a person. key: ``crop_key``. jpeg: None: the video was not at hand.

    sure: 0..1, that it is them; None: not known.
    """

    time: float
    key: str
    jpeg: bytes | None
    sure: float | None


@dataclass(frozen=True, slots=True)
class DoubtShown:
    """A moment at which it is not sure that it goes on with the same person. text: in words."""

    time: float
    text: str


@dataclass(frozen=True, slots=True)
class PersonShown:
    """A person on the sheet. identity: also the anchor. crops, doubts: in order of time."""

    identity: int
    title: str
    facts: Sequence[str]
    crops: Sequence[CropShown]
    doubts: Sequence[DoubtShown]


def crop_key(frame: int, box: Iterable[int]) -> str:
    """The name of a crop in the page: its frame, here from 0 and there from 1, and its corners."""
    return " ".join(str(part) for part in (frame + 1, *box))


def write_people_page(
    title: str, notes: Sequence[str], people: Iterable[PersonShown], file: Path
) -> None:
    """Writes the page in one step; one that says the same already stays. Raises StoreError."""
    page = StringIO()
    begin_page(page, title, notes)
    for person in people:
        _write_person(page, person)
    end_page(page, file)


def end_page(page: StringIO, file: Path) -> None:
    """Writes a begun page in one step; one that says the same already stays. Raises StoreError."""
    page.write("</body>\n</html>\n")
    if _text_of(file) != page.getvalue():
        with atomic_text(file) as text:
            text.write(page.getvalue())


def _text_of(file: Path) -> str | None:
    """What a page says; None where there is none."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def begin_page(text: IO[str], title: str, notes: Sequence[str], style: str = "") -> None:
    """The head of a page, its title, and a paragraph for each note. style: more than ``STYLE``."""
    text.write(
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "img-src data:; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}{style}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n"
    )
    for note in notes:
        text.write(f"<p>{escape(note)}</p>\n")


def _write_person(text: IO[str], person: PersonShown) -> None:
    text.write(
        f'<section class="person" id="identity-{person.identity}">\n'
        f"<h2>{escape(person.title)}</h2>\n<p>{escape(' · '.join(person.facts))}</p>\n"
        '<div class="crops">\n'
    )
    doubts = list(person.doubts)
    for crop in person.crops:
        while doubts and doubts[0].time <= crop.time:
            _write_doubt(text, doubts.pop(0))
        write_crop(text, crop)
    for doubt in doubts:
        _write_doubt(text, doubt)
    text.write("</div>\n</section>\n")


def write_crop(text: IO[str], crop: CropShown) -> None:
    """A crop with its time, and how sure it is."""
    said = clock(crop.time) + ("" if crop.sure is None else f", {crop.sure:.0%}")
    if crop.jpeg is None:
        shown = '<div class="none"></div>'
    else:
        data = base64.b64encode(crop.jpeg).decode("ascii")
        shown = f'<img data-crop="{crop.key}" alt="{said}" src="data:image/jpeg;base64,{data}">'
    text.write(f"<figure>{shown}<figcaption>{said}</figcaption></figure>\n")


def _write_doubt(text: IO[str], doubt: DoubtShown) -> None:
    text.write(
        f'<div class="doubt"><b>?</b>{escape(clock(doubt.time))}: {escape(doubt.text)}</div>\n'
    )


def crops_in(file: Path) -> dict[str, bytes]:
    """The crops that a page holds, by ``crop_key``; none where it cannot be read."""
    refuse_pipe(file)
    try:
        if file.stat().st_size > _MAX_BYTES:
            return {}
        page = file.read_text(encoding="utf-8")
        return {key: base64.b64decode(data, validate=True) for key, data in _CROP.findall(page)}
    except (OSError, ValueError):
        return {}
