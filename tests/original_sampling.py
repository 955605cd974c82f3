"""The sampling of the original project in one straight line, to compare ours with.

Written from its description (global ``random``, plain lists), without anything of ours.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence

Box = tuple[int, ...]


def original_lists(
    clips: Mapping[str, Sequence[tuple[int, Box]]], holdout: float
) -> tuple[dict[str, str], dict[str, Box]]:
    """Text of every list file, and the box of every crop by its path.

    clips: for each clip, in order, the id and the box of each row of people.
    """
    random.seed(0)
    tracks: dict[tuple[str, int], list[Box]] = {}
    for clip, rows in clips.items():
        for track_id, box in rows:
            tracks.setdefault((clip, track_id), []).append(box)
    keys = sorted(tracks)
    gids = list(range(len(keys)))
    held = set(random.sample(gids, max(1, int(len(gids) * holdout))))
    new_id = {}
    trained, tested = 0, 0
    for gid, key in enumerate(keys):
        if gid in held:
            new_id[key], tested = tested, tested + 1
        else:
            new_id[key], trained = trained, trained + 1
    train_lines: list[str] = []
    crops: dict[str, Box] = {}
    val_paths: dict[tuple[str, int], list[str]] = {}
    for key, items in tracks.items():
        where = "val" if keys.index(key) in held else "train"
        count = min(8, max(4, round(len(items) / 100)))
        step = len(items) / count
        for i in range(count):
            part = items[int(i * step) : int(i * step) + int(step)]
            if not part:
                part = [items[int(i * step)]]
            path = f"{where}/{new_id[key]}/img_{i:06d}.jpg"
            crops[path] = random.choice(part)
            if where == "train":
                train_lines.append(f"{path} {new_id[key]} 0\n")
            else:
                val_paths.setdefault(key, []).append(path)
    query_lines: list[str] = []
    gallery_lines: list[str] = []
    for key, paths in val_paths.items():
        query = random.choice(paths)
        query_lines.append(f"{query} {new_id[key]} 1\n")
        gallery_lines += [f"{path} {new_id[key]} 0\n" for path in paths if path != query]
    info = {
        str(new_id[key]): {"match": key[0][: key[0].rindex("_c")], "clip": key[0]}
        for gid, key in enumerate(keys)
        if gid not in held
    }
    texts = {
        "list_train.txt": "".join(train_lines),
        "list_query_val.txt": "".join(query_lines),
        "list_gallery_val.txt": "".join(gallery_lines),
        "gid2info.json": json.dumps(info, indent=2),
    }
    return texts, crops
