"""A colour for each identity: the same one for ever, apart from its neighbours and from grass.

Chosen by farthest-point search in OKLab over normal, deuteranope and protanope vision (Machado
et al., "A physiologically-based model for simulation of color vision deficiency", 2009).
"""

from __future__ import annotations

Colour = tuple[int, int, int]
"""Blue, green, red in 0..255."""

PALETTE: tuple[Colour, ...] = (
    (0, 224, 255),  # yellow
    (160, 25, 125),  # violet
    (250, 190, 255),  # blush
    (192, 64, 208),  # magenta
    (170, 232, 128),  # mint
    (255, 140, 0),  # sky
    (0, 150, 255),  # orange
    (255, 32, 16),  # blue
    (120, 96, 255),  # rose
    (224, 255, 255),  # ivory
    (225, 160, 150),  # lavender
)
"""Neighbours in this list are far apart, since neighbouring ids are often seen together."""

INK: Colour = (18, 18, 18)
PAPER: Colour = (255, 255, 255)
BALL: Colour = (60, 240, 255)


def colour_of(track_id: int) -> Colour:
    """The colour of an identity; ids a palette's length apart share one."""
    return PALETTE[(track_id - 1) % len(PALETTE)]


def text_colour(background: Colour) -> Colour:
    """Ink or paper, whichever is read more easily on ``background``."""
    blue, green, red = background
    return INK if 0.114 * blue + 0.587 * green + 0.299 * red > 110 else PAPER
