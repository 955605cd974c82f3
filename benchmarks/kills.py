"""Kill a run at random times, go on with the same command, and compare what comes out.

    python benchmarks/kills.py VIDEO [--kills 25] [--seed 0] [any options of touchline track]

The run is first made once without a kill. Then, until the kills are spent, it is begun in a new
folder and killed (SIGKILL) after a random time, up to three times; between two kills the same
command goes on, and the last call ends by itself. The tracks must be the same, byte by byte, and
the video must hold every frame. Exits with 1 where something differs.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av

_FILES = ("tracks.txt", "tracks.csv", "links.json", "teams.csv")
_KILLS_OF_ONE_RUN = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video")
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=0)
    asked, options = parser.parse_known_args()
    command = [sys.executable, "-m", "touchline", "track", asked.video, *options]
    random.seed(asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        began = time.monotonic()
        assert run(command, whole, None)
        seconds = time.monotonic() - began
        kills = runs = 0
        wrong: list[str] = []
        while kills < asked.kills:
            runs += 1
            out = Path(folder) / str(runs)
            ended = False
            for _ in range(min(_KILLS_OF_ONE_RUN, asked.kills - kills)):
                ended = run(command, out, random.uniform(0.0, seconds))
                kills += not ended
                if ended:
                    break
            if not ended and not run(command, out, None):
                wrong.append(f"run {runs} does not go on")
                continue
            wrong += [f"run {runs}: {problem}" for problem in differences(out, whole)]
    print(f"{runs} runs killed {kills} times: {len(wrong)} differ from the one that was not")
    for problem in wrong:
        print(problem)
    sys.exit(bool(wrong))


def run(command: list[str], out: Path, seconds: float | None) -> bool:
    """Whether ``touchline track`` ended by itself and well, before it was killed."""
    process = subprocess.Popen(
        [*command, "--out", str(out)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        _, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return False
    if process.returncode:
        print(errors.strip())
    return process.returncode == 0


def differences(out: Path, whole: Path) -> list[str]:
    """What is not as in the run that was not killed."""
    found = [
        f"{name} differs"
        for name in _FILES
        if (out / name).read_bytes() != (whole / name).read_bytes()
    ]
    if pictures(out) != pictures(whole):
        found.append(f"annotated.mp4 holds {pictures(out)} of {pictures(whole)} pictures")
    found += [f"{file.name} was left" for file in out.glob(".*")]
    return found


def pictures(out: Path) -> int:
    video = out / "annotated.mp4"
    if not video.exists():
        return 0
    with av.open(str(video)) as container:
        return sum(1 for _ in container.decode(video=0))


if __name__ == "__main__":
    main()
