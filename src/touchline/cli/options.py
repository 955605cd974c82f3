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
        metavar="VIDEO",
        help="Video file, folder of images, webcam number, or RTSP or HTTP address.",
    ),
]
RunPath = Annotated[
    Path,
    typer.Argument(
        metavar="RUN", help="Run folder, as touchline track writes it.", parser=named_path
    ),
]
RunOut = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FOLDER",
        help="Run folder to write. Default: runs/NAME.",
        parser=named_path,
    ),
]
Ray = Annotated[
    str | None,
    typer.Option(
        "--ray",
        metavar="ADDRESS",
        help="Work on a Ray cluster: its address, 'auto' for the one of this machine, 'local' to "
        "begin one.",
    ),
]
OutFolder = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="FOLDER", help="Folder to write the results to.", parser=named_path
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace the run in the output folder.")
]

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="YAML file of settings; touchline settings prints one to start from.",
        parser=named_path,
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", "-s", metavar="NAME=VALUE", help="Set one setting; overrides --config. Repeatable."
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(min=0, metavar="NUMBER", help="Random seed. Default: 0."),
]
Device = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="Device that runs the networks: auto, cpu, cuda, ... Default: auto."
    ),
]
JsonFile = Annotated[
    Path | None,
    typer.Option(
        "--json",
        metavar="FILE",
        help="Write the result as JSON to FILE; with -, print it and nothing else.",
        parser=json_target,
    ),
]

DetectorFile = Annotated[
    Path | None,
    typer.Option(
        "--detector",
        metavar="FILE",
        help="ONNX detector to use instead of the built-in one.",
        parser=named_path,
    ),
]
DetectorSize = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        help="Input size of the detector: auto, its longer side (1280) or WIDTHxHEIGHT (1280x736).",
    ),
]
Matches = Annotated[
    str | None,
    typer.Option(
        metavar="NAMES", help="Use only images of these matches, for example 08fd33,744b27."
    ),
]
TensorBoard = Annotated[
    bool, typer.Option("--tensorboard", help="Also write curves for TensorBoard.")
]

Players = Annotated[
    list[int] | None,
    typer.Option("--player", metavar="IDENTITY", help="Whom, by their identity. Repeatable."),
]
MovedVideo = Annotated[
    str | None,
    typer.Option("--video", metavar="FILE", help="Where the video is now, if it was moved."),
]
ShirtNumber = Annotated[
    int | None,
    typer.Option("--number", metavar="NUMBER", help="Whom, by their shirt number.", min=0, max=99),
]
Team = Annotated[
    str | None, typer.Option("--team", metavar="TEAM", help="Whom, by their team: A, B, officials.")
]
CalledName = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="Whom, by their name.")
]
