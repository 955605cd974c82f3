"""The minimap of a run: everybody's place in a frame, in the colours of the rings."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from touchline.identities import Identities
from touchline.pitch.config import PitchConfig
from touchline.pitch.positions import Positions
from touchline.pitch.template import pitch_template
from touchline.run.config import RunConfig
from touchline.run.folder import RunFolder
from touchline.run.tables import positions_of
from touchline.types import Floats, Image
from touchline.video.minimap import Minimap
from touchline.video.palette import Colour, colour_of, team_colours

logger = logging.getLogger(__name__)


class DrawnMinimap:
    """Draws the places of each frame with ``minimap``. colours: by identity."""

    def __init__(
        self, positions: Positions, minimap: Minimap, colours: Mapping[int, Colour] | None
    ) -> None:
        self._positions, self._minimap, self._colours = positions, minimap, colours or {}

    def draw(self, image: Image, frame: int) -> None:
        """Draw into ``image`` itself; nothing where no place of the frame is known."""
        places, colours = self._at(frame)
        if len(places):
            self._minimap.draw(image, places, colours)

    def image(self, frame: int) -> Image:
        """The minimap of a frame by itself."""
        return self._minimap.image(*self._at(frame))

    def _at(self, frame: int) -> tuple[Floats, list[Colour]]:
        rows = self._positions.rows_at(frame)
        known = self._positions.known[rows]
        ids = self._positions.ids[rows][known].tolist()
        colours = [self._colours.get(one) or colour_of(one) for one in ids]
        return self._positions.places[rows][known], colours


def minimap_of(
    folder: RunFolder, config: RunConfig, image_width: int, colours: Mapping[int, Colour] | None
) -> DrawnMinimap | None:
    """The minimap that is drawn into the images of a run; None where none is asked for, or no place
    is known, which a warning says.
    """
    if not config.draw.minimap:
        return None
    positions = positions_of(folder)
    if positions.why_empty is not None:
        logger.warning("there is no minimap: %s", positions.why_empty)
        return None
    minimap = Minimap.in_image(pitch_template(config.pitch), image_width)
    return DrawnMinimap(positions, minimap, colours)


def minimap_image(
    positions: Positions, people: Identities, pitch: PitchConfig, frame: int, width: int
) -> Image:
    """The minimap of one frame, ``width`` pixels wide, in the colours of the teams."""
    minimap = Minimap(pitch_template(pitch), width)
    return DrawnMinimap(positions, minimap, team_colours(people)).image(frame)
