"""A colour for each identity: the same one for ever, apart from its neighbours and from grass.

Chosen by farthest-point search in OKLab over normal, deuteranope and protanope vision (Machado
et al., "A physiologically-based model for simulation of color vision deficiency", 2009).
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from touchline.identities import OFFICIALS, Identities

Colour = tuple[int, int, int]
"""Blue, green, red in 0..255."""

PALETTE: tuple[Colour, ...] = (
    (0, 255, 255),  # yellow
    (200, 125, 25),  # steel
    (255, 255, 200),  # ivory
    (255, 75, 200),  # orchid
    (0, 225, 0),  # green
    (255, 200, 0),  # sky
    (150, 100, 175),  # mauve
    (225, 0, 75),  # blue
    (175, 175, 255),  # salmon
    (100, 0, 150),  # wine
    (225, 150, 150),  # periwinkle
    (100, 75, 255),  # coral
    (200, 75, 100),  # indigo
    (125, 200, 225),  # sand
    (255, 150, 255),  # pink
    (100, 25, 200),  # crimson
    (255, 0, 150),  # violet
    (200, 225, 0),  # turquoise
    (75, 150, 225),  # amber
    (175, 0, 255),  # magenta
    (255, 200, 255),  # blush
    (150, 255, 125),  # mint
    (175, 0, 125),  # purple
    (175, 125, 255),  # rose
)
"""As many as people stand on a pitch. The first half is the most distinct; one to three places
apart in this list is far apart in colour, since neighbouring ids are often seen together."""

INK: Colour = (18, 18, 18)
PAPER: Colour = (255, 255, 255)
BALL: Colour = (60, 240, 255)

TEAM_COLOURS: tuple[Colour, Colour] = (PALETTE[0], PALETTE[7])
OFFICIALS_COLOUR: Colour = PALETTE[14]
UNKNOWN_COLOUR: Colour = PALETTE[2]
"""Of people drawn by team: yellow and blue, pink, ivory."""

NO_TEAM_COLOUR: Colour = (150, 150, 150)
"""Of people of no team beside the kits' own colours."""

_MIN_KIT_DISTANCE = 110.0
"""Kits nearer than this look alike as thin rings; white and red are 350 to 500 apart."""

_MIN_SHOWN_DISTANCE = 160.0
"""The same of the stronger colours that are drawn: white and a pale green are 127 apart."""

_GREEN = 1.15
_STRONGER, _MIN_LIGHT, _PALE, _WHITE = 1.5, 60.0, 150.0, 250.0


def colour_of(track_id: int) -> Colour:
    """The colour of an identity; ids a palette's length apart share one."""
    return PALETTE[(track_id - 1) % len(PALETTE)]


def team_colours(identities: Identities) -> dict[int, Colour]:
    """The colour to draw each identity in, by team."""
    colours = (*TEAM_COLOURS, OFFICIALS_COLOUR, UNKNOWN_COLOUR)  # unknown is -1: the last
    pairs = zip(identities.ids.tolist(), identities.teams.tolist(), strict=True)
    return {identity: colours[team] for identity, team in pairs}


def kit_colours(identities: Identities, kits: Mapping[int, Colour]) -> dict[int, Colour] | None:
    """The colour to draw each identity in, by the shirts of their team; None: it tells no teams.

    kits: of the shirts by team, as they are in the image. They are drawn somewhat stronger, as a
    shirt's mean is paler than it looks; people of no team are grey.
    """
    if 0 not in kits or 1 not in kits or _apart(kits[0], kits[1]) < _MIN_KIT_DISTANCE:
        return None
    shown = {team: _stronger(kits[team]) for team in (0, 1)}
    if _apart(shown[0], shown[1]) < _MIN_SHOWN_DISTANCE:
        return None
    officials = kits.get(OFFICIALS)
    if officials is None or min(_apart(officials, kits[team]) for team in (0, 1)) < (
        _MIN_KIT_DISTANCE
    ):
        shown[OFFICIALS] = OFFICIALS_COLOUR
    else:
        shown[OFFICIALS] = _stronger(officials)
    pairs = zip(identities.ids.tolist(), identities.teams.tolist(), strict=True)
    return {identity: shown.get(team, NO_TEAM_COLOUR) for identity, team in pairs}


def lab_colour(lab: tuple[int, int, int]) -> Colour:
    """The colour of 8-bit L, a, b, in 0..255 each."""
    clipped = np.clip(lab, 0, 255).astype(np.uint8).reshape(1, 1, 3)
    blue, green, red = cv2.cvtColor(clipped, cv2.COLOR_LAB2BGR)[0, 0].tolist()
    return blue, green, red


def _apart(one: Colour, other: Colour) -> float:
    """How far two colours are apart to the eye, roughly: 0 alike, 765 black and white.

    "Redmean": https://www.compuphase.com/cmetric.htm
    """
    blue, green, red = (float(a) - b for a, b in zip(one, other, strict=True))
    mean = (one[2] + other[2]) / 2
    weighted = (2 + mean / 256) * red**2 + 4 * green**2 + (2 + (255 - mean) / 256) * blue**2
    return float(weighted**0.5)


def _stronger(colour: Colour) -> Colour:
    """The same hue, farther from grey, and not darker than shows on grass."""
    grey = sum(colour) / 3
    values = [grey + _STRONGER * (part - grey) for part in colour]
    light = max(values)
    # A white shirt in the shade is white to the eye; a black one must show on grass.
    scale = _WHITE / light if grey > _PALE else max(1.0, _MIN_LIGHT / max(light, 1.0))
    shown = [min(max(value * scale, 0.0), 255.0) for value in values]
    if shown[1] > _GREEN * max(shown[0], shown[2]):  # a green ring does not show on grass
        shown = [(value + 255.0) / 2 for value in shown]
    blue, green, red = (round(value) for value in shown)
    return blue, green, red


def text_colour(background: Colour) -> Colour:
    """Ink or paper, whichever is read more easily on ``background``."""
    blue, green, red = background
    return INK if 0.114 * blue + 0.587 * green + 0.299 * red > 125 else PAPER
