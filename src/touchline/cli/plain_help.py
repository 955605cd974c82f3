"""Help for people: no types of Python, and an example under every command."""

from __future__ import annotations

from typing import Any

EXAMPLES = {
    "track": "touchline track match.mp4 --start 00:41 --end 01:30 --out runs/derby",
    "batch": "touchline batch season.csv --out runs --workers 2",
    "observe": "touchline observe match.mp4 --out runs/derby",
    "link": "touchline link runs/derby -s tracker.max_lost_seconds=8",
    "draw": "touchline draw runs/derby -s draw.label=name",
    "demo": "touchline demo",
    "evaluate": "touchline evaluate --truth data/SNMOT-060 --result runs/derby",
    "info": "touchline info runs/derby --number 10 --team A",
    "report": "touchline report runs/derby",
    "doubts": "touchline doubts runs/derby --most 50 --html",
    "export": "touchline export runs/derby --format sportscode",
    "clip": "touchline clip runs/derby --player 8 --zoom --only-when-seen --size 640x360",
    "name": 'touchline name runs/derby 8 "Ada Lund"',
    "team": "touchline team runs/derby 8 A",
    "number": "touchline number runs/derby 8 10",
    "role": "touchline role runs/derby 8 goalkeeper",
    "edit": "touchline edit runs/derby undo",
    "review": "touchline review runs/derby",
    "gallery add": "touchline gallery add runs/derby --gallery match.gallery",
    "gallery match": "touchline gallery match runs/second --gallery match.gallery",
    "gallery name": 'touchline gallery name 3 "Ada Lund" --gallery match.gallery --number 8',
    "gallery merge": "touchline gallery merge 3 17 --gallery match.gallery",
    "gallery remove": "touchline gallery remove 17 --gallery match.gallery",
    "gallery list": "touchline gallery list --gallery match.gallery",
    "reid prepare": "touchline reid prepare --sportsmot sportsmot --out crops",
    "reid train": "touchline reid train --data crops --checkpoint osnet.pth --out networks/reid",
    "reid export": "touchline reid export networks/reid/best.safetensors reid.onnx",
    "reid evaluate": "touchline reid evaluate --data crops --reid reid.onnx",
    "detector train": "touchline detector train --data images --out networks/detector",
    "detector average": (
        "touchline detector average both.safetensors --checkpoint tuned/best.safetensors"
        " --checkpoint yolox_nano.onnx --share 0.7 --share 0.3"
    ),
    "detector export": "touchline detector export networks/detector/best.safetensors players.onnx",
    "detector evaluate": "touchline detector evaluate --data images --detector players.onnx",
    "pitch show": "touchline pitch show match.mp4 --out pitch --every 5",
    "pitch evaluate": "touchline pitch evaluate --data pictures --json scores.json",
    "tune": "touchline tune matches.yaml --out tuned",
    "simulate": "touchline simulate runs/scene -s seconds=20",
    "settings": "touchline settings track",
    "models": "touchline models",
}
"""A command line that works once its files are there, by command."""


def with_plain_help(command: Any, path: str = "") -> Any:
    """The same command, and those below it, with such help."""
    import typer

    context = typer.Context(command, help_option_names=["-h", "--help"])
    for param in command.get_params(context):
        if param.metavar is None or param.param_type_name == "argument":
            vars(param)["display_type_rich"] = _nothing
    example = EXAMPLES.get(path)
    if example is not None:
        command.epilog = f"Example: {example}"
    for name, below in getattr(command, "commands", {}).items():
        with_plain_help(below, f"{path} {name}".strip())
    return command


def _nothing(ctx: object) -> None:
    """No column of types."""
