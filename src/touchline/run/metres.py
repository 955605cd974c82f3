"""What a linked run knows in metres: positions and movement, written when its tracks are."""

from __future__ import annotations

import numpy as np

from touchline.clothes.collection import Clothes
from touchline.clothes.pitch_places import PitchPlaces
from touchline.formats.movement_csv import write_movement
from touchline.formats.outside_csv import REASONS, OutsideRow, write_outside
from touchline.formats.positions_csv import write_positions
from touchline.identities import Identities
from touchline.linking.outside import OutsidePeople
from touchline.pitch.cameras import PitchCameras
from touchline.pitch.movement import find_movement
from touchline.pitch.positions import Positions, find_positions
from touchline.run.config import RunConfig
from touchline.run.folder import RunFolder
from touchline.types import Floats, Ints, TrackTable


def write_metres(
    folder: RunFolder,
    table: TrackTable,
    people: Identities,
    cameras: PitchCameras,
    config: RunConfig,
    frame_rate: float,
) -> Positions:
    """Write positions.csv and movement.csv of the tracks of a run; the positions.

    Both say why they are empty where no frame has a camera. people: whose teams are known.
    frame_rate: frames a second. Raises StoreError.
    """
    positions = find_positions(table, cameras, config.pitch, config.positions)
    write_positions(positions, folder.positions)
    movement = find_movement(positions, frame_rate, config.pitch, config.positions)
    write_movement(movement, people, folder.movement)
    return positions


def places_of_clothes(
    clothes: Clothes, frames: Ints, times: Floats, cameras: PitchCameras, config: RunConfig
) -> PitchPlaces | None:
    """Where on the pitch each row of ``clothes`` is; None without cameras.

    frames, times: (F,) numbers and seconds of the clip's frames.
    """
    if not cameras.found.any():
        return None
    seen = frames[np.searchsorted(times, clothes.times)]
    feet = clothes.feet.astype(np.float64)
    places = cameras.pitch_points(seen, feet)
    sure = np.append(cameras.confidences, 0.0)[cameras.rows_of(seen)]
    # Feet at the lower border of the image are further down.
    known = (sure >= config.positions.min_confidence) & (feet[:, 1] < cameras.image_size[1] - 1.5)
    return PitchPlaces(
        np.where(known[:, None], places, np.nan), (config.pitch.length, config.pitch.width)
    )


def write_outside_people(folder: RunFolder, outside: OutsidePeople) -> None:
    """Write outside.csv of the tracks that were left out. Raises StoreError."""
    reasons = [REASONS[int(off)] for off in outside.off_grass.tolist()]
    columns = (outside.first_times, outside.last_times, outside.boxes, *outside.places.T)
    rows = zip(*(one.tolist() for one in (*columns, outside.beyond)), reasons, strict=True)
    write_outside((OutsideRow(*row) for row in rows), outside.why_none, folder.outside)
