"""How much sooner a Ray cluster of several nodes tracks a clip, and whether it gives the same.

    python benchmarks/nodes.py VIDEO --detections BOXES --nodes 1 2

Nodes of one processor each, all on this machine: beyond its cores more of them bring nothing. Takes
the extra "ray".
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

from touchline.batch_runs.batch import run_batch
from touchline.batch_runs.jobs import BatchRequest
from touchline.batch_runs.ray_cluster import RayShare
from touchline.batch_runs.records import ClipRecord

FILES = ("tracks.csv", "players.csv", "links.json", "ball.csv")


class Silent:
    """A view of a batch that says when it is over, and nothing else."""

    def working(self, worker: int, clip: str, stage: str, done: int, total: int | None) -> None:
        pass

    def ended(self, record: ClipRecord, *_far: object) -> None:
        if record.failure:
            print(f"{record.clip}: {record.failure}")


def tracked(request: BatchRequest) -> tuple[float, list[Any]]:
    """Seconds by the clock, and all that came out: rows of the store, and files."""
    started = time.monotonic()
    (clip,) = run_batch(request, Silent(), lambda: False).clips
    seconds, folder = time.monotonic() - started, request.home / clip.clip
    with sqlite3.connect(folder / "observations.sqlite") as store:
        rows = store.execute("SELECT * FROM frames ORDER BY frame").fetchall()
    return seconds, [rows, *((folder / name).read_bytes() for name in FILES)]


def on_nodes(count: int, request: BatchRequest, part_seconds: float) -> tuple[float, list[Any]]:
    """The same on a new cluster of so many nodes."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    try:
        for _ in range(count - 1):
            cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        share = RayShare(cluster.address, cpus=1, part_seconds=part_seconds)
        settings, out = request.settings, request.out
        return tracked(BatchRequest(request.clips, out, settings, draw_video=False, ray=share))
    finally:
        cluster.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("video")
    parser.add_argument("--detections", help="boxes in MOTChallenge text, instead of the detector")
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--part-seconds", type=float, default=10.0)
    options = parser.parse_args()
    settings: dict[str, dict[str, Any]] = {"video": {"decode_threads": 1}}
    if options.detections:
        settings["models"] = {"detections": options.detections}
    with tempfile.TemporaryDirectory() as scratch:
        here = BatchRequest([options.video], Path(scratch) / "0", settings, draw_video=False)
        seconds, expected = tracked(here)
        print(f"one process: {seconds:.1f} s", flush=True)
        for count in options.nodes:
            request = BatchRequest(here.clips, Path(scratch) / str(count), settings)
            seconds, found = on_nodes(count, request, options.part_seconds)
            same = "the same" if found == expected else "ANOTHER RESULT"
            print(f"{count} nodes: {seconds:.1f} s, {same}", flush=True)


if __name__ == "__main__":
    main()
