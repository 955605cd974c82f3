"""Columns as a pandas data frame, for those who have pandas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from touchline.errors import UsageError


def data_frame(columns: Mapping[str, NDArray[Any]]) -> Any:
    """A pandas.DataFrame of these columns, all of one length.

    Raises UsageError where pandas is not installed.
    """
    try:
        import pandas
    except ImportError:
        raise UsageError("pandas is not installed here: pip install pandas") from None
    return pandas.DataFrame(dict(columns))


def track_data_frame(table: Any) -> Any:
    """A pandas.DataFrame of a ``TrackTable``, a row a box."""
    columns = dict[str, NDArray[Any]](frame=table.frames, time=table.times, identity=table.ids)
    columns |= dict(zip(("x1", "y1", "x2", "y2"), table.boxes.T, strict=True))
    columns |= {"score": table.scores, "role": table.roles.astype(object)}
    columns["interpolated"] = table.interpolated
    if table.confidences is not None:
        columns["confidence"] = table.confidences
    return data_frame(columns)
