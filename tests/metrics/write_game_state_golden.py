"""Writes golden/game_state.json: GS-HOTA by SoccerNet's own package, of made-up and rendered clips.

    python tests/metrics/write_game_state_golden.py PYTHON

PYTHON is the interpreter of an environment with sn-trackeval 0.4.0. Rendered truth comes from the
data pack (TOUCHLINE_DATA).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from disturbed_states import disturbed, true_states
from rendered_states import CLIPS, rendered_states

from touchline.metrics.game_state import GameStates

GOLDEN = Path(__file__).with_name("golden") / "game_state.json"
SEEDS = (0, 1, 2, 3)

_SCORE = """
import sys, json, trackeval
from trackeval.datasets.soccernet_gs import SoccerNetGS
data = SoccerNetGS({"GT_FOLDER": sys.argv[1], "TRACKERS_FOLDER": sys.argv[2],
    "SPLIT_TO_EVAL": "test", "TRACKERS_TO_EVAL": ["t"], "PRINT_CONFIG": False})
found = {}
for name in data.seq_list:
    raw = data.get_raw_seq_data("t", name)
    score = trackeval.metrics.HOTA().eval_sequence(data.get_preprocessed_seq_data(raw, "person"))
    wanted = ("HOTA", "DetA", "AssA", "LocA", "HOTA_TP", "HOTA_FN", "HOTA_FP")
    found[name] = {key: score[key].tolist() for key in wanted}
print(json.dumps(found))
"""


def records(states: GameStates, frames: dict[int, str]) -> Iterator[dict[str, Any]]:
    for row in range(len(states)):
        frame = int(states.frames[row])
        x, y = states.places[row].tolist()
        team, number = int(states.teams[row]), int(states.numbers[row])
        yield {
            "image_id": frames.get(frame, f"none{frame}"),
            "track_id": int(states.ids[row]),
            "supercategory": "object",
            "category_id": 1,
            "attributes": {
                "role": str(states.roles[row]),
                "team": None if team < 0 else ("left", "right")[team],
                "jersey": None if number < 0 else str(number),
            },
            "bbox_pitch": {
                f"{axis}_bottom_{place}": value
                for place in ("left", "middle", "right")
                for axis, value in (("x", x), ("y", y))
            },
        }


def main(python: str) -> None:
    clips = {f"SNGS-{seed:03d}": true_states(seed) for seed in SEEDS}
    clips |= {f"SNGS-1{place:02d}": rendered_states(name) for place, name in enumerate(CLIPS)}
    names = [f"{seed}" for seed in SEEDS] + list(CLIPS)
    with tempfile.TemporaryDirectory() as name:
        truth, result = Path(name, "truth"), Path(name, "results")
        for seed, (clip, states) in enumerate(clips.items()):
            frames = {
                frame: f"3{clip[-3:]}{frame + 1:06d}"
                for frame in sorted(set(states.frames.tolist()))
            }
            (truth / "test" / clip).mkdir(parents=True)
            labelled = ("has_labeled_pitch", "has_labeled_camera", "has_labeled_person")
            images = [{"image_id": one, **dict.fromkeys(labelled, True)} for one in frames.values()]
            content = {"categories": [], "images": images}
            (truth / "test" / clip / "Labels-GameState.json").write_text(
                json.dumps({**content, "annotations": list(records(states, frames))})
            )
            told = result / "SoccerNetGS-test" / "t" / "data"
            told.mkdir(parents=True, exist_ok=True)
            said = list(records(disturbed(states, seed), frames))
            (told / f"{clip}.json").write_text(json.dumps({"predictions": said}))
        command = [python, "-c", _SCORE, str(truth), str(result)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    scores = json.loads(answer.splitlines()[-1])
    lines = (
        f"{json.dumps(one)}: {json.dumps(scores[clip])}"
        for one, clip in zip(names, clips, strict=True)
    )
    GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(sys.argv[1])
