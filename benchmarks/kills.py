"""Kills a run at many moments, resumes it, and compares the output with an undisturbed run.

    python benchmarks/kills.py [--kills 25] [--seconds 2] [--repeat] [--boxes]

The shipped demo clip is tracked from pixels with the shipped networks. Each kill (SIGKILL, nobody
can answer it) hits a fresh run, at moments spread evenly over the time that a whole run takes:
while it loads, observes, links, writes and draws. With --repeat one run is killed again and again,
each time a little later, until it gets to its end. --boxes: boxes of the demo's own tracks instead
of a detector, and no appearance, which is quicker. The video is encoded by one thread: x264 does
not always write the same bytes with several.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from touchline.demo import VIDEO

FILES = ("tracks.txt", "tracks.csv", "links.json", "players.csv", "annotated.mp4")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seconds", type=float, default=2, help="of the clip that are tracked")
    parser.add_argument("--repeat", action="store_true", help="all kills hit one run")
    parser.add_argument("--boxes", action="store_true", help="no detector and no appearance")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        same_bytes = ["-s", "writer.threads=1", "-s", "writer.preset=ultrafast"]
        given: list[str | Path] = ["--end", str(options.seconds), *same_bytes]
        if options.boxes:
            run(folder / "boxes", [*given, "--reid", "none"])
            given += ["--detections", folder / "boxes" / "tracks.txt", "--reid", "none"]
        begun = time.perf_counter()
        run(folder / "whole", given)
        spent = time.perf_counter() - begun
        found: Counter[str] = Counter()
        for number in range(options.kills):
            out = folder / ("killed" if options.repeat else f"killed{number}")
            moment = spent * (number + 1) / (options.kills + 1)
            found[killed(out, given, moment)] += 1
            if not options.repeat or number == options.kills - 1:
                run(out, given)
                found["wrong files"] += len(differing(folder / "whole", out))
                found["left under a hidden name"] += sum(1 for _ in out.glob(".*"))
    for what, count in found.items():
        print(f"{what:28}{count:4d}")
    if found["wrong files"]:
        raise SystemExit("a run that was killed gave other files")
    print(f"the same {len(FILES)} files after each")


def command(out: Path, given: list[str | Path]) -> list[str]:
    return [sys.executable, "-m", "touchline", "track", *map(str, [VIDEO, "--out", out, *given])]


def run(out: Path, given: list[str | Path]) -> None:
    subprocess.run(command(out, given), check=True, capture_output=True)


def killed(out: Path, given: list[str | Path], seconds: float) -> str:
    """Kill a run after ``seconds``; returns how far it had come."""
    process = subprocess.Popen(
        command(out, given), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.returncode == 0:
        return "at its end already"
    names = {file.name for file in out.iterdir()} if out.is_dir() else set()
    if "annotated.mp4" in names or ".annotated.mp4.part" in names:
        return "killed while drawing"
    if "tracks.txt" in names:
        return "killed after linking"
    return "killed while observing" if "observations.sqlite" in names else "killed at the start"


def differing(whole: Path, again: Path) -> list[str]:
    return [name for name in FILES if (whole / name).read_bytes() != (again / name).read_bytes()]


if __name__ == "__main__":
    main()
