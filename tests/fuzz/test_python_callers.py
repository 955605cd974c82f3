"""Whatever a Python caller hands over, the answer is ours: InputError or its like, in one line."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from clips import Clip
from fuzz.hostile_inputs import survives, tried
from hypothesis import strategies as st

import touchline
from touchline.types import Detections, Tracks, TrackTable, identity_motion

ODD: list[Any] = [
    *(None, "x", "", b"x", "\0", "a" * 300, "~nobody/x", Path("x"), True, object(), 1j, {}, {1: 2}),
    *(
        float("nan"),
        float("inf"),
        -1,
        0,
        3,
        0.5,
        10**30,
        10**400,
        10**5000,
        range(4),
        [],
        [[]],
        [1],
    ),
    *([[1, 2]], [[1, 2, 3, 4]], [["a", "b", "c", "d"]], [[1, 2, 3], [1]], [[0, 0, 10**400, 1]]),
    *(["player"], ["nobody"], [None], np.array("x"), np.zeros((2, 3)), np.zeros((0, 5))),
    *(np.array([None]), np.full((1, 4), np.nan), np.ones((1, 1, 4)), np.array([1j])),
    *(np.array([[0, 0, 1, 1]], object), np.array([0.5]), np.float32(0.5), np.array([np.nan])),
]
BOX = {
    "boxes": [[0, 0, 10, 10.0]],
    "scores": [0.5],
    "roles": ["player"],
    "embeddings": np.ones((1, 3)),
    "shirts": np.ones((1, 6)),
    "numbers": [1],
    "number_scores": [0.5],
}
TRACK: dict[str, Any] = {
    "ids": np.array([1]),
    "boxes": np.ones((1, 4)),
    "scores": np.ones(1),
    "roles": np.array(["player"]),
    "rows": np.array([0]),
}
TABLE = {
    **TRACK,
    "frames": np.array([0]),
    "times": np.zeros(1),
    "interpolated": np.zeros(1, np.bool_),
    "confidences": np.ones(1),
}


def one_of(calls: dict[str, Callable[[Any], object]]) -> st.SearchStrategy[tuple[str, int]]:
    return st.tuples(st.sampled_from(sorted(calls)), st.integers(0, len(ODD) - 1))


def test_odd_columns_are_refused_in_one_line() -> None:
    made = Detections(**BOX)  # type: ignore[arg-type]
    table = TrackTable(**TABLE)
    calls: dict[str, Callable[[Any], object]] = {
        "embeddings": made.with_embeddings,
        "shirts": made.with_shirts,
        "numbers": lambda odd: made.with_numbers(odd, [0.5]),
        "number scores": lambda odd: made.with_numbers([1], odd),
        "rows": table.rows_at,
        "at": table.at,
    }
    for name in BOX:
        calls[f"detections {name}"] = lambda odd, name=name: Detections(**{**BOX, name: odd})  # type: ignore[misc]
        if name in ("boxes", "scores", "roles"):
            some = {key: BOX[key] for key in ("boxes", "scores", "roles")}
            calls[f"valid {name}"] = lambda odd, name=name, some=some: Detections.keep_valid(  # type: ignore[misc]
                **{**some, name: odd}
            )
    for name in TRACK:
        calls[f"tracks {name}"] = lambda odd, name=name: Tracks(**{**TRACK, name: odd})  # type: ignore[misc]
    for name in TABLE:
        calls[f"table {name}"] = lambda odd, name=name: TrackTable(**{**TABLE, name: odd})  # type: ignore[misc]

    def check(asked: tuple[str, int]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            survives(lambda: calls[asked[0]](ODD[asked[1]]))

    tried("columns from Python", one_of(calls), check, 800)


def test_odd_arguments_of_the_tracker_are_refused_in_one_line() -> None:
    def tracker() -> touchline.Tracker:
        return touchline.Tracker(frame_rate=25.0)

    calls: dict[str, Callable[[Any], object]] = {
        "config": lambda odd: touchline.Tracker(odd),
        "rate": lambda odd: touchline.Tracker(frame_rate=odd),
        "size": lambda odd: touchline.Tracker(image_size=odd),
        "detections": lambda odd: tracker().update(odd),
        "motion": lambda odd: tracker().update(Detections.empty(), odd),
        "time": lambda odd: tracker().update(Detections.empty(), identity_motion(), time=odd),
    }

    def check(asked: tuple[str, int]) -> None:
        survives(lambda: calls[asked[0]](ODD[asked[1]]))

    tried("trackers from Python", one_of(calls), check, 250)


def test_odd_sources_and_files_are_refused_in_one_line(clip: Clip) -> None:
    given: dict[str, Any] = {"detections": clip.detections, "reid": "none"}

    def tracked(odd: Any, name: str) -> object:
        arguments = {**given, name: odd}
        if name == "detector":
            del arguments["detections"]
        return next(iter(touchline.track(clip.video, **arguments)), None)

    def opened(**arguments: Any) -> None:
        with touchline.open_video(clip.video, **arguments) as video:
            next(iter(video), None)

    def shut(odd: Any) -> None:
        touchline.open_video(odd).close()

    calls: dict[str, Callable[[Any], object]] = {
        "video": shut,
        "video config": lambda odd: opened(config=odd),
        "video start": lambda odd: opened(start=odd),
        "video end": lambda odd: opened(end=odd),
        "video first": lambda odd: opened(first_frame=odd),
        "embedder": lambda odd: touchline.load_embedder("colour" if odd is None else odd),
        "embedder config": lambda odd: touchline.load_embedder("colour", odd),
        "track": lambda odd: touchline.track(odd, **given),
        "track detections": lambda odd: tracked("none.txt" if odd is None else odd, "detections"),
        "track detector": lambda odd: tracked("none.onnx" if odd is None else odd, "detector"),
        "track reid": lambda odd: tracked("none" if odd is None else odd, "reid"),
        "track config": lambda odd: tracked(odd, "config"),
        "track start": lambda odd: tracked(odd, "start"),
        "track end": lambda odd: tracked(odd, "end"),
        "detector": lambda odd: touchline.load_detector("none.onnx" if odd is None else odd),
    }

    def check(asked: tuple[str, int]) -> None:
        survives(lambda: calls[asked[0]](ODD[asked[1]]))

    tried("sources from Python", one_of(calls), check, 100)
