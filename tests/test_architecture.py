"""The structure of the program: imports point one way, and importing it costs nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import touchline

SOURCE = Path(touchline.__file__).parent

# Lower tiers know nothing of higher ones; rooms of one tier do not import each other.
TIERS = [
    ["touchline", "errors", "foreign_text"],
    ["columns", "data_frames", "disk_files", "folder_lock", "processors"],
    [
        *("types", "boxes", "config", "stage_times", "progress", "stored_facts", "role_words"),
        *("image_headers", "stop_signals", "text_tables", "stretches", "clock_times"),
    ],
    [
        *("ball_track", "flashes", "identities", "links", "protocols", "embedder_facts"),
        *("seen_lines", "clip_windows", "role_codes"),
    ],
    ["observation_rows", "packed_tracks", "store_file", "people_facts", "person_choice", "edits"],
    ["observations", "demo", "models", "image_files", "sequence_info"],
    ["evidence", "pitch"],
    [
        *("video", "perception", "tracking", "clothes", "formats", "metrics"),
        *("detection", "simulation"),
    ],
    ["frame_detections"],
    ["sparse_detections"],
    ["linking", "observe", "reid"],
    ["training", "evaluation"],
    ["run"],
    ["batch_runs"],
    ["api", "tuning", "gallery", "review"],
    ["cli"],
]
HEAVY_DOORS = {
    "av": ["video"],
    # Quantising needs onnx, which only the extra "train" brings; running a network does not.
    "onnxruntime": ["perception.onnx_model", "training.quantise"],
    "torch": ["training"],
    "cv2": ["video", "perception", "reid", "detection", "image_files", "pitch"],
    "matplotlib": ["evaluation.plots"],
    "optuna": ["tuning"],
    "pandas": ["data_frames"],
    "ray": ["batch_runs.ray_cluster"],
    "fsspec": ["batch_runs.places"],
    "xlsxwriter": ["formats.workbook"],
    "typer": ["cli"],
    "fastapi": ["review"],
    "starlette": ["review"],
    "uvicorn": ["review"],
    "rich": ["cli"],
}


def module_name(file: Path) -> str:
    parts = file.relative_to(SOURCE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports(file: Path) -> set[str]:
    """Every absolute module a file imports, inside functions too, but not for typing only."""
    found: set[str] = set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            found.add(node.module or "")
    return found


def home(name: str) -> tuple[int, str]:
    """The tier and the room of a module named below touchline, the longest name that fits."""
    best = (-1, "")
    for tier, rooms in enumerate(TIERS):
        for room in rooms:
            if (name == room or name.startswith(room + ".")) and len(room) > len(best[1]):
                best = (tier, room)
    return best


FILES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_imports_point_to_lower_tiers_or_stay_in_their_room(file: Path) -> None:
    name = module_name(file) or "touchline"
    if name in ("touchline", "__main__"):
        return  # the front door and the command name what they offer
    tier, room = home(name)
    assert tier >= 0, f"{name} is in no room: give it one, here and in docs/architecture.md"
    for other in imports(file):
        if not other.startswith("touchline."):
            continue
        other_tier, other_room = home(other.removeprefix("touchline."))
        assert other_tier < tier or other_room == room, f"{name} imports {other}"


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_heavy_libraries_come_in_by_their_own_doors(file: Path) -> None:
    name = module_name(file)
    for library in {module.split(".")[0] for module in imports(file)} & set(HEAVY_DOORS):
        doors = HEAVY_DOORS[library]
        assert any(name == door or name.startswith(door + ".") for door in doors), (
            f"{name} imports {library}, which only {doors} may"
        )


@pytest.mark.parametrize("statement", ["import touchline", "import touchline.cli.main"])
def test_importing_loads_no_heavy_library(statement: str) -> None:
    code = f"import sys; {statement}; print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = {name for name in output.stdout.split() if "." not in name}
    assert not loaded & {"torch", "cv2", "av", "onnxruntime", "fastapi", "uvicorn"}
    assert "scipy.optimize" not in output.stdout.split()


def test_the_review_starts_without_what_links_tracks() -> None:
    code = "import sys; import touchline.review.server; print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(output.stdout.split())
    assert not loaded & {"scipy", "av", "onnxruntime", "touchline.linking.pipeline"}


def test_every_public_name_is_there_and_documented() -> None:
    for name in touchline.__all__:
        assert getattr(touchline, name).__doc__, f"touchline.{name} has no docstring"
    assert set(touchline.__all__) <= set(dir(touchline))


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'trcak'"):
        touchline.trcak  # noqa: B018  (the access is what is tested)


def test_every_public_class_name_stands_for_one_thing() -> None:
    homes: dict[str, list[str]] = {}
    for file in FILES:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(module_name(file))
    twice = {name: where for name, where in homes.items() if len(where) > 1}
    assert not twice, f"one name, several things: {twice}"
