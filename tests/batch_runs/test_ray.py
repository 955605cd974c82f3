"""A Ray cluster of two nodes, of which one is killed in the middle, does what one machine does.

About 40 s where Ray is installed (pip install 'touchline[ray]'), which ./scripts/test does not do.
"""

from __future__ import annotations

import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clips import make_clip

from touchline.batch_runs.batch import run_batch
from touchline.batch_runs.jobs import BatchRequest
from touchline.batch_runs.ray_cluster import RayCluster, RayExecutor, RayShare
from touchline.errors import TouchlineError

pytest.importorskip("ray", reason="Ray is not installed: pip install 'touchline[ray]'")

SETTINGS = {
    "models": {"reid": "colour"},
    "numbers": {"read": "never"},
    "video": {"decode_threads": 1},
    "lines": {"every": 0},
}
FILES = ("tracks.csv", "tracks.txt", "links.json", "players.csv", "ball.csv")


class View:
    """Nobody looks."""

    def working(self, *_far: object) -> None: ...

    def ended(self, *_far: object) -> None: ...


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A cluster with a node that stays; each node has one processor."""
    from ray.cluster_utils import Cluster

    made = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "object_store_memory": 80 * 2**20},
    )
    yield made
    made.shutdown()


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """A clip of four windows, and a short one."""
    made = make_clip(tmp_path, frames=80, fps=2, key_every=5)
    rows = [f"{made.video.name},{name},{end},det.txt" for name, end in (("long", ""), ("short", 8))]
    (tmp_path / "clips.csv").write_text("\n".join(["video,name,end,detections", *rows]) + "\n")
    return tmp_path / "clips.csv"


def content(run: Path) -> list[Any]:
    with sqlite3.connect(run / "observations.sqlite") as connection:
        frames = connection.execute("SELECT * FROM frames ORDER BY frame").fetchall()
        kept = "SELECT name, value FROM state WHERE name != 'observer' ORDER BY name"
        return [frames, connection.execute(kept).fetchall()]


@pytest.mark.filterwarnings("ignore")
def test_a_node_that_is_killed_in_the_middle_costs_nothing(
    cluster: Any, manifest: Path, tmp_path: Path
) -> None:
    one, many = tmp_path / "one", tmp_path / "many"
    run_batch(BatchRequest([str(manifest)], one, SETTINGS, draw_video=False), View(), lambda: False)
    lost = cluster.add_node(num_cpus=1, object_store_memory=80 * 2**20)
    cluster.wait_for_nodes()
    killed = list[int]()

    def kill() -> None:
        while not (parts := list((many / ".batch" / "parts" / "long").glob("*.sqlite"))):
            time.sleep(0.05)
        cluster.remove_node(lost, allow_graceful=False)
        killed.append(len(parts))

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    share = RayShare(cluster.address, cpus=1, part_seconds=10)
    request = BatchRequest([str(manifest)], many, SETTINGS, draw_video=False, workers=2, ray=share)
    summary = run_batch(request, View(), lambda: False)
    killer.join(10)
    assert killed
    assert killed[0] < 4
    assert [(clip.clip, clip.state) for clip in summary.clips] == [
        ("long", "done"),
        ("short", "done"),
    ]
    for name in ("long", "short"):
        assert content(many / name) == content(one / name)
        for file in FILES:
            assert (many / name / file).read_bytes() == (one / name / file).read_bytes(), file
    assert not list((many / ".batch" / "parts").rglob("*"))
    assert sorted(path.name for path in many.iterdir()) == sorted(
        path.name for path in one.iterdir()
    )


@pytest.mark.filterwarnings("ignore")
def test_functions_run_on_a_cluster_as_in_a_pool_of_processes(cluster: Any) -> None:
    with RayCluster(RayShare(cluster.address, cpus=1)) as connected:
        pool = RayExecutor(connected)
        assert [future.result() for future in [pool.submit(abs, n) for n in (-2, 3)]] == [2, 3]
        with pytest.raises(ZeroDivisionError):
            pool.submit(divmod, 1, 0).result()


def test_an_address_where_no_cluster_answers_is_named_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(TouchlineError, match=f"no Ray cluster answers at {address}"):
            RayCluster(RayShare(address)).__enter__()
