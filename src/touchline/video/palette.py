"""A colour for each identity: the same one for ever, apart from its neighbours and from grass.

Chosen by farthest-point search in OKLab over normal, deuteranope and protanope vision (Machado
et al., "A physiologically-based model for simulation of color vision deficiency", 2009).
"""

from __future__ import annotations

from touchline.identities import Identities

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


def colour_of(track_id: int) -> Colour:
    """The colour of an identity; ids a palette's length apart share one."""
    return PALETTE[(track_id - 1) % len(PALETTE)]


def team_colours(identities: Identities) -> dict[int, Colour]:
    """The colour to draw each identity in, by team."""
    colours = (*TEAM_COLOURS, OFFICIALS_COLOUR, UNKNOWN_COLOUR)  # unknown is -1: the last
    pairs = zip(identities.ids.tolist(), identities.teams.tolist(), strict=True)
    return {identity: colours[team] for identity, team in pairs}


def text_colour(background: Colour) -> Colour:
    """Ink or paper, whichever is read more easily on ``background``."""
    blue, green, red = background
    return INK if 0.114 * blue + 0.587 * green + 0.299 * red > 125 else PAPER
