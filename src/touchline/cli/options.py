"""Options and arguments that several commands share: each is declared and worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.arguments import named_path
from touchline.cli.json_file import json_target

Source = Annotated[
    str,
    typer.Argument(
        metavar="VIDEO", help="Video file, folder of images, webcam number, RTSP or HTTP address."
    ),
]
RunPath = Annotated[
    Path, typer.Argument(metavar="RUN", help="Run folder, as track writes it.", parser=named_path)
]
RunOut = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FOLDER",
        help="Run folder to write; runs/NAME by default.",
        parser=named_path,
    ),
]
OutFolder = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="FOLDER", help="Folder to write.", parser=named_path),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace the run that is in the folder.")
]

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="YAML file of settings, as touchline settings prints it.",
        parser=named_path,
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", "-s", metavar="NAME=VALUE", help="Change one setting. May be given repeatedly."
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        min=0, metavar="NUMBER", help="Random seed; the same seed gives the same result. Default 0."
    ),
]
Device = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="What runs the networks: auto (default), cpu, cuda, ..."),
]
JsonFile = Annotated[
    Path | None,
    typer.Option(
        "--json",
        metavar="FILE",
        help="Write the result to this file as JSON; - prints JSON and nothing else.",
        parser=json_target,
    ),
]

DetectorFile = Annotated[
    Path | None,
    typer.Option(
        "--detector",
        metavar="FILE",
        help="Detector to use instead of the built-in one: an ONNX file.",
        parser=named_path,
    ),
]
DetectorSize = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE", help="Size of the detector's input: its longer side (1280), or 1280x736."
    ),
]
Matches = Annotated[
    str | None,
    typer.Option(metavar="NAMES", help="Use images of these matches only, as 08fd33,744b27."),
]
TensorBoard = Annotated[
    bool, typer.Option("--tensorboard", help="Write curves for TensorBoard, too.")
]
